"""Disjoint rings joined to one by bridges of no width.

The parts of a polygon that do not overlap are joined where their vertices are closest; each bridge
is walked there and back, so it covers nothing. Which way a ring winds does not matter: parts that
do not overlap are inside by either filling rule.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["joined", "joined_pairs"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LARGE = 1 << 15
BLOCK, STEP = 32, 4
"""Rows that are looked at together, of rings whose lengths differ by less than that."""


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


def joined_pairs(points: Floats, starts: Ints, middles: Ints, stops: Ints) -> tuple[Ints, Floats]:
    """As `joined` for many rows of two rings, ``points[start:middle]`` and ``[middle:stop]``.

    How many points each ring has then, (N,), and those of all, one after another.
    """
    first, second = middles - starts, stops - middles
    here, there = np.empty(len(starts), np.int64), np.empty(len(starts), np.int64)
    for rows in _blocks(first, second):
        here[rows], there[rows] = _closest_of_each(
            points, starts[rows], middles[rows], first[rows], second[rows]
        )
    counts = first + second + 2
    row = np.repeat(np.arange(len(counts)), counts)
    at = np.arange(len(row)) - (np.cumsum(counts) - counts)[row]
    turn = at - here[row] - 1
    other = (turn >= 0) & (turn <= second[row])
    place = starts[row] + at - np.where(turn > 0, second[row] + 2, 0)
    place[other] = (middles[row] + (there[row] + turn) % second[row])[other]
    return counts, points[place]


def _blocks(first: Ints, second: Ints) -> list[Ints]:
    """Rows in groups of rings that are about as long; very long ones by themselves."""
    order = np.lexsort((second, first // STEP))
    is_large = (first * second > LARGE)[order]
    order, large = order[~is_large], order[is_large]
    groups = [order[at : at + BLOCK] for at in range(0, len(order), BLOCK)]
    return [*groups, *large[:, None]]


def _closest_of_each(
    points: Floats, starts: Ints, middles: Ints, first: Ints, second: Ints
) -> tuple[Ints, Ints]:
    """The vertices of both rings that are closest, the first of those, for each row.

    Shorter rings are filled up with their last vertex.
    """
    longest = int(second.max(initial=1))
    one = points[starts[:, None] + np.minimum(np.arange(first.max(initial=1)), first[:, None] - 1)]
    other = points[middles[:, None] + np.minimum(np.arange(longest), second[:, None] - 1)]
    squares = one[:, :, None, 0] - other[:, None, :, 0]
    squares *= squares
    down = one[:, :, None, 1] - other[:, None, :, 1]
    down *= down
    squares += down
    here, there = np.divmod(squares.reshape(len(first), -1).argmin(axis=1), longest)
    return here, there
