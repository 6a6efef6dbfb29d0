"""Which of a picture's shapes an annotator means who has drawn a box or set points."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from geometry import boxes, masks

__all__ = ["by_box", "by_points"]

Point = tuple[float, float]
LEAST_IOU = 0.5
"""Overlap from which a drawn box means an object."""
LEAST_INSIDE = 0.9
LEAST_FILLED = 0.2
"""A box drawn loosely: the object lies inside, and fills a part of it."""


def by_box(table: Annotations, box: NDArray[np.float64], wished: NDArray[np.bool_]) -> int | None:
    """The row that a drawn box (x0 y0 x1 y1, pixels) means, None where it means none.

    The best overlap counts; where nothing overlaps by half, the largest object that lies inside
    and fills a fifth of the box. Rows that are `wished`, (N,), go before others.
    """
    drawn = box[None]
    iou = _known(boxes.iou(table.boxes, drawn)[:, 0]) if len(table) else np.zeros(0)
    inside = _known(boxes.inside(table.boxes, drawn)[:, 0]) if len(table) else np.zeros(0)
    for fits in (iou >= LEAST_IOU, (inside >= LEAST_INSIDE) & (iou >= LEAST_FILLED)):
        for among in (fits & wished, fits):
            if among.any():
                return int(np.argmax(np.where(among, iou, -1)))
    return None


def by_points(
    table: Annotations, positive: Iterable[Point], negative: Iterable[Point]
) -> int | None:
    """The smallest row that holds all positive points and no negative one, None where none does."""
    held = np.ones(len(table), dtype=bool)
    for point in positive:
        held &= holding(table, point)
    for point in negative:
        held &= ~holding(table, point)
    if not held.any():
        return None
    return int(np.argmin(np.where(held, areas(table), np.inf)))


def _known(values: NDArray) -> NDArray:
    """Without the NaN of rows that have no place."""
    return np.nan_to_num(values, nan=0.0)


def holding(table: Annotations, point: Point) -> NDArray[np.bool_]:
    """(N,) which rows hold a point: by mask, polygon or turned box, else by their box."""
    x, y = point
    x0, y0, x1, y1 = table.boxes.T
    held = (x0 <= x) & (x < x1) & (y0 <= y) & (y < y1)
    for i in np.flatnonzero(held):
        held[i] = _holds(table, int(i), point)
    return held


def _holds(table: Annotations, i: int, point: Point) -> bool:
    row = table.row(i)
    if row.mask is not None:
        return _in_mask(row.mask, point)
    if row.rings:
        return bool(sum(_crossings(ring, point) for part in row.rings for ring in part) % 2)
    return row.rotated is None or _in_rotated(row.rotated, point)


def _in_mask(mask: masks.Mask, point: Point) -> bool:
    """Whether the pixel of a point is foreground: every second run is."""
    width, height = mask.size
    column, line = (min(max(int(v), 0), n - 1) for v, n in zip(point, (width, height), strict=True))
    ends = np.cumsum(mask.runs, dtype=np.int64)
    return bool(np.searchsorted(ends, column * height + line, side="right") % 2)


def _crossings(ring: NDArray[np.float64], point: Point) -> int:
    """How many sides of a ring a ray to the right crosses (even-odd rule)."""
    x, y = point
    ax, ay = ring.T
    bx, by = np.roll(ring, -1, axis=0).T
    level = (ay > y) != (by > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = ax + (y - ay) * (bx - ax) / (by - ay)
    return int((level & (x < at)).sum())


def _in_rotated(rotated: NDArray[np.float64], point: Point) -> bool:
    cx, cy, width, height, angle = rotated
    dx, dy = point[0] - cx, point[1] - cy
    along = dx * np.cos(angle) + dy * np.sin(angle)
    across = -dx * np.sin(angle) + dy * np.cos(angle)
    return bool(abs(along) <= width / 2 and abs(across) <= height / 2)


def areas(table: Annotations) -> NDArray[np.float64]:
    """(N,) square pixels: of the mask, else of the box."""
    found = np.asarray(boxes.area(table.boxes), dtype=np.float64)
    if table.masks is None:
        return found
    drawn = np.array([np.nan if mask is None else masks.area(mask) for mask in table.masks])
    return np.where(np.isnan(drawn), found, drawn)
