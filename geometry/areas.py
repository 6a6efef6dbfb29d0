"""Areas of polygons: from their coordinates where that is enough, by shapely where rings cross."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry.rings import Rings
from geometry.side_by_side import apart
from geometry.starlike import star_areas
from geometry.topology import shapes, valid
from geometry.unbridged import separated

__all__ = ["area"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def area(rings: Rings) -> Floats:
    """Area in square pixels of what each row covers, (N,); 0 for a row without a polygon.

    Where a ring crosses itself, what it winds around an odd number of times is inside.
    """
    import shapely

    found = star_areas(rings)
    left = np.flatnonzero(np.isnan(found))
    if len(left):
        alone = left[_alone(rings)[left]]
        found[alone] = _joined(rings[alone])
        left = np.flatnonzero(np.isnan(found))
        found[left] = _areas(rings[left])
        left = np.flatnonzero(np.isnan(found))
        found[left] = shapely.area(shapes(rings[left]))
    return found


def _areas(rings: Rings) -> Floats:
    """Areas of the proper rows, (N,), and 0 for those without a polygon; NaN for others."""
    found = np.where(rings.counts() == 0, 0.0, np.nan)
    proper = valid(rings)
    found[proper] = _proper(rings if proper.all() else rings[proper])
    return found


def _proper(rings: Rings) -> Floats:
    """Outer rings less their holes, (N,)."""
    sides = np.abs(_enclosed(rings))
    holes = np.ones(len(sides), dtype=bool)
    holes[rings.part_offsets[:-1]] = False
    part = np.repeat(np.arange(len(rings.part_offsets) - 1), np.diff(rings.part_offsets))
    row = np.repeat(np.arange(len(rings)), rings.counts())
    signed = np.where(holes, -sides, sides)
    return np.bincount(row[part], signed, minlength=len(rings)).astype(np.float64)


def _enclosed(rings: Rings) -> Floats:
    """Signed area of every ring by the shoelace formula, (R,); taken from its first point."""
    counts = np.diff(rings.ring_offsets)
    starts = rings.ring_offsets[:-1]
    x, y = (rings.points - np.repeat(rings.points[starts], counts, axis=0)).T
    cross = x[:-1] * y[1:] - x[1:] * y[:-1]
    cross = np.append(cross, 0.0)
    cross[rings.ring_offsets[1:] - 1] = 0.0  # the closing edge runs to the origin
    return np.add.reduceat(cross, starts) / 2 if len(starts) else np.empty(0)


def _alone(rings: Rings) -> Bools:
    """Rows of one ring of finite points."""
    one = rings.counts() == 1
    first = rings.row_offsets[:-1][one]
    one[one] = np.diff(rings.part_offsets)[first] == 1
    part = np.searchsorted(rings.part_offsets, rings.broken(), side="right") - 1
    one[np.searchsorted(rings.row_offsets, part, side="right") - 1] = False
    return one


def _joined(rings: Rings) -> Floats:
    """Areas of rings that bridges may join, (N,), NaN where they cannot be told.

    Taken apart, the rings lie side by side, or all others are holes of the largest.
    """
    loops = _solid(separated(rings.points, np.diff(rings.ring_offsets)))
    found = _side_by_side(loops)
    left = np.flatnonzero(np.isnan(found))
    found[left] = _areas(loops[left])
    left = np.flatnonzero(np.isnan(found))
    found[left] = _areas(_hollow(loops[left]))
    return found


def _side_by_side(loops: Rings) -> Floats:
    """Areas of rows of star-shaped rings in boxes that do not touch, (N,); NaN for others."""
    each = np.arange(len(loops.ring_offsets))
    alone = Rings(loops.points, loops.ring_offsets, each, each)
    row = np.repeat(np.arange(len(loops)), loops.counts())
    found = np.bincount(row, star_areas(alone), minlength=len(loops))
    return np.where(apart(loops) | (loops.counts() == 0), found, np.nan)


def _solid(loops: Rings) -> Rings:
    """Rows of parts of one ring without points that are the next one again, as a bridge leaves
    them, and without rings of less than three points.
    """
    starts, ends = loops.ring_offsets[:-1], loops.ring_offsets[1:]
    after = np.roll(loops.points, -1, axis=0)
    after[ends - 1] = loops.points[starts]
    solid = (loops.points != after).any(axis=1)
    counts = np.add.reduceat(solid, starts, dtype=np.int64)
    kept = counts >= 3
    row = np.repeat(np.arange(len(loops)), loops.counts())
    parts = np.append(0, np.cumsum(np.bincount(row[kept], minlength=len(loops))))
    offsets = np.append(0, np.cumsum(counts[kept]))
    points = loops.points[solid & np.repeat(kept, ends - starts)]
    return Rings(points, offsets, np.arange(len(offsets)), parts)


def _hollow(loops: Rings) -> Rings:
    """Rows of parts of one ring as one part each: the largest ring first, the others its holes."""
    sides = np.abs(_enclosed(loops))
    row = np.repeat(np.arange(len(loops)), loops.counts())
    order = np.lexsort((-sides, row))
    each = np.arange(len(sides) + 1)
    sorted_ = Rings(loops.points, loops.ring_offsets, each, each)[order]
    return Rings(sorted_.points, sorted_.ring_offsets, loops.row_offsets, np.arange(len(loops) + 1))
