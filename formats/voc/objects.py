"""The objects of an XML file: class, box, flags, and what else is told of them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from formats.columns import Flag
from formats.voc.markup import said, value, values

__all__ = ["FLAGS", "SIDES", "Found", "found"]

Floats = NDArray[np.float64]
SIDES = ("xmin", "ymin", "xmax", "ymax")
FLAGS = {
    "difficult": Flag.DIFFICULT,
    "truncated": Flag.TRUNCATED,
    "occluded": Flag.OCCLUDED,
}
KNOWN = frozenset({"name", "bndbox", "robndbox", "polygon", "part", "attributes", "score", *FLAGS})
FIVE = ("cx", "cy", "w", "h", "angle")
UNSAID = "Unspecified"
"""VOC's pose of an object whose pose nobody told."""
_AXIS = re.compile(r"[xy]\d+")


@dataclass(slots=True)
class Found:
    """One object, with the numbers of the file; `problem` says why it cannot be used."""

    name: str
    box: tuple[float, ...] | None = None
    rotated: tuple[float, ...] | None = None
    rings: list[Floats] = field(default_factory=list)
    flags: int = 0
    score: float = math.nan
    attributes: dict[str, Any] = field(default_factory=dict)
    parts: list[dict[str, Any]] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


def found(element: Element) -> Found:
    """One ``<object>``. Its own box is a direct child: the box of a ``<part>`` is another."""
    one = Found(said(element, "name"))
    rest = [child for child in element if child.tag not in KNOWN]
    for child in element:
        _READERS.get(child.tag, _skip)(child, one)
    one.extra |= values(rest)
    if one.rotated is not None:
        one.extra.pop("type", None)  # roLabelImg's word for which of the boxes it is
    if one.extra.get("pose") in (UNSAID, ""):
        del one.extra["pose"]
    if not one.name:
        one.problem = "object without a class"
    elif one.box is None and one.rotated is None and not one.rings:
        one.problem = "object without a usable box"
    return one


def _skip(_: Element, one: Found) -> None:
    pass


def _box(element: Element, one: Found) -> None:
    if one.box is None:
        one.box = numbers(element, SIDES)
    else:
        one.extra["bndbox"] = value(element)


def _rotated(element: Element, one: Found) -> None:
    one.rotated = numbers(element, FIVE)


def _flag(element: Element, one: Found) -> None:
    if (element.text or "").strip().lower() in ("1", "true", "yes"):
        one.flags |= FLAGS[element.tag]


def _score(element: Element, one: Found) -> None:
    score = _number(element.text)
    one.score = math.nan if score is None else score


def _attributes(element: Element, one: Found) -> None:
    for child in element.iter("attribute"):
        name, told = child.find("name"), child.find("value")
        if name is not None and name.text and told is not None:
            one.attributes[name.text] = value(told)


def _part(element: Element, one: Found) -> None:
    box = element.find("bndbox")
    sides = None if box is None else numbers(box, SIDES)
    rest = values(child for child in element if child.tag not in ("name", "bndbox"))
    told: dict[str, Any] = {"name": said(element, "name")}
    one.parts.append({**told, **({} if sides is None else {"box": list(sides)}), **rest})


def _polygon(element: Element, one: Found) -> None:
    """Corners as x1, y1, x2, ... in any order, or as ``pt`` elements; one that is none is kept."""
    if element.find("pt") is not None:
        pairs = [numbers(pt, ("x", "y")) for pt in element.iter("pt")]
    else:
        told = {child.tag: _number(child.text) for child in element if _AXIS.fullmatch(child.tag)}
        count = max((int(tag[1:]) for tag in told), default=0)
        count = min(count, len(told))
        pairs = [_pair(told.get(f"x{k}"), told.get(f"y{k}")) for k in range(1, count + 1)]
    if len(pairs) < 3 or None in pairs:
        one.extra.setdefault("polygon", value(element))
    else:
        one.rings.append(np.array(pairs, dtype=np.float64))


def _pair(x: float | None, y: float | None) -> tuple[float, ...] | None:
    return None if x is None or y is None else (x, y)


_READERS = {
    "bndbox": _box,
    "robndbox": _rotated,
    "polygon": _polygon,
    "score": _score,
    "attributes": _attributes,
    "part": _part,
    **dict.fromkeys(FLAGS, _flag),
}


def numbers(element: Element, tags: Sequence[str]) -> tuple[float, ...] | None:
    """The numbers of some children; None where one is missing or none."""
    told = tuple(_number(said(element, tag)) for tag in tags)
    return None if None in told else told  # type: ignore[return-value]


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
