"""Four corners for every row, and what four corners are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import Kind
from formats.outline import outline
from geometry import rotated

__all__ = ["NEAR", "corners", "fitted", "quadrilateral"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
NEAR = 0.015
"""Pixels that a corner may lie off a rectangle: tools write two decimals."""


def fitted(points: Floats) -> tuple[Floats, Bools]:
    """The rotated boxes (N, 5) of corners (N, 4, 2), and which of them are rectangles.

    A rectangle's corners may run either way round.
    """
    found = rotated.from_corners(points)
    same = rotated.corners(found)
    off = [np.linalg.norm(same[:, way] - points, axis=2).max(axis=1) for way in (ROUND, BACK)]
    return found, np.minimum(*off) <= NEAR


ROUND, BACK = [0, 1, 2, 3], [3, 2, 1, 0]


def quadrilateral(table: Annotations) -> Bools:
    """(N,) rows that are a polygon of one ring of four corners which is no rectangle."""
    found = np.zeros(len(table), dtype=bool)
    if table.rings is None:
        return found
    for row in np.flatnonzero((table.kinds == Kind.POLYGON) & (table.rings.counts() == 1)):
        parts = table.rings.row(int(row))
        if len(parts[0]) == 1 and len(parts[0][0]) == 4:
            found[row] = np.isfinite(parts[0][0]).all() and not fitted(parts[0][0][None])[1][0]
    return found


def corners(table: Annotations) -> Floats:
    """The corners (N, 4, 2) that are written for every row; NaN where it has no place.

    Those of the rotated box, of a polygon of four corners, of the smallest rectangle around any
    other polygon or mask, else of the box.
    """
    x0, y0, x1, y1 = table.boxes.T
    found = np.stack([x0, y0, x1, y0, x1, y1, x0, y1], axis=1).reshape(-1, 4, 2)
    if table.rotated is not None:
        own = ~np.isnan(table.rotated).all(axis=1)
        found[own] = rotated.corners(table.rotated[own])
    quads = quadrilateral(table)
    for row in np.flatnonzero(np.isin(table.kinds, [Kind.POLYGON, Kind.MASK])).tolist():
        points = outline(table, row)
        if len(points):
            around = rotated.corners(rotated.upright(rotated.from_polygon(points)[None]))[0]
            found[row] = points if quads[row] else around
    return found
