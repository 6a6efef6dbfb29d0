"""What was drawn: the shape of a region as the columns of a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Kind
from formats.errors import FormatError
from formats.label_studio import bitmask, brush, turning
from formats.label_studio.frame import Frame
from formats.label_studio.gathering import Region
from formats.losses import Losses
from geometry import masks, rotated
from geometry.masks import Mask

__all__ = ["bounds", "row"]

Floats = NDArray[np.float64]
Row = dict[str, Any]
Value = Mapping[str, Any]

CURVES = "curve of a vector, taken as a straight line"


def row(region: Region, frame: Frame, losses: Losses, where: object = "") -> Row:
    """Kind, box and shape of a region; FormatError and the like where its value is unusable."""
    if region.shape == "vector":
        bent = sum(bool(v.get("isBezier")) for v in region.value["vertices"])
        losses.warn(CURVES, bent, where)
    found = READERS[region.shape](region.value, frame)
    stated = region.meta.get("kind")
    if stated == "points" and region.shape == "rectangle":
        found["kinds"] = Kind.POINTS
    if stated == "rotated" and found["kinds"] == Kind.BOX:
        found |= {"kinds": Kind.ROTATED, "rotated": turning.rectangle_row(region.value, frame)}
    return found


def bounds(rings: list[list[Floats]]) -> Floats:
    """The box around the points of some parts, (4,)."""
    points = np.concatenate([ring for part in rings for ring in part])
    return np.concatenate([points.min(axis=0), points.max(axis=0)])


def _rectangle(value: Value, frame: Frame) -> Row:
    """A box, or a rotated one; sides below zero, which the editor leaves, are turned over."""
    five = turning.rectangle_row(value, frame)
    if five[4] == 0:
        (x, y), (width, height) = frame.pixels(
            [[value["x"], value["y"]], [value["width"], value["height"]]]
        )
        across, down = sorted([x, x + width]), sorted([y, y + height])
        return {"kinds": Kind.BOX, "boxes": [across[0], down[0], across[1], down[1]]}
    five[2:4] = np.abs(five[2:4])
    box = rotated.bounds(five[None])[0]
    return {"kinds": Kind.ROTATED, "boxes": box, "rotated": five}


def _ellipse(value: Value, frame: Frame) -> Row:
    five = turning.ellipse_row(value, frame)
    five[2:4] = np.abs(five[2:4])
    box = turning.ellipse_bounds(five)
    return {"kinds": Kind.ELLIPSE, "boxes": box, "rotated": five}


def _polygon(value: Value, frame: Frame) -> Row:
    closed = value.get("closed", True) is not False
    return _outline(value["points"], closed, frame)


def _vector(value: Value, frame: Frame) -> Row:
    points = [[vertex["x"], vertex["y"]] for vertex in value["vertices"]]
    return _outline(points, bool(value.get("closed")), frame)


def _outline(points: Any, closed: bool, frame: Frame) -> Row:
    """A polygon, or a line where it is open."""
    if not isinstance(points, list) or not points:
        raise FormatError("it has no points")
    if not all(isinstance(point, list) and len(point) == 2 for point in points):
        raise FormatError("a point that is no pair of numbers")
    ring = frame.pixels(points)
    kind = Kind.POLYGON if closed else Kind.LINE
    return {"kinds": kind, "boxes": bounds([[ring]]), "rings": [[ring]]}


def _brush(value: Value, frame: Frame) -> Row:
    """Strokes; those that nobody has touched yet may be the picture that a model sent."""
    if "rle" not in value and "maskDataURL" in value:
        return _masked(bitmask.decode(value["maskDataURL"], frame.size))
    if value.get("format", "rle") != "rle":
        raise FormatError(f"strokes of the format {value['format']!r}, expected rle")
    return _masked(brush.decode(value["rle"], frame.size))


def _bitmask(value: Value, frame: Frame) -> Row:
    return _masked(bitmask.decode(value["imageDataURL"], frame.size))


def _masked(mask: Mask) -> Row:
    return {"kinds": Kind.MASK, "boxes": masks.bounds(mask), "masks": mask}


READERS: Mapping[str, Callable[[Value, Frame], Row]] = {
    "rectangle": _rectangle,
    "ellipse": _ellipse,
    "polygon": _polygon,
    "vector": _vector,
    "brush": _brush,
    "bitmask": _bitmask,
}
