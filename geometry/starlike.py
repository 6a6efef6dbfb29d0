"""Rings that are seen whole from their middle: a quick proof that they do not cross themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry.cells import expand
from geometry.rings import Rings

__all__ = ["star_areas", "star_shaped"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CHUNK = 1 << 15
"""Points that are looked at together, so that temporaries stay in the cache."""
ROUNDING = 4e-15
"""What a product of two arms may be off, relative to the arms and the coordinates."""


def star_shaped(rings: Rings) -> Bools:
    """Which rows are one ring that is seen whole from the mean of its points, (N,).

    Around that point every edge turns the same way, and together they go around once. Such a row
    is proper, which is told in a fraction of the time of `topology.valid`; others may be, too.
    """
    return ~np.isnan(star_areas(rings))


def star_areas(rings: Rings) -> Floats:
    """Areas in square pixels of the rows that are `star_shaped`, (N,); NaN for others."""
    rows, ring = _alone(rings)
    starts, stops = rings.ring_offsets[ring], rings.ring_offsets[ring + 1]
    out = np.full(len(rings), np.nan)
    block = np.cumsum(stops - starts) // CHUNK
    for part in np.split(np.arange(len(rows)), np.flatnonzero(np.diff(block)) + 1):
        if len(part):
            points = _points(rings, starts[part], stops[part])
            out[rows[part]] = _seen_whole(points, stops[part] - starts[part])
    return out


def _points(rings: Rings, starts: Ints, stops: Ints) -> Floats:
    """x and y, (2, P), of some rings one after another."""
    if (starts[1:] == stops[:-1]).all():
        return rings.points[starts[0] : stops[-1]].T.copy()
    return rings.points[expand(starts, stops)[1]].T.copy()


def _alone(rings: Rings) -> tuple[Ints, Ints]:
    """Rows of one part of one ring of three points or more, and the ring."""
    rows = np.flatnonzero(rings.counts() == 1)
    part = rings.row_offsets[rows]
    ring = rings.part_offsets[part]
    good = rings.part_offsets[part + 1] - ring == 1
    rows, ring = rows[good], ring[good]
    good = rings.ring_offsets[ring + 1] - rings.ring_offsets[ring] >= 3
    return rows[good], ring[good]


def _seen_whole(points: Floats, counts: Ints) -> Floats:
    """Areas (R,) of rings with `counts` (R,) of the points (2, P); NaN for those not seen whole."""
    last = np.cumsum(counts) - 1
    first = last + 1 - counts
    with np.errstate(invalid="ignore", over="ignore"):
        middle = np.add.reduceat(points, first, axis=1) / counts
        x, y = points - np.repeat(middle, counts, axis=1)
        reach = np.maximum(_largest(x, first), _largest(y, first))
        sure = ROUNDING * reach * (np.abs(middle).max(axis=0) + reach)
        next_y = _next(y, first, last)
        rises = np.flatnonzero((y < 0) & (next_y >= 0))
        turn = x * next_y
        turn -= y * _next(x, first, last)
        areas = np.add.reduceat(turn, first)
        turn *= np.repeat(np.sign(areas), counts)
        whole = np.minimum.reduceat(turn, first) > sure
    whole &= np.bincount(np.searchsorted(last, rises), minlength=len(counts)) == 1
    return np.where(whole, np.abs(areas) / 2, np.nan)


def _next(values: Floats, first: Ints, last: Ints) -> Floats:
    """Of each point of the rings that begin at `first` and end at `last` that of the next one."""
    out = np.empty_like(values)
    out[:-1] = values[1:]
    out[last] = values[first]
    return out


def _largest(values: Floats, first: Ints) -> Floats:
    """The largest size in each ring."""
    return np.maximum.reduceat(np.abs(values), first)
