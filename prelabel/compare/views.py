"""Every row of a table as one kind of shape, whatever it was drawn as."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from geometry import keypoints, masks, polygons, rotated
from geometry.masks import Mask
from geometry.rasters import Parts
from geometry.rings import Rings

__all__ = [
    "Outlines",
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
Ints = NDArray[np.int64]
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
    outlines = Outlines(table)
    stated = outlines.turned
    if table.rotated is not None:
        found[stated] = table.rotated[stated]
    for i in np.flatnonzero((outlines.ringed | outlines.drawn) & ~stated).tolist():
        rings = [ring for part in outlines.row(i) for ring in part]
        if rings:
            found[i] = rotated.from_polygon(np.concatenate(rings))
    return found


class Outlines:
    """The rows of a table as polygons and as masks, however they were drawn.

    `turned`, `ringed`, `drawn` (N,): whether a row is an oriented box, a polygon, a mask.
    """

    def __init__(self, table: Annotations) -> None:
        self.table = table
        self.turned, self.ringed, self.drawn = is_turned(table), has_ring(table), has_mask(table)

    def rings(self) -> Rings:
        """All rows; their outlines where they are no polygons."""
        if self.table.rings is not None and bool(self.ringed.all()):
            return self.table.rings
        return Rings.of(self.parts(np.arange(len(self.table))))

    def parts(self, rows: Ints) -> list[Parts]:
        """Some rows as parts of rings."""
        return [self.row(i) for i in rows.tolist()]

    def masks(self, rows: Ints, size: Size) -> list[Mask]:
        """Some rows on a picture of `size`: as drawn, else pycocotools' pixels of the outline."""
        return [self._mask(i, size) for i in rows.tolist()]

    def size(self, rows: Ints) -> Size | None:
        """The size of the first mask among some rows."""
        if self.table.masks is None:
            return None
        return next((m.size for m in self.table.masks[rows] if m is not None), None)

    def row(self, i: int) -> Parts:
        """The outline of row `i`; none where it lies nowhere."""
        table = self.table
        if self.ringed[i] and table.rings is not None:
            return table.rings.row(i)
        if self.drawn[i] and table.masks is not None:
            return masks.to_rings(table.masks[i])
        if self.turned[i] and table.rotated is not None:
            if table.kinds[i] == Kind.ELLIPSE:
                return [[_ellipse(table.rotated[i])]]
            return [[rotated.corners(table.rotated[i : i + 1])[0]]]
        x0, y0, x1, y1 = table.boxes[i]
        if not np.isfinite(table.boxes[i]).all():
            return []
        return [[np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])]]

    def _mask(self, i: int, size: Size) -> Mask:
        mask = None if self.table.masks is None else self.table.masks[i]
        if mask is not None and mask.size == size:
            return mask
        return masks.from_coco_rings(self.row(i), size)


def outlined(table: Annotations) -> Rings:
    """Polygons of N rows: as drawn, else the outline of mask, oriented box, ellipse or box."""
    return Outlines(table).rings()


def masked(table: Annotations, size: Size) -> list[Mask]:
    """Masks of N rows on a picture of `size`: as drawn, else pycocotools' pixels of the outline."""
    return Outlines(table).masks(np.arange(len(table)), size)


def size_for(a: Annotations, b: Annotations, size: Size | None) -> Size | None:
    """The size of the picture, or else that of a mask on it."""
    drawn = (Outlines(table).size(np.arange(len(table))) for table in (a, b))
    return size or next((found for found in drawn if found is not None), None)


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


def _ellipse(row: Floats) -> Floats:
    """The outline of an ellipse cx cy w h angle, (CORNERS, 2)."""
    turn = np.arange(CORNERS) * (2 * np.pi / CORNERS)
    x, y = row[2] / 2 * np.cos(turn), row[3] / 2 * np.sin(turn)
    c, s = np.cos(row[4]), np.sin(row[4])
    return np.column_stack([row[0] + x * c - y * s, row[1] + x * s + y * c])
