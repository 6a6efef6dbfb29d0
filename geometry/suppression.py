"""Greedy non-maximum suppression over sparse pairs, for any kind of shape."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["greedy", "ranking", "survivors"]

Ints = NDArray[np.int64]

BLOCK = 1024
"""Shapes that are settled together: bounds the pairs held at a time, also where all overlap."""


def greedy(
    count: int, over: Callable[[Ints, Ints], tuple[Ints, Ints]], max_det: int | None = None
) -> Ints:
    """Which of `count` shapes, numbered best first, stay; at most `max_det` of them.

    A shape is dropped if a better one that stays overlaps it too much. ``over(rows, others)``
    gives the pairs that overlap too much, as places in `rows` and in `others`.
    """
    kept = np.empty(0, dtype=np.int64)
    for start in range(0, count, BLOCK):
        block = np.arange(start, min(start + BLOCK, count))
        if len(kept):
            block = np.delete(block, over(kept, block)[1])
        i, j = over(block, block)
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


def ranking(scores: NDArray[np.floating]) -> Ints:
    """Rows best first; of equal scores the earlier row is better."""
    return np.argsort(-scores, kind="stable")
