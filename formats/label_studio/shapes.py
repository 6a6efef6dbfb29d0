"""The values of shapes: what a row is in each kind of control, without its labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from formats.annotations import Annotation, Kind
from formats.label_studio import bitmask, brush, turning
from formats.label_studio.frame import Frame
from formats.label_studio.outlining import ellipse_of, mask_of, parts_of
from geometry import boxes, polygons
from geometry.masks import Mask
from geometry.rasters import Parts, drawable
from geometry.rings import Rings

__all__ = ["SHAPES", "upright"]

Value = dict[str, Any]
Values = list[Value]

CUT = "shape reaching beyond its picture, cut"
OUTSIDE = "shape outside of its picture, left out"
HOLES = "hole of a polygon, joined to its outline by a bridge"
OTHER_SIZE = "mask of another size than its picture, left out"
TOO_LARGE = "rotated shape that percents up to 100 cannot tell, written as its bounds"


def upright(row: Annotation, frame: Frame) -> Values:
    """The box of a row as a rectangle, cut to the picture."""
    box = boxes.clip(row.box[None], frame.size)[0]
    x0, y0, x1, y1 = box
    cut = bool((box != row.box).any())
    if cut and (x0 >= x1 or y0 >= y1):
        frame.losses.add(OUTSIDE)
        return []
    frame.losses.add(CUT, int(cut))
    corner, sides = frame.percents([[x0, y0], [x1 - x0, y1 - y0]])
    names = ("x", "y", "width", "height")
    return [{**frame.numbers(names, [*corner, *sides]), "rotation": 0.0}]


def rectangle(row: Annotation, frame: Frame) -> Values:
    """A rectangle, turned where the row is a rotated box."""
    if row.kind != Kind.ROTATED or row.rotated is None:
        return upright(row, frame)
    value = turning.rectangle(row.rotated, frame)
    if value is None:
        frame.losses.add(TOO_LARGE)
        return upright(row, frame)
    return [value]


def ellipse(row: Annotation, frame: Frame) -> Values:
    """An ellipse; one that is too large is cut to its bounds in the picture."""
    five = ellipse_of(row, frame)
    value = turning.ellipse(five, frame)
    if value is not None:
        return [value]
    x0, y0, x1, y1 = boxes.clip(row.box[None], frame.size)[0]
    inside = np.array([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, 0.0])
    cut = turning.ellipse(inside, frame)
    frame.losses.add(OUTSIDE if cut is None else TOO_LARGE)
    return [] if cut is None else [cut]


def polygon(row: Annotation, frame: Frame) -> Values:
    """A closed polygon of each part; one with holes is joined to them."""
    values = []
    for part in _inside([rings for part in parts_of(row) if (rings := drawable(part))], frame):
        frame.losses.add(HOLES, len(part) - 1)
        ring = part[0] if len(part) == 1 else polygons.keyhole([part])
        values.append({"points": frame.percents(ring).clip(max=100).tolist(), "closed": True})
    if not values:
        frame.losses.add(OUTSIDE)
    return values


def _inside(parts: Parts, frame: Frame) -> Parts:
    """The parts cut to the picture; those inside stay point for point."""
    whole = Rings.of([parts])
    cut = polygons.clip(whole, frame.size)
    left = cut.row(0)
    frame.losses.add(CUT, int(cut is not whole and bool(left)))
    return left


def strokes(row: Annotation, frame: Frame) -> Values:
    """Brush strokes: the pixels of the row as rle."""
    return [{"format": "rle", "rle": list(brush.encode(mask))} for mask in _mask(row, frame)]


def bits(row: Annotation, frame: Frame) -> Values:
    """A bitmask: the pixels of the row as a PNG."""
    return [{"imageDataURL": bitmask.encode(mask)} for mask in _mask(row, frame)]


def _mask(row: Annotation, frame: Frame) -> list[Mask]:
    mask = mask_of(row, frame)
    if mask.size != frame.size:
        frame.losses.add(OTHER_SIZE)
        return []
    return [mask]


SHAPES: Mapping[str, Callable[[Annotation, Frame], Values]] = {
    "rectangle": rectangle,
    "ellipse": ellipse,
    "polygon": polygon,
    "brush": strokes,
    "bitmask": bits,
}
"""How a row becomes the values of a kind of control, named without ``labels`` at its end."""
