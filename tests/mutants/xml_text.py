"""Faults of XML: elements, attributes and texts that no reader expects; entities."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from numpy.random import Generator

from mutants import junk

BOMB = "".join(
    f'<!ENTITY x{k + 1} "{f"&x{k};" * 10}">' if k else '<!ENTITY x1 "' + "boom" * 10 + '">'
    for k in range(9)
)
PROLOGUES = (
    f"<!DOCTYPE a [{BOMB}]>",
    '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">',
    '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
    '<?xml version="1.0" encoding="utf-7"?>',
    '<?xml version="1.0" encoding="utf-16"?>',
)
ENTITIES = ("&x9;", "&e;", "&nothing;")


def mutate(data: bytes, rng: Generator) -> bytes | None:
    """One to three faults in a document; None for what is none."""
    try:
        root = ET.fromstring(data)
    except (ET.ParseError, ValueError, LookupError):
        return None
    for _ in range(int(rng.integers(1, 4))):
        elements = list(root.iter())
        element = elements[int(rng.integers(len(elements)))]
        FAULTS[rng.integers(len(FAULTS))](root, element, rng)
    try:
        text = ET.tostring(root, encoding="unicode")
    except RecursionError:
        return None
    if not rng.integers(8):
        entity = ENTITIES[rng.integers(len(ENTITIES))]
        text = PROLOGUES[rng.integers(len(PROLOGUES))] + text.replace(">1<", f">{entity}<", 1)
    return text.encode("utf-8", "replace")


def _clean(text: str) -> str:
    """Without what XML cannot hold; the bytes' own faults put that in."""
    return "".join(c for c in text if c >= " ")


def attribute(root: ET.Element, element: ET.Element, rng: Generator) -> None:
    names = list(element.attrib) or ["id"]
    element.set(names[int(rng.integers(len(names)))], _clean(junk.text(rng)))


def unset(root: ET.Element, element: ET.Element, rng: Generator) -> None:
    names = list(element.attrib)
    if names:
        del element.attrib[names[int(rng.integers(len(names)))]]


def text(root: ET.Element, element: ET.Element, rng: Generator) -> None:
    element.text = _clean(junk.text(rng))


def remove(root: ET.Element, element: ET.Element, rng: Generator) -> None:
    for child in list(element)[: int(rng.integers(1, 4))]:
        element.remove(child)


def repeat(root: ET.Element, element: ET.Element, rng: Generator) -> None:
    element.extend(list(element)[:3])


def rename(root: ET.Element, element: ET.Element, rng: Generator) -> None:
    elements = list(root.iter())
    element.tag = elements[int(rng.integers(len(elements)))].tag


def nest(root: ET.Element, element: ET.Element, rng: Generator) -> None:
    inner = element
    for _ in range(int(rng.choice([1, 20, 500]))):
        inner = ET.SubElement(inner, element.tag, dict(element.attrib))


FAULTS = (attribute, attribute, attribute, unset, text, text, text, remove, repeat, rename, nest)
