"""An XML file as a tree of elements, and elements of no meaning of their own as plain values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import msgspec
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from formats import files
from formats.errors import FormatError

__all__ = ["ROOT", "Document", "said", "value", "values"]

ROOT = "annotation"
JSON = "json"
"""The ``type`` of an element whose text is JSON, because its value is no text."""
DEEPEST = 20
_OBJECT = re.compile(rb"<object[\s>/]")


class Document:
    """One XML file; `line(k)` is where its object k begins."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = files.read(path)
        self.root = self._parsed()

    def _parsed(self) -> Element:
        try:
            root: Element = fromstring(self.data, forbid_dtd=True)
        except ParseError as error:
            where = f"{self.path}:{error.position[0]}"
            raise FormatError(f"not XML: {error}", where=where) from error
        except DefusedXmlException as error:
            what = "document types and entities of its own are refused"
            raise FormatError(what, where=f"{self.path}:1") from error
        except (LookupError, ValueError) as error:  # of an encoding that the parser does not take
            raise FormatError(f"not XML: {error}", where=f"{self.path}:1") from error
        if root.tag != ROOT:
            what = f"the root element is <{root.tag}>, expected <{ROOT}>"
            raise FormatError(what, where=f"{self.path}:1")
        return root

    def line(self, k: int) -> str:
        """The place of object k, from 0, for messages."""
        return f"{self.path}:{self._lines[k]}" if k < len(self._lines) else str(self.path)

    @cached_property
    def _lines(self) -> list[int]:
        """The line of every object, by their opening tags; comments may hold some that are none."""
        starts = [match.start() for match in _OBJECT.finditer(self.data)]
        ends = [0, *starts]
        newlines = (self.data.count(b"\n", *span) for span in pairwise(ends))
        return [1 + count for count in accumulate(newlines)]


def said(element: Element | None, tag: str) -> str:
    """The text of the first child of a tag without blanks around it, "" where there is none."""
    found = None if element is None else element.find(tag)
    return "" if found is None else (found.text or "").strip()


def values(elements: Iterable[Element], depth: int = 0) -> dict[str, Any]:
    """Elements as values by their tags; a tag that occurs more than once has a list."""
    found: dict[str, list[Any]] = {}
    for element in elements:
        found.setdefault(element.tag, []).append(value(element, depth))
    return {tag: many if len(many) > 1 else many[0] for tag, many in found.items()}


def value(element: Element, depth: int = 0) -> Any:
    """A text as it stands, JSON where the element says so, or the values of what is inside."""
    if len(element) and depth < DEEPEST:
        return values(element, depth + 1)
    text = element.text or ""
    if element.get("type") == JSON:
        try:
            return msgspec.json.decode(text.encode())
        except msgspec.DecodeError:
            return text
    return text
