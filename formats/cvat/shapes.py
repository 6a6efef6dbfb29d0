"""One shape element of CVAT's XML as columns of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import cut
from formats.columns import Kind
from formats.cvat.markup import Node
from formats.errors import FormatError
from geometry import ellipses, masks, rotated
from geometry.errors import GeometryError

__all__ = ["READERS", "WHOLE_TURN", "around", "flag", "number", "points", "turned", "whole"]

LARGEST = 1 << 53
"""Of whole numbers; a column takes them, and sums of two."""
MOST_PIXELS = 1 << 28
"""In the window of a mask, which is spread out when it is read."""
WHOLE_TURN = 360
"""Degrees; the largest rotation that CVAT takes."""
Floats = NDArray[np.float64]
Size = tuple[int, int]


def number(node: Node, name: str, otherwise: float | None = None) -> float:
    """A finite number of an attribute; FormatError where it is none, or missing."""
    said = node.attributes.get(name)
    if said is None and otherwise is not None:
        return otherwise
    try:
        found = float(said or "")
    except ValueError:
        found = np.nan
    if not np.isfinite(found):
        raise FormatError(_wrong(node, name, said, "a number"))
    return found


def whole(node: Node, name: str, otherwise: int | None = None) -> int:
    """A whole number of an attribute; FormatError where it is none, or missing."""
    said = node.attributes.get(name)
    if not said and otherwise is not None:
        return otherwise
    try:
        found = int((said or "").removesuffix(".0"))
    except ValueError:
        raise FormatError(_wrong(node, name, said, "a whole number")) from None
    if abs(found) > LARGEST:
        raise FormatError(_wrong(node, name, said, f"a whole number up to {LARGEST}"))
    return found


def flag(node: Node, name: str) -> bool:
    """Whether an attribute is 1, or true, as some scripts write it; a missing one is not."""
    said = node.attributes.get(name, "").lower()
    if said not in ("", "0", "1", "false", "true"):
        raise FormatError(_wrong(node, name, said, "0 or 1"))
    return said in ("1", "true")


def _wrong(node: Node, name: str, said: str | None, wanted: str) -> str:
    found = "missing" if said is None else repr(said)
    return f"{name} of a <{node.tag}> is {found}, expected {wanted}"


def points(node: Node, least: int) -> Floats:
    """The points (K, 2) of ``x,y;x,y``; FormatError for fewer than `least`."""
    said = node.attributes.get("points")
    pairs = (said or "").rstrip("; ").split(";")
    try:
        found = np.array([pair.split(",") for pair in pairs], dtype=np.float64)
    except ValueError:
        found = np.empty(0)
    if found.ndim != 2 or found.shape[1] != 2 or not np.isfinite(found).all():
        raise FormatError(_wrong(node, "points", said, "pairs x,y;x,y"))
    if len(found) < least:
        what = f"a <{node.tag}> of {len(found)} points, expected {least} or more"
        raise FormatError(what)
    return found


def _box(node: Node, size: Size) -> dict[str, Any]:
    """A rotation of 0 is that of a plain box; a box turned by nothing has a whole turn."""
    sides = [number(node, name) for name in ("xtl", "ytl", "xbr", "ybr")]
    degrees = number(node, "rotation", 0.0)
    if not degrees:
        return {"kinds": Kind.BOX, "boxes": sides}
    return turned(sides, np.radians(degrees if degrees != WHOLE_TURN else 0.0))


def turned(sides: Sequence[float], angle: float) -> dict[str, Any]:
    """A box that is turned about its centre by an angle in radians."""
    x0, y0, x1, y1 = sides
    five = np.array([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, angle])
    return {"kinds": Kind.ROTATED, "rotated": five, "boxes": rotated.bounds(five[None])[0]}


def _ellipse(node: Node, size: Size) -> dict[str, Any]:
    cx, cy, rx, ry = (number(node, name) for name in ("cx", "cy", "rx", "ry"))
    five = np.array([cx, cy, 2 * rx, 2 * ry, np.radians(number(node, "rotation", 0.0))])
    return {"kinds": Kind.ELLIPSE, "rotated": five, "boxes": ellipses.bounds(five[None])[0]}


def _polygon(node: Node, size: Size) -> dict[str, Any]:
    return _ringed(Kind.POLYGON, points(node, 3))


def _polyline(node: Node, size: Size) -> dict[str, Any]:
    return _ringed(Kind.LINE, points(node, 2))


def _ringed(kind: Kind, ring: Floats) -> dict[str, Any]:
    return {"kinds": kind, "rings": [[ring]], "boxes": around(ring)}


def _points(node: Node, size: Size) -> dict[str, Any]:
    found = points(node, 1)
    seen = np.column_stack([found, np.full(len(found), 2.0)])
    return {"kinds": Kind.POINTS, "keypoints": seen, "boxes": around(found)}


def around(found: Floats) -> Floats:
    """The box around points (K, 2), (4,)."""
    return np.concatenate([found.min(axis=0), found.max(axis=0)])


def _mask(node: Node, size: Size) -> dict[str, Any]:
    """Run lengths row by row over a window of the picture, background first."""
    left, top, width, height = (whole(node, k) for k in ("left", "top", "width", "height"))
    said = node.attributes.get("rle", "")
    try:
        runs = np.array(said.rstrip(", ").split(","), dtype=np.int64)
    except (ValueError, OverflowError):
        raise FormatError(_wrong(node, "rle", said[:20], "run lengths")) from None
    if min(width, height) < 1 or width * height > MOST_PIXELS:
        raise FormatError(f"a mask in a window of {width} x {height}")
    total = int(np.clip(runs, -1, MOST_PIXELS + 1).sum())
    if (runs < 0).any() or total != width * height:
        raise FormatError(f"a mask of {total} pixels in a window of {width} x {height}")
    if not all(size):
        raise FormatError("a mask, but the frame's size is not known: frame_size=WIDTHxHEIGHT")
    inside = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(height, width)
    try:
        found = masks.paste(inside, (left, top), size)
    except GeometryError as error:
        raise FormatError(str(error)) from error
    return cut.mask(found, int(runs[1::2].sum()))


READERS: Mapping[str, Callable[[Node, Size], dict[str, Any]]] = {
    "box": _box,
    "ellipse": _ellipse,
    "polygon": _polygon,
    "polyline": _polyline,
    "points": _points,
    "mask": _mask,
}
"""Elements that are one shape in themselves -> the columns that say where it is."""
