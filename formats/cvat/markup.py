"""CVAT's XML as a stream of elements that know their line; no entities, no document types."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from formats.errors import FormatError

__all__ = ["Node", "ROOT", "elements"]

ROOT = "annotations"
BLOCK = 1 << 18
DEEPEST = 50
"""Elements inside each other; a project's attributes are at about ten."""


@dataclass(slots=True, eq=False)
class Node:
    """One element: its tag, its line (from 1), attributes, text and what is inside."""

    tag: str
    line: int
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)
    text: str = ""

    def first(self, tag: str) -> Node | None:
        """The first child of a tag."""
        return next((child for child in self.children if child.tag == tag), None)

    def every(self, tag: str) -> list[Node]:
        """The children of a tag."""
        return [child for child in self.children if child.tag == tag]

    def said(self, tag: str) -> str:
        """The text of the first child of a tag without blanks around it, "" where there is none."""
        return self.named(tag).strip()

    def named(self, tag: str) -> str:
        """The same as it stands, where it is one line: a name may have blanks around it."""
        found = self.first(tag)
        text = "" if found is None else found.text
        return text.strip() if "\n" in text.strip(" ") else text


def elements(stream: BinaryIO, where: str) -> Iterator[Node]:
    """The children of the root, each as soon as it is complete; only one is held at a time.

    FormatError names `where` and the line for what is no XML, another root, entities or document
    types of its own, and elements too deep inside each other.
    """
    target = _Target(where)
    target.parser = XMLParser(target=target, forbid_dtd=True)
    try:
        while block := stream.read(BLOCK):
            target.parser.feed(block)
            yield from target.taken()
        target.parser.close()
    except ParseError as error:
        raise FormatError(f"not XML: {error}", where=f"{where}:{error.position[0]}") from error
    except DefusedXmlException as error:
        what = "document types and entities of its own are refused"
        raise FormatError(what, where=f"{where}:{target.line}") from error
    except FormatError:
        raise
    except (LookupError, ValueError) as error:  # of an encoding that the parser does not take
        raise FormatError(f"not XML: {error}", where=f"{where}:1") from error
    yield from target.taken()


class _Target:
    """Takes the parser's events; holds the children of the root that are complete."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.open: list[Node] = []
        self.depth = 0
        self.done: list[Node] = []
        self.parser: XMLParser

    @property
    def line(self) -> int:
        return int(self.parser.parser.CurrentLineNumber)

    def taken(self) -> list[Node]:
        """What is complete since the last call."""
        found, self.done = self.done, []
        return found

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth == 1:
            self._root(tag)
            return
        if self.depth > DEEPEST:
            what = f"more than {DEEPEST} elements inside each other"
            raise FormatError(what, where=f"{self.where}:{self.line}")
        node = Node(tag, self.line, attributes)
        if self.open:
            self.open[-1].children.append(node)
        self.open.append(node)

    def _root(self, tag: str) -> None:
        if tag != ROOT:
            what = f"the root element is <{tag}>, expected <{ROOT}>"
            raise FormatError(what, where=f"{self.where}:{self.line}")

    def data(self, text: str) -> None:
        if self.open:
            self.open[-1].text += text

    def end(self, tag: str) -> None:
        self.depth -= 1
        if self.open:
            node = self.open.pop()
            if not self.open:
                self.done.append(node)
