"""Greedy non-maximum suppression over sparse pairs, for any kind of shape."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from geometry.cells import Ranges

__all__ = ["greedy", "mates", "ranking", "survivors"]

Ints = NDArray[np.int64]

BLOCK = 1024
"""Shapes that are settled together: bounds the pairs held at a time, also where all overlap."""
FEW = 4
"""Pairs for each shape up to which the next block is four times as large."""


def greedy(
    count: int, over: Callable[[Ints, Ints], tuple[Ints, Ints]], max_det: int | None = None
) -> Ints:
    """Which of `count` shapes, numbered best first, stay; at most `max_det` of them.

    A shape is dropped if a better one that stays overlaps it too much. ``over(rows, others)``
    gives the pairs that overlap too much, as places in `rows` and in `others`.
    """
    kept = np.empty(0, dtype=np.int64)
    start, size = 0, BLOCK
    while start < count:
        block = np.arange(start, min(start + size, count))
        start += size
        if len(kept):
            block = np.delete(block, over(kept, block)[1])
        i, j = over(block, block)
        size = size * 4 if len(i) <= FEW * len(block) else BLOCK
        first = i < j
        kept = np.concatenate([kept, block[survivors(len(block), i[first], j[first])]])
        if max_det is not None and len(kept) >= max_det:
            return kept[:max_det]
    return kept


def survivors(count: int, better: Ints, worse: Ints) -> NDArray[np.bool_]:
    """Which of `count` shapes stay, (count,), given who overlaps whom too much, better < worse.

    Each round settles all shapes that have no undecided better neighbour, so there are as many
    rounds as the longest chain has links, not as there are shapes.
    """
    kept = np.ones(count, dtype=bool)
    while len(better):
        blocked = np.zeros(count, dtype=bool)
        blocked[worse] = True
        dropped = np.zeros(count, dtype=bool)
        dropped[worse[~blocked[better]]] = True
        kept &= ~dropped
        undecided = blocked[better] & ~dropped[better] & ~dropped[worse]
        better, worse = better[undecided], worse[undecided]
    return kept


def mates(kinds: Ints) -> Ranges:
    """For every shape, numbered best first, the worse ones of its kind."""
    order = np.argsort(kinds, kind="stable")
    ordered = kinds[order]
    stops = np.searchsorted(ordered, ordered, side="right")
    return Ranges(order, np.arange(1, len(order) + 1), stops, order)


def ranking(scores: NDArray[np.floating]) -> Ints:
    """Rows best first; of equal scores the earlier row is better."""
    return np.argsort(-scores, kind="stable")
