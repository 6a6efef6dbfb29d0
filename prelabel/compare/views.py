"""Every row of a table as one kind of shape, whatever it was drawn as."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from geometry import keypoints, masks, polygons, rotated
from geometry.masks import Mask
from geometry.rings import Rings

__all__ = [
    "areas",
    "has_mask",
    "has_points",
    "has_ring",
    "is_turned",
    "masked",
    "outlined",
    "pointed",
    "size_for",
    "turned",
]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Size = tuple[int, int]

CORNERS = 64
"""Corners of an ellipse's outline: its area is less by 2 in 1,000."""


def is_turned(table: Annotations) -> Flags:
    """(N,) whether a row states an oriented box or an ellipse."""
    if table.rotated is None:
        return np.zeros(len(table), dtype=bool)
    kind = (table.kinds == Kind.ROTATED) | (table.kinds == Kind.ELLIPSE)
    return kind & np.isfinite(table.rotated).all(axis=1)


def has_ring(table: Annotations) -> Flags:
    """(N,) whether a row has a polygon; a line has none."""
    if table.rings is None:
        return np.zeros(len(table), dtype=bool)
    return (table.rings.counts() > 0) & (table.kinds != Kind.LINE)


def has_mask(table: Annotations) -> Flags:
    """(N,) whether a row has a mask."""
    if table.masks is None:
        return np.zeros(len(table), dtype=bool)
    return np.array([mask is not None for mask in table.masks], dtype=bool)


def has_points(table: Annotations) -> Flags:
    """(N,) whether a row has a keypoint that is labelled."""
    if table.keypoints is None:
        return np.zeros(len(table), dtype=bool)
    seen: Flags = np.any(keypoints.visible(table.keypoints), axis=1)
    return seen


def turned(table: Annotations) -> Floats:
    """Oriented boxes (N, 5): as stated, else around the polygon or mask, else the upright box."""
    low, high = table.boxes[:, :2], table.boxes[:, 2:]
    found = np.column_stack([(low + high) / 2, high - low, np.zeros(len(table))])
    stated = is_turned(table)
    if table.rotated is not None:
        found[stated] = table.rotated[stated]
    for i in np.flatnonzero((has_ring(table) | has_mask(table)) & ~stated).tolist():
        found[i] = rotated.from_polygon(
            np.concatenate([ring for p in _parts(table, i) for ring in p])
        )
    return found


def outlined(table: Annotations) -> Rings:
    """Polygons of N rows: as drawn, else the outline of mask, oriented box, ellipse or box."""
    if table.rings is not None and bool(has_ring(table).all()):
        return table.rings
    return Rings.of([_parts(table, i) for i in range(len(table))])


def masked(table: Annotations, size: Size) -> list[Mask]:
    """Masks of N rows on a picture of `size`: as drawn, else pycocotools' pixels of the outline."""
    drawn = table.masks if table.masks is not None else [None] * len(table)
    return [
        mask
        if mask is not None and mask.size == size
        else masks.from_coco_rings(_parts(table, i), size)
        for i, mask in enumerate(drawn)
    ]


def size_for(a: Annotations, b: Annotations, size: Size | None) -> Size | None:
    """The size of the picture, or else that of a mask on it."""
    drawn = (mask for table in (a, b) if table.masks is not None for mask in table.masks)
    return size or next((mask.size for mask in drawn if mask is not None), None)


def pointed(a: Annotations, b: Annotations) -> tuple[Floats, Floats]:
    """Keypoints (N, K, 3) and (M, K, 3), as many for both."""
    found = [
        np.empty((len(table), 0, 3)) if table.keypoints is None else table.keypoints
        for table in (a, b)
    ]
    width = max(points.shape[1] for points in found)
    first, second = (
        np.pad(points, ((0, 0), (0, width - points.shape[1]), (0, 0)), constant_values=np.nan)
        for points in found
    )
    return first, second


def areas(table: Annotations) -> Floats:
    """Square pixels (N,): stated, else of the mask, the polygon, the box."""
    sides = table.boxes[:, 2:] - table.boxes[:, :2]
    found = np.nan_to_num(sides[:, 0] * sides[:, 1])
    if (ringed := has_ring(table)).any() and table.rings is not None:
        found[ringed] = polygons.area(table.rings[ringed])
    if (drawn := has_mask(table)).any() and table.masks is not None:
        found[drawn] = [masks.area(mask) for mask in table.masks[drawn]]
    if table.areas is not None:
        found = np.where(np.isnan(table.areas), found, table.areas)
    return found


def _parts(table: Annotations, i: int) -> list[list[Floats]]:
    """The outline of row `i` as parts of rings."""
    row = table[i : i + 1]
    if has_ring(row)[0] and row.rings is not None:
        return row.rings.row(0)
    if has_mask(row)[0] and row.masks is not None:
        return [list(part) for part in masks.to_rings(row.masks[0])]
    if is_turned(row)[0] and row.rotated is not None:
        round_ = row.kinds[0] == Kind.ELLIPSE
        return [[_ellipse(row.rotated[0]) if round_ else rotated.corners(row.rotated)[0]]]
    x0, y0, x1, y1 = row.boxes[0]
    if not np.isfinite(row.boxes).all():
        return []
    return [[np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])]]


def _ellipse(row: Floats) -> Floats:
    """The outline of an ellipse cx cy w h angle, (CORNERS, 2)."""
    turn = np.arange(CORNERS) * (2 * np.pi / CORNERS)
    x, y = row[2] / 2 * np.cos(turn), row[3] / 2 * np.sin(turn)
    c, s = np.cos(row[4]), np.sin(row[4])
    return np.column_stack([row[0] + x * c - y * s, row[1] + x * s + y * c])
