"""XML from strangers as plain nodes that know their line; no entities, no bombs, bounded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from formats.columns import nothing
from formats.errors import FormatError

__all__ = ["MOST_BYTES", "Node", "parse"]

MOST_BYTES = 4 << 20
"""The largest text that is parsed: ten thousand labels take about one of the four MiB."""
DEEPEST = 100
"""Elements inside each other; a labeling config has about six."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One element: its tag as written, its attributes, its line (from 1), what is inside."""

    tag: str
    line: int = 0
    attributes: Mapping[str, str] = field(default_factory=nothing)
    children: list[Node] = field(default_factory=list)

    def get(self, name: str) -> str:
        """An attribute without blanks around it, whatever its case; "" where it is missing."""
        value = self.attributes.get(name)
        if value is None:
            plain = name.lower()
            found = (v for k, v in self.attributes.items() if k.lower() == plain)
            value = next(found, "")
        return value.strip()

    def walk(self) -> Iterator[tuple[Node, tuple[Node, ...]]]:
        """Every node in the order of the text, with those it lies in, outermost first."""
        yield from _walk(self, ())


def _walk(node: Node, above: tuple[Node, ...]) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    yield node, above
    for child in node.children:
        yield from _walk(child, (*above, node))


def parse(text: str, where: str) -> Node:
    """The root element; FormatError names `where` and the line.

    Refused: entities of its own, document type declarations, more than `MOST_BYTES` bytes or
    `DEEPEST` levels.
    """
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise FormatError("not Unicode text: half of a surrogate pair", where=where) from error
    if len(data) > MOST_BYTES:
        raise FormatError(f"{len(data)} bytes of XML, at most {MOST_BYTES} are read", where=where)
    target = _Target(where)
    target.parser = XMLParser(target=target, encoding="utf-8", forbid_dtd=True)
    try:
        target.parser.feed(data)
        target.parser.close()
    except ParseError as error:
        line = error.position[0]
        raise FormatError(f"not XML: {error}", where=f"{where}:{line}") from error
    except DefusedXmlException as error:
        what = "document types and entities of its own are refused"
        raise FormatError(what, where=f"{where}:{target.line}") from error
    if target.root is None:
        raise FormatError("no element at all", where=where)
    return target.root


class _Target:
    """Takes the parser's events and builds nodes of them."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.open: list[Node] = []
        self.root: Node | None = None
        self.parser: XMLParser

    @property
    def line(self) -> int:
        return int(self.parser.parser.CurrentLineNumber)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self.open) == DEEPEST:
            what = f"more than {DEEPEST} elements inside each other"
            raise FormatError(what, where=f"{self.where}:{self.line}")
        node = Node(tag, self.line, MappingProxyType(attributes))
        if self.open:
            self.open[-1].children.append(node)
        self.root = self.root or node
        self.open.append(node)

    def end(self, tag: str) -> None:
        self.open.pop()
