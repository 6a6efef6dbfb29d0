"""Disjoint rings joined to one by bridges of no width.

The parts of a polygon that do not overlap are joined where their vertices are closest; each bridge
is walked there and back, so it covers nothing. Which way a ring winds does not matter: parts that
do not overlap are inside by either filling rule.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formats.yolo.closest import closest
from geometry.rings import Rings

__all__ = ["joined", "joined_rows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def joined(rings: Sequence[Floats]) -> Floats:
    """One ring (K, 2) through all `rings` (two or more points each), the closest joined first."""
    whole, *others = rings
    while others:
        links = [_closest(whole, other) for other in others]
        nearest = min(range(len(others)), key=lambda k: links[k][0])
        _, here, there = links[nearest]
        whole = _bridged(whole, here, others.pop(nearest), there)
    return whole


def _closest(a: Floats, b: Floats) -> tuple[float, int, int]:
    """The smallest squared distance of a vertex of a to one of b, and the two vertices."""
    x = a[:, 0, None] - b[:, 0]
    y = a[:, 1, None] - b[:, 1]
    squares = x * x + y * y
    best = int(squares.argmin())
    here, there = divmod(best, len(b))
    return float(squares[here, there]), here, there


def _bridged(a: Floats, here: int, b: Floats, there: int) -> Floats:
    """Along a to `here`, over to b at `there`, all round b, back, and on along a."""
    return np.concatenate([a[: here + 1], b[there:], b[: there + 1], a[here:]])


def joined_rows(rings: Rings) -> tuple[Ints, Floats]:
    """As `joined` for rows of two or more parts without holes, all rows at a time.

    How many points the ring of each row has, (N,), and those of all, one after another. In every
    round each row that has parts left takes the closest one in.
    """
    points, rows = rings.points, np.repeat(np.arange(len(rings)), rings.counts())
    starts, counts = rings.ring_offsets[:-1], np.diff(rings.ring_offsets)
    first = rings.row_offsets[:-1]
    begin, size = starts[first].copy(), counts[first].copy()
    left = np.setdiff1d(np.arange(len(rows)), first)
    while len(left):
        row = rows[left]
        here, there, gap = closest(points, begin[row], size[row], starts[left], counts[left])
        opens = np.flatnonzero(np.diff(row, prepend=-1))
        best = np.flatnonzero(
            gap == np.repeat(np.minimum.reduceat(gap, opens), _lengths(opens, row))
        )
        best = best[np.unique(row[best], return_index=True)[1]]
        own, taken = row[best], left[best]
        sizes, tours = _tours(
            begin[own], size[own], here[best], starts[taken], counts[taken], there[best]
        )
        begin[own] = len(points) + np.cumsum(sizes) - sizes
        size[own] = sizes
        points = np.concatenate([points, points[tours]])
        left = np.delete(left, best)
    index = np.arange(int(size.sum())) + np.repeat(begin - (np.cumsum(size) - size), size)
    return size, points[index]


def _lengths(opens: Ints, row: Ints) -> Ints:
    return np.diff(opens, append=len(row))


def _tours(
    a: Ints, first: Ints, here: Ints, b: Ints, second: Ints, there: Ints
) -> tuple[Ints, Ints]:
    """Points along rings from `a` to `here`, all round those from `b` from `there`, and on."""
    counts = first + second + 2
    row = np.repeat(np.arange(len(counts)), counts)
    at = np.arange(len(row)) - (np.cumsum(counts) - counts)[row]
    turn = at - here[row] - 1
    other = (turn >= 0) & (turn <= second[row])
    place = a[row] + at - np.where(turn > 0, second[row] + 2, 0)
    place[other] = (b[row] + (there[row] + turn) % second[row])[other]
    return counts, place
