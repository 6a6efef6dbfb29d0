"""One ring for every row of a table: the polygon that a segment line can hold.

Rows with one ring inside the picture are taken as they stand, all at once. The others (masks,
several parts, holes, what sticks out) go through geometry one by one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.losses import Losses
from geometry import masks, polygons, rotated
from geometry.rasters import Parts
from geometry.rings import Rings

__all__ = ["outlines"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CUT = "polygon cut at the border of its picture"
JOINED = "polygon of several parts or with holes, joined by bridges"
TRACED = "mask traced along its pixel edges"
BOXED = "box written as a polygon of its 4 corners"


def outlines(table: Annotations, sizes: Floats, losses: Losses) -> tuple[NDArray[np.int64], Floats]:
    """How many points the ring of each row has, (N,), and the points of all, in pixels.

    A row without an outline in its picture has 0 points.
    """
    rings = _with_boxes(table, losses) if table.rings is None or _bare(table).any() else table.rings
    simple = _simple(rings, sizes)
    counts = np.zeros(len(table), dtype=np.int64)
    plain = rings[simple]
    counts[simple] = np.diff(plain.ring_offsets)
    pieces = []
    for row in np.flatnonzero(~simple & np.isfinite(sizes).all(axis=1)):
        ring = _single(rings, int(row), sizes[row], losses)
        counts[row] = len(ring)
        pieces.append(ring)
    points = np.empty((int(counts.sum()), 2))
    owned = np.repeat(simple, counts)
    points[owned] = plain.points
    points[~owned] = np.concatenate(pieces) if pieces else 0
    return counts, points


def _bare(table: Annotations) -> Bools:
    """Rows without a polygon of their own."""
    if table.rings is None:
        return np.ones(len(table), dtype=bool)
    return table.rings.counts() == 0


def _with_boxes(table: Annotations, losses: Losses) -> Rings:
    """The rings of a table, where rows without any take their mask's outline or 4 corners."""
    bare = _bare(table)
    own = table.rings if table.rings is not None else Rings.empty(len(table))
    fresh = [_drawn(table, int(row), losses) for row in np.flatnonzero(bare)]
    both = Rings.concat([own, Rings.of(fresh)])
    order = np.arange(len(table))
    order[bare] = len(table) + np.arange(int(bare.sum()))
    return both[order]


def _drawn(table: Annotations, row: int, losses: Losses) -> Parts:
    mask = table.masks[row] if table.masks is not None else None
    if mask is not None:
        losses.add(TRACED)
        return masks.to_rings(mask)
    if table.rotated is not None and np.isfinite(table.rotated[row]).all():
        losses.add("rotated box written as a polygon of its 4 corners")
        return [[rotated.corners(table.rotated[row][None])[0]]]
    x0, y0, x1, y1 = table.boxes[row]
    if not np.isfinite(table.boxes[row]).all():
        return []
    losses.add(BOXED)
    return [[np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])]]


def _simple(rings: Rings, sizes: Floats) -> Bools:
    """Rows of one ring of three or more points inside the picture."""
    parts = rings.counts()
    one = parts == 1
    first = rings.row_offsets[:-1][one]
    single = np.diff(rings.part_offsets)[first] == 1
    ring = rings.part_offsets[:-1][first]
    long = np.diff(rings.ring_offsets)[ring] >= 3
    with np.errstate(invalid="ignore"):
        box = polygons.bounds(rings)
        inside = (box[:, :2] >= 0).all(axis=1) & (box[:, 2:] <= sizes).all(axis=1)
    one[one] = single & long
    return one & inside


def _single(rings: Rings, row: int, size: Floats, losses: Losses) -> Floats:
    """The ring of one row: cut to its picture, parts united, bridged; (0, 2) if nothing is left."""
    shape = rings[row : row + 1]
    if not np.isfinite(shape.points).all() or not len(shape.points):
        return np.empty((0, 2))
    inside = polygons.clip(shape, size)
    if inside is not shape:
        losses.add(CUT)
    parts = [part for part in inside.row(0) if len(part[0]) >= 3]
    if len(parts) > 1 or any(len(part) > 1 for part in parts):
        losses.add(JOINED)
    return polygons.keyhole(parts) if parts else np.empty((0, 2))
