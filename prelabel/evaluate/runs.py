"""Shapes as COCO run lengths, rasterised as pycocotools does it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from formats.annotations import Annotations, Kind
from geometry.masks import Mask

__all__ = ["area", "of_box", "of_row", "present"]

Runs = dict[str, Any]
Size = tuple[int, int]
Ring = NDArray[np.float64]

SQUARE = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
CIRCLE = 0.5 * np.column_stack(
    [np.cos(np.arange(72) * (np.pi / 36)), np.sin(np.arange(72) * (np.pi / 36))]
)


def present(table: Annotations) -> NDArray[np.bool_]:
    """(N,) whether a row covers pixels of its own: a mask, a polygon, an oriented box."""
    found = np.zeros(len(table), dtype=bool)
    if table.masks is not None:
        found |= np.array([mask is not None for mask in table.masks], dtype=bool)
    if table.rings is not None:
        found |= (table.rings.counts() > 0) & (table.kinds != Kind.LINE)
    return found | _turned(table)


def of_row(table: Annotations, i: int, size: Size) -> Runs | None:
    """The pixels of row `i` on a picture of `size` (width, height); None where it has none."""
    mask = None if table.masks is None else table.masks[i]
    if mask is not None:
        return _of_mask(mask)
    if table.rings is not None and table.kinds[i] != Kind.LINE:
        parts = [runs for part in table.rings.row(i) if (runs := _of_part(part, size))]
        if parts:
            return _union(parts)
    if _turned(table)[i]:
        return _of_part([_outline(table, i)], size)
    return None


def of_box(box: list[float], size: Size) -> Runs:
    """The pixels of an x y w h box."""
    width, height = size
    runs: Runs = coco_mask.frPyObjects([box], height, width)[0]
    return runs


def area(runs: Runs) -> float:
    """Pixels covered."""
    return float(coco_mask.area(runs))


def _turned(table: Annotations) -> NDArray[np.bool_]:
    kinds = (table.kinds == Kind.ROTATED) | (table.kinds == Kind.ELLIPSE)
    if table.rotated is None:
        return np.zeros(len(table), dtype=bool)
    return kinds & np.isfinite(table.rotated).all(axis=1)


def _outline(table: Annotations, i: int) -> Ring:
    """The corners of an oriented box, or points along an ellipse."""
    assert table.rotated is not None
    cx, cy, width, height, angle = table.rotated[i]
    cos, sin = np.cos(angle), np.sin(angle)
    unit = CIRCLE if table.kinds[i] == Kind.ELLIPSE else SQUARE
    points: Ring = (unit * (width, height)) @ np.array([[cos, sin], [-sin, cos]]) + (cx, cy)
    return points


def _of_mask(mask: Mask) -> Runs:
    width, height = mask.size
    plain = {"size": [height, width], "counts": mask.runs.tolist()}
    runs: Runs = coco_mask.frPyObjects(plain, height, width)
    return runs


def _of_part(part: list[Ring], size: Size) -> Runs | None:
    """An outer ring without its holes; None for a ring of fewer than three points."""
    width, height = size
    rings = [ring.ravel().tolist() for ring in part if len(ring) >= 3]
    if not part or len(part[0]) < 3:
        return None
    outer, *holes = coco_mask.frPyObjects(rings, height, width)
    return _minus(outer, _union(holes)) if holes else outer


def _union(parts: list[Runs]) -> Runs:
    runs: Runs = coco_mask.merge(parts)
    return runs


def _minus(outer: Runs, holes: Runs) -> Runs:
    left = coco_mask.decode(outer) & ~coco_mask.decode(holes) & 1
    runs: Runs = coco_mask.encode(np.asfortranarray(left))
    return runs
