"""Which tracks of two tables of a clip show the same object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.tracks import rows
from geometry.overlaps import overlap_pairs

__all__ = ["matched"]

SHARED = 0.3
"""Mean IoU that two tracks need, over the frames of the shorter one."""


def matched(a: Annotations, b: Annotations) -> dict[int, int]:
    """For tracks of `a` the track of `b` that shows the same object, each at most once.

    Both tables are dense. Pairs are chosen for the greatest sum of IoU over all frames; classes
    may differ, because a person may have corrected them.
    """
    a, b = a[~rows.lone(a)], b[~rows.lone(b)]
    if not len(a) or not len(b):
        return {}
    ours, of_a, count_a = np.unique(rows.ids(a), return_inverse=True, return_counts=True)
    theirs, of_b, count_b = np.unique(rows.ids(b), return_inverse=True, return_counts=True)
    frames = a.images.astype(np.int64), b.images.astype(np.int64)
    i, j, iou = overlap_pairs(a.boxes, b.boxes, 0.0, frames)
    sums = np.zeros((len(ours), len(theirs)))
    np.add.at(sums, (of_a[i], of_b[j]), iou)
    enough = sums >= SHARED * np.minimum(count_a[:, None], count_b[None])
    return {int(ours[i]): int(theirs[j]) for i, j in _best(np.where(enough, sums, 0.0))}


def _best(sums: NDArray[np.float64]) -> list[tuple[int, int]]:
    from scipy.optimize import linear_sum_assignment

    pairs = zip(*(side.tolist() for side in linear_sum_assignment(-sums)), strict=True)
    return [(i, j) for i, j in pairs if sums[i, j] > 0]
