"""Shapes of label files as columns of a row, by their type."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import cut
from formats.columns import Kind
from formats.errors import FormatError
from formats.labelme import patches
from geometry import ellipses, masks, rotated

__all__ = ["READERS", "Told", "around", "points", "read"]

Floats = NDArray[np.float64]
Told = Mapping[str, Any]
Row = dict[str, Any]
Size = tuple[int, int] | None
MOST = (1 << 32) - 1
"""Pixels of a picture that run lengths can count."""
FAR = 1e15
SPINS = 1e6
SLACK = 1e-6
"""Radians by which a stated direction may differ from that of a side."""


def points(told: Told) -> Floats:
    """The points (K, 2) of a shape; FormatError where they are none, or not finite."""
    value = told.get("points")
    try:
        found = np.array(value, dtype=np.float64)
    except (ValueError, TypeError, OverflowError):
        found = np.empty(0)
    if found.ndim != 2 or found.shape[1] != 2 or not np.isfinite(found).all():
        raise FormatError("points that are no pairs of numbers")
    return found


def _near(told: Told) -> Floats:
    """The points of a shape that is measured; FormatError for some that are absurdly far."""
    found = points(told)
    if len(found) and np.abs(found).max() > FAR:
        raise FormatError("points absurdly far away")
    return found


def read(kind: str, told: Sequence[Told], size: Size) -> Row:
    """The row of an object of one or more shapes of one type; FormatError where it has none."""
    return READERS[kind](told, size)


def around(found: Floats) -> Floats:
    """The box around points (K, 2), (4,)."""
    return np.concatenate([found.min(axis=0), found.max(axis=0)])


def _box(told: Sequence[Told], size: Size) -> Row:
    if len(told) > 1:
        return _rings(told, size)
    found = points(told[0])
    if len(found) < 2:
        raise FormatError(f"a rectangle of {len(found)} points, expected 2 or 4")
    return {"kinds": Kind.BOX, "boxes": around(found)}


def _rings(told: Sequence[Told], size: Size) -> Row:
    rings = [_ring(one) for one in told]
    return {"kinds": Kind.POLYGON, "rings": [[r] for r in rings], "boxes": around(np.vstack(rings))}


def _ring(told: Told) -> Floats:
    """The corners of a shape; of two opposite ones of a rectangle all four."""
    found = points(told)
    if told.get("shape_type") != "rectangle" or len(found) != 2:
        return found
    x0, y0, x1, y1 = around(found).tolist()
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])


def _turned(told: Sequence[Told], size: Size) -> Row:
    """Four corners; a stated direction says which side is the upper one."""
    found = _near(told[0])
    if len(told) > 1 or len(found) != 4:
        return _rings(told, size)
    five = _five(found, told[0].get("direction"))
    return {"kinds": Kind.ROTATED, "rotated": five, "boxes": around(rotated.corners(five[None])[0])}


def _five(corners: Floats, direction: Any) -> Floats:
    if type(direction) not in (int, float) or not abs(direction) < SPINS:
        return rotated.from_corners(corners)[0]
    angle = math.remainder(direction, 2 * math.pi)
    for turn in range(4):
        five = rotated.from_corners(np.roll(corners, -turn, axis=0))[0]
        if abs(math.remainder(five[4] - angle, 2 * math.pi)) < SLACK:
            five[4] = angle
            return five
    return rotated.from_corners(corners)[0]


def _circle(told: Sequence[Told], size: Size) -> Row:
    """A centre and a point on the edge, whose direction is kept as the angle."""
    found = _near(told[0])
    if len(found) != 2:
        raise FormatError(f"a circle of {len(found)} points, expected its centre and one of it")
    (cx, cy), (x, y) = found.tolist()
    across = 2 * math.hypot(x - cx, y - cy)
    five = np.array([cx, cy, across, across, math.atan2(y - cy, x - cx)])
    return {"kinds": Kind.ELLIPSE, "rotated": five, "boxes": ellipses.bounds(five[None])[0]}


def _line(told: Sequence[Told], size: Size) -> Row:
    rings = [points(one) for one in told]
    return {"kinds": Kind.LINE, "rings": [[r] for r in rings], "boxes": around(np.vstack(rings))}


def _points(told: Sequence[Told], size: Size) -> Row:
    found = points(told[0])
    seen = np.column_stack([found, np.full(len(found), 2.0)])
    return {"kinds": Kind.POINTS, "keypoints": seen, "boxes": around(found)}


def _mask(told: Sequence[Told], size: Size) -> Row:
    """A patch of pixels whose corners are the middles of its first and last pixel."""
    if size is None:
        raise FormatError("a mask, but nothing tells the size of its picture")
    if size[0] * size[1] > MOST:
        raise FormatError(f"a mask in a picture of {size[0]} x {size[1]} pixels")
    parts, beyond = [], 0
    for one in told:
        x, y = np.floor(points(one)[0] + 0.5).tolist()
        if not abs(x) < 1 << 31 or not abs(y) < 1 << 31:
            raise FormatError("a mask far outside of its picture")
        patch = patches.decode(one.get("mask"))
        parts.append(masks.paste(patch, (int(x), int(y)), size))
        beyond += int(patch.sum()) - masks.area(parts[-1])
    found = parts[0] if len(parts) == 1 else masks.union(parts, size)
    return cut.mask(found, masks.area(found) + beyond)


def _cuboid(told: Sequence[Told], size: Size) -> Row:
    return {"kinds": Kind.BOX, "boxes": around(points(told[0]))}


READERS: Mapping[str, Callable[[Sequence[Told], Size], Row]] = {
    "rectangle": _box,
    "polygon": _rings,
    "quadrilateral": _rings,
    "oriented_rectangle": _turned,
    "rotation": _turned,
    "circle": _circle,
    "line": _line,
    "linestrip": _line,
    "point": _points,
    "points": _points,
    "mask": _mask,
    "cuboid": _cuboid,
}
"""Types of shapes -> the columns that say where they are."""
