"""The area that simple rings have in common, from the points where their outlines cross.

The outline of what two rings share is made of the pieces of each that lie inside the other, and a
piece runs from one crossing to the next. By Green's theorem its area is the sum over the pieces of
the area that each sweeps, which is a difference of running sums: so every crossing adds a term of
its own and nothing is sorted or linked. A ring that starts outside needs no more; one whose bounds
lie within those of the other may start inside, which a ray decides.

Where outlines touch, b counts as moved by an endlessly small step along (e, e^2), which makes every
crossing a plain one (Edelsbrunner and Muecke 1990, "Simulation of simplicity"). With exact signs
(`orientation`) no two decisions contradict each other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry.cells import expand
from geometry.orientation import turns
from geometry.outlines import Outlines

__all__ = ["common_area", "row_overlaps"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CHUNK = 1 << 17
"""Edges of pairs that are looked at together."""
ROUNDING = 1e-12
"""Share of the smaller area that is taken for rounding: the smaller one is inside then."""


def row_overlaps(a: Outlines, b: Outlines, i: Ints, j: Ints) -> Floats:
    """Area common to row ``i[k]`` of a and row ``j[k]`` of b, (K,) square pixels.

    A row is the sum of its rings, holes taken off, as no two of them cross.
    """
    pair, ring = expand(a.row_offsets(i), a.row_offsets(i + 1))
    nth, other = expand(b.row_offsets(j[pair]), b.row_offsets(j[pair] + 1))
    pair, ring = pair[nth], ring[nth]
    low = np.maximum(a.boxes[ring, :2], b.boxes[other, :2])
    high = np.minimum(a.boxes[ring, 2:], b.boxes[other, 2:])
    kept = np.flatnonzero((low < high).all(axis=1))
    pair, ring, other = pair[kept], ring[kept], other[kept]
    signs = a.signs[ring] * b.signs[other]
    common = signs * common_area(a, b, ring, other)
    return np.zeros(len(i)) + np.bincount(pair, common, minlength=len(i))


def common_area(a: Outlines, b: Outlines, i: Ints, j: Ints) -> Floats:
    """Area common to ring ``i[k]`` of a and ring ``j[k]`` of b, (K,) square pixels."""
    sizes = np.diff(a.offsets)[i] + np.diff(b.offsets)[j]
    block = np.cumsum(sizes) // CHUNK
    parts = np.split(np.arange(len(i)), np.flatnonzero(np.diff(block)) + 1)
    found = [_common(a, b, i[part], j[part]) for part in parts]
    return np.concatenate(found) if found else np.empty(0)


def _common(a: Outlines, b: Outlines, i: Ints, j: Ints) -> Floats:
    pair, e, f = _near(a, b, i, j)
    pair, e, f, enters, where = _crossings(a, b, pair, e, f)
    first_a, inside_a = _start(a, b, i, j)
    first_b, inside_b = _start(b, a, j, i, moved=-1)
    along_a = _swept_to(a, i[pair], e, where, a.middles[:, i[pair]], first_a[pair])
    along_b = _swept_to(b, j[pair], f, where, a.middles[:, i[pair]], first_b[pair])
    total = inside_a * a.areas[i] + inside_b * b.areas[j]
    total += np.bincount(pair, enters * (along_b - along_a), minlength=len(i))
    smaller = np.minimum(a.areas[i], b.areas[j])
    total[np.abs(total) <= ROUNDING * smaller] = 0
    return np.where(total >= (1 - ROUNDING) * smaller, smaller, total)


def _near(a: Outlines, b: Outlines, i: Ints, j: Ints) -> tuple[Ints, Ints, Ints]:
    """Pairs of edges whose bounds touch: (number of the pair of rings, edge of a, edge of b)."""
    low = np.maximum(a.boxes[i, :2], b.boxes[j, :2]).T
    high = np.minimum(a.boxes[i, 2:], b.boxes[j, 2:]).T
    pair, own = _within(a, i, low, high)
    other, theirs = _within(b, j, low, high)
    offsets = np.searchsorted(other, np.arange(len(i) + 1))
    nth, place = expand(offsets[pair], offsets[pair + 1])
    pair, own, theirs = pair.take(nth), own.take(nth), theirs.take(place)
    kept = _touching((a.block_low, a.block_high), own, (b.block_low, b.block_high), theirs)
    pair, own, theirs = pair[kept], own[kept], theirs[kept]
    nth, e = expand(a.blocks[own], a.blocks[own + 1])
    kept = _touching((a.low, a.high), e, (b.block_low, b.block_high), theirs.take(nth))
    nth, e = nth[kept], e[kept]
    pair, theirs = pair[nth], theirs[nth]
    nth, f = expand(b.blocks[theirs], b.blocks[theirs + 1])
    e = e.take(nth)
    kept = _touching((a.low, a.high), e, (b.low, b.high), f)
    return pair[nth[kept]], e[kept], f[kept]


def _within(rings: Outlines, i: Ints, low: Floats, high: Floats) -> tuple[Ints, Ints]:
    """Blocks of ring ``i[k]`` whose bounds touch window k: (k, block)."""
    pair, block = expand(rings.ring_blocks[i], rings.ring_blocks[i + 1])
    kept = _touching((rings.block_low, rings.block_high), block, (low, high), pair)
    return pair[kept], block[kept]


def _touching(a: tuple[Floats, Floats], i: Ints, b: tuple[Floats, Floats], j: Ints) -> Ints:
    """Places k where bounds ``i[k]`` of a and ``j[k]`` of b, low and high, touch or overlap."""
    across = a[0][0].take(i) <= b[1][0].take(j)
    across &= a[1][0].take(i) >= b[0][0].take(j)
    kept = np.flatnonzero(across)
    i, j = i.take(kept), j.take(kept)
    down = a[0][1].take(i) <= b[1][1].take(j)
    down &= a[1][1].take(i) >= b[0][1].take(j)
    return kept.take(np.flatnonzero(down))


def _crossings(
    a: Outlines, b: Outlines, pair: Ints, e: Ints, f: Ints
) -> tuple[Ints, Ints, Ints, Floats, Floats]:
    """The pairs of edges that cross, +1 where a enters b and -1 where it leaves, and the points."""
    p, p_end, q, q_end = a.starts[:, e], a.stops[:, e], b.starts[:, f], b.stops[:, f]
    left, left_end = (_moved_left(turns(p, p_end, x), p, p_end, 1) for x in (q, q_end))
    kept = np.flatnonzero(left != left_end)
    p, p_end, q, q_end = (x[:, kept] for x in (p, p_end, q, q_end))
    before, after = turns(q, q_end, p), turns(q, q_end, p_end)
    left, left_end = (_moved_left(turn, q, q_end, -1) for turn in (before, after))
    cross = np.flatnonzero(left != left_end)
    kept, before, after = kept[cross], before[cross], after[cross]
    where = _between(p[:, cross], p_end[:, cross], before, after)
    return pair[kept], e[kept], f[kept], np.where(left_end[cross], 1.0, -1.0), where


def _moved_left(turn: Floats, start: Floats, stop: Floats, moved: int) -> Bools:
    """Whether a point lies left of its line once it has made the endlessly small step.

    `moved` is -1 where the line makes it instead.
    """
    on = np.flatnonzero(turn == 0)
    left = turn > 0
    if len(on):
        x, y = stop[:, on] - start[:, on]
        left[on] = moved * np.where(y != 0, -y, x) > 0
    return left


def _between(start: Floats, stop: Floats, before: Floats, after: Floats) -> Floats:
    """Where an edge meets a line, from how far its ends are to either side of it, (2, N)."""
    way = before - after
    share = np.divide(before, way, out=np.full(len(way), 0.5), where=way != 0)
    return np.where(
        share < 0.5, start + share * (stop - start), stop - (1 - share) * (stop - start)
    )


def _start(a: Outlines, b: Outlines, i: Ints, j: Ints, moved: int = 1) -> tuple[Ints, Bools]:
    """The edge from which ring ``i[k]`` is walked, and whether its start lies inside ring j.

    A corner beyond the bounds of the other ring is outside; only where there is none, the first
    point is looked at.
    """
    first = a.offsets[i].copy()
    known = np.zeros(len(i), dtype=bool)
    for side, corners in enumerate(a.corners):
        gap = a.boxes[i, side] - b.boxes[j, side]
        beyond = np.flatnonzero(gap < 0 if side < 2 else gap > 0)
        first[beyond] = corners[i[beyond]]
        known[beyond] = True
    inside = np.zeros(len(i), dtype=bool)
    held = np.flatnonzero(~known)
    inside[held] = _holds(b, j[held], a.starts[:, first[held]], moved)
    return first, inside


def _holds(rings: Outlines, j: Ints, points: Floats, moved: int) -> Bools:
    """Whether ring ``j[k]`` holds point k: a ray to the right leaves it an odd number of times.

    `moved` is 1 where the ring makes the endlessly small step, -1 where the point does.
    """
    owner, edge = expand(rings.offsets[j], rings.offsets[j + 1])
    y = points[1].take(owner)
    if moved > 0:
        up, down = rings.starts[1].take(edge) >= y, rings.stops[1].take(edge) >= y
    else:
        up, down = rings.starts[1].take(edge) > y, rings.stops[1].take(edge) > y
    passes = np.flatnonzero(up != down)
    owner, edge, rising = owner[passes], edge[passes], ~up[passes]
    start, stop = rings.starts[:, edge], rings.stops[:, edge]
    turn = turns(start, stop, points[:, owner])
    left = _moved_left(turn, start, stop, -moved)
    return np.bincount(owner, left == rising, minlength=len(j)) % 2 == 1


def _swept_to(
    rings: Outlines, i: Ints, edge: Ints, where: Floats, origin: Floats, first: Ints
) -> Floats:
    """The area swept around `origin` from the first point to a point `where` on an edge.

    A whole turn more where the walk from edge `first` comes there after the first point.
    """
    begin = rings.starts[:, rings.offsets[i]]
    start = rings.starts[:, edge]
    local = rings.swept[edge] + _cross(start - rings.middles[:, i], where - start) / 2
    local += _cross(rings.middles[:, i] - origin, where - begin) / 2
    return local + (edge < first) * rings.areas[i]


def _cross(a: Floats, b: Floats) -> Floats:
    return a[0] * b[1] - a[1] * b[0]
