"""Rows as polygons: corners of boxes, outlines of masks along the edges of their pixels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import Kind
from geometry import masks, rotated
from geometry.rasters import Parts
from geometry.rings import Rings

__all__ = ["drawn", "placed", "points_of", "polygons"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ROUND = 64
"""Corners of the polygon of an ellipse: it lies within 0.13 % of a half side of it."""
WORDS = {
    Kind.BOX: "box written as a polygon of 4 corners",
    Kind.ROTATED: "rotated box written as a polygon of 4 corners",
    Kind.ELLIPSE: f"ellipse written as a polygon of {ROUND} corners",
    Kind.MASK: "mask written as an outline",
}


def polygons(table: Annotations, _: Floats, told: Counter[str]) -> Annotations:
    """Every row with an area as a polygon; outlines of masks are exact, with parts and holes."""
    rows: dict[int, Parts] = {}
    for kind, word in WORDS.items():
        found = {row: parts for row in _of(table, kind) if (parts := drawn(table, row))}
        if found:
            told[word] += len(found)
        rows |= found
    if without := int((placed(table) & (table.kinds != Kind.POLYGON)).sum()) - len(rows):
        told["row that no polygon can be told of, kept"] += without
    return _with(table, rows) if rows else table


def _of(table: Annotations, kind: Kind) -> list[int]:
    found: list[int] = np.flatnonzero(table.kinds == kind).tolist()
    return found


def placed(table: Annotations) -> Bools:
    """(N,) which rows have a place in the picture."""
    return np.asarray(table.kinds != Kind.TAG)


def drawn(table: Annotations, row: int) -> Parts:
    """The parts of a row as rings; none where it has no area that can be drawn."""
    kind = table.kinds[row]
    if kind == Kind.POLYGON:
        return [] if table.rings is None else table.rings.row(row)
    if kind == Kind.MASK:
        mask = None if table.masks is None else table.masks[row]
        return [] if mask is None else masks.to_rings(mask)
    if kind == Kind.BOX:
        x0, y0, x1, y1 = table.boxes[row]
        ring = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
        return [[ring]] if np.isfinite(ring).all() else []
    if kind not in (Kind.ROTATED, Kind.ELLIPSE) or table.rotated is None:
        return []
    five = table.rotated[row]
    if not np.isfinite(five).all():
        return []
    return [[_round(five) if kind == Kind.ELLIPSE else rotated.corners(five[None])[0]]]


def _round(five: Floats) -> Floats:
    """(ROUND, 2) corners on an ellipse cx cy w h angle."""
    turn = np.arange(ROUND) * (2 * np.pi / ROUND)
    x, y = five[2] / 2 * np.cos(turn), five[3] / 2 * np.sin(turn)
    c, s = np.cos(five[4]), np.sin(five[4])
    return np.column_stack([five[0] + c * x - s * y, five[1] + s * x + c * y])


def points_of(table: Annotations, rows: Bools) -> Iterator[tuple[int, Floats]]:
    """The points (K, 2) of the outlines of some rows; rows without any finite ones are not told."""
    for row in np.flatnonzero(rows).tolist():
        points = [ring for part in drawn(table, row) for ring in part if len(ring)]
        if points and np.isfinite(found := np.concatenate(points)).all():
            yield row, found


def _with(table: Annotations, rows: dict[int, Parts]) -> Annotations:
    """The table where some rows are polygons."""
    own = Rings.empty(len(table)) if table.rings is None else table.rings
    order = np.arange(len(table))
    where = list(rows)
    order[where] = len(table) + np.arange(len(where))
    columns: dict[str, Any] = {"rings": Rings.concat([own, Rings.of(list(rows.values()))])[order]}
    columns["kinds"] = table.kinds.copy()
    columns["kinds"][where] = Kind.POLYGON
    if table.masks is not None:
        columns["masks"] = table.masks.copy()
        columns["masks"][where] = None
    if table.rotated is not None:
        columns["rotated"] = table.rotated.copy()
        columns["rotated"][where] = np.nan
    return table.with_columns(**columns)
