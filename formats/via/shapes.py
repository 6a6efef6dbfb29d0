"""Shapes of VIA's regions as columns of a row, and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotation
from formats.columns import Kind
from formats.errors import FormatError
from geometry import ellipses, rotated

__all__ = ["READERS", "TURNED", "polygon", "polyline", "read", "simple"]

Floats = NDArray[np.float64]
Told = Mapping[str, Any]
Row = dict[str, Any]
TURNED = "rotated"
"""Key of a polygon that is a rotated box: ``[cx, cy, w, h, angle]``, radians, clockwise."""
NEAR = 1e-6
FAR = 1 << 53
DECIMALS = 9
FEW = 16
_PLAIN = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def read(told: Told) -> Row:
    """The row of a region's shape; FormatError where it cannot be read."""
    name = told.get("name")
    if not isinstance(name, str) or name not in READERS:
        raise FormatError(f"a shape that is called {str(name)[:40]!r}")
    return READERS[name](told)


def _numbers(told: Told, *keys: str) -> list[float]:
    return [_number(told, key) for key in keys]


def _number(told: Told, key: str) -> float:
    value: Any = told.get(key)
    if isinstance(value, str) and len(value) < FEW and (number := _PLAIN.fullmatch(value)):
        return float(number[0])
    if type(value) in (int, float) and abs(value) < FAR:
        return float(value)
    what = f"{key} of a {told.get('name')} is {str(value)[:40]!r}, expected a number of pixels"
    raise FormatError(what)


def _rect(told: Told) -> Row:
    x, y, width, height = _numbers(told, "x", "y", "width", "height")
    return {"kinds": Kind.BOX, "boxes": np.array([x, y, x + width, y + height])}


def _circle(told: Told) -> Row:
    cx, cy, r = _numbers(told, "cx", "cy", "r")
    return _round([cx, cy, 2 * r, 2 * r, 0.0])


def _ellipse(told: Told) -> Row:
    cx, cy, rx, ry = _numbers(told, "cx", "cy", "rx", "ry")
    angle = _numbers(told, "theta")[0] if "theta" in told else 0.0
    return _round([cx, cy, 2 * rx, 2 * ry, angle])


def _round(five: list[float]) -> Row:
    row = np.array(five)
    return {"kinds": Kind.ELLIPSE, "rotated": row, "boxes": ellipses.bounds(row[None])[0]}


def _point(told: Told) -> Row:
    cx, cy = _numbers(told, "cx", "cy")
    seen = np.array([[cx, cy, 2.0]])
    return {"kinds": Kind.POINTS, "keypoints": seen, "boxes": np.array([cx, cy, cx, cy])}


def _ring(told: Told) -> Floats:
    try:
        xs, ys = (np.array(told.get(f"all_points_{k}"), dtype=np.float64) for k in "xy")
    except (ValueError, TypeError, OverflowError):
        raise FormatError(f"points of a {told.get('name')} that are no numbers") from None
    if xs.ndim != 1 or xs.shape != ys.shape or not len(xs):
        raise FormatError(f"a {told.get('name')} of {xs.size} x and {ys.size} y")
    ring = np.column_stack([xs, ys])
    if not np.isfinite(ring).all():
        raise FormatError(f"points of a {told.get('name')} that are no numbers")
    return ring


def _polygon(told: Told) -> Row:
    """Version 1 repeats the first point at the end."""
    ring = _ring(told)
    if len(ring) > 3 and (ring[0] == ring[-1]).all():
        ring = ring[:-1]
    box = np.concatenate([ring.min(axis=0), ring.max(axis=0)])
    if (five := _turned(told, ring)) is not None:
        return {"kinds": Kind.ROTATED, "rotated": five, "boxes": box}
    return {"kinds": Kind.POLYGON, "rings": [[ring]], "boxes": box}


def _turned(told: Told, ring: Floats) -> Floats | None:
    """The rotated box whose corners the polygon still is."""
    value = told.get(TURNED)
    if not isinstance(value, list) or not all(type(n) in (int, float) for n in value):
        return None
    five = np.array(value, dtype=np.float64)
    if five.shape != (5,) or ring.shape != (4, 2):
        return None
    return five if np.abs(rotated.corners(five[None])[0] - ring).max() < NEAR else None


def _polyline(told: Told) -> Row:
    ring = _ring(told)
    box = np.concatenate([ring.min(axis=0), ring.max(axis=0)])
    return {"kinds": Kind.LINE, "rings": [[ring]], "boxes": box}


READERS: Mapping[str, Callable[[Told], Row]] = {
    "rect": _rect,
    "circle": _circle,
    "ellipse": _ellipse,
    "point": _point,
    "polygon": _polygon,
    "polyline": _polyline,
}
"""Names of shapes -> the columns that say where they are."""


def simple(row: Annotation) -> dict[str, Any]:
    """The shape of a box, an ellipse or a rotated box."""
    if row.kind == Kind.ELLIPSE and row.rotated is not None:
        cx, cy, w, h, angle = row.rotated.tolist()
        if w == h and not angle:
            return {"name": "circle", "cx": cx, "cy": cy, "r": w / 2}
        return {"name": "ellipse", "cx": cx, "cy": cy, "rx": w / 2, "ry": h / 2, "theta": angle}
    if row.kind == Kind.ROTATED and row.rotated is not None:
        corners = rotated.corners(row.rotated[None])[0]
        return {**polygon(corners), TURNED: row.rotated.tolist()}
    x0, y0, x1, y1 = row.box.tolist()
    return {"name": "rect", "x": x0, "y": y0, "width": _side(x1 - x0), "height": _side(y1 - y0)}


def _side(length: float) -> float:
    """A difference without what subtraction leaves of a number."""
    return round(length, DECIMALS)


def polygon(ring: Floats) -> dict[str, Any]:
    """The shape of a ring."""
    return {"name": "polygon", **_points(ring)}


def polyline(ring: Floats) -> dict[str, Any]:
    """The shape of a line."""
    return {"name": "polyline", **_points(ring)}


def _points(ring: Floats) -> dict[str, Any]:
    return {"all_points_x": ring[:, 0].tolist(), "all_points_y": ring[:, 1].tolist()}
