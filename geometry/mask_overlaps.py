"""How far run-length masks of one size overlap: IoU of all pairs, or of those that do overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pycocotools import mask as coco

from geometry import overlaps
from geometry.columns import Columns, common_pixels, nanoseconds
from geometry.overlaps import Pairs

__all__ = ["as_coco", "matrix", "pairs"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Runs = Sequence[NDArray[np.uint32]]
Size = tuple[int, int]

SMALL = 1 << 14
"""Pairs up to which pycocotools' loop over all is taken."""
NS_RUN, NS_PAIR, NS_MASK = 7.0, 15.0, 6000.0
"""About what a run, a pair and a mask take in pycocotools: the cheaper way is taken, the answer
is the same."""


def as_coco(runs: NDArray[np.uint32], size: Size) -> dict[str, Any]:
    """pycocotools' compressed form of run lengths in a picture of `size` (width, height)."""
    width, height = size
    return coco.frPyObjects({"counts": runs, "size": [height, width]}, height, width)


def matrix(a: Runs, b: Runs, size: Size, crowd: ArrayLike | None = None) -> Floats:
    """IoU of every pair, (N, M); for a crowd (M,) the intersection over the area of a."""
    flags = np.zeros(len(b), np.uint8) if crowd is None else np.asarray(crowd, dtype=np.uint8)
    if len(a) * len(b) <= SMALL:
        return _looped(a, b, size, flags)
    first, second = Columns.of(a, size), Columns.of(b, size)
    i, j = _candidates(first, second, 0.0)
    if _loop_is_cheaper(a, b, (first, second), i, j):
        return _looped(a, b, size, flags)
    common, own = common_pixels(first, second, i, j), first.areas[i]
    out = np.zeros((len(a), len(b)))
    out[i, j] = common / np.where(flags[j] > 0, own, own + second.areas[j] - common)
    return out


def pairs(a: Runs, b: Runs, size: Size, threshold: float) -> Pairs:
    """Pairs that share a pixel and have IoU >= `threshold`: (i, j, iou), by i, then j."""
    if len(a) * len(b) <= SMALL:
        return _above(_looped(a, b, size), threshold)
    first, second = Columns.of(a, size), Columns.of(b, size)
    i, j = _candidates(first, second, threshold)
    if _loop_is_cheaper(a, b, (first, second), i, j):
        return _above(_looped(a, b, size), threshold)
    common = common_pixels(first, second, i, j)
    iou = common / (first.areas[i] + second.areas[j] - common)
    wanted = np.flatnonzero((iou > 0) & (iou >= threshold))
    return i[wanted], j[wanted], iou[wanted]


def _looped(a: Runs, b: Runs, size: Size, flags: NDArray[np.uint8] | None = None) -> Floats:
    """Every pair by pycocotools, which gives NaN for two empty masks."""
    if not len(a) or not len(b):
        return np.zeros((len(a), len(b)))
    if flags is None:
        flags = np.zeros(len(b), np.uint8)
    found = coco.iou([as_coco(x, size) for x in a], [as_coco(x, size) for x in b], flags)
    return np.nan_to_num(np.asarray(found, dtype=np.float64), copy=False)


def _above(every: Floats, threshold: float) -> Pairs:
    i, j = np.nonzero((every > 0) & (every >= threshold))
    return i, j, every[i, j]


def _candidates(a: Columns, b: Columns, threshold: float) -> tuple[Ints, Ints]:
    upright = a.boxes.astype(np.float64), b.boxes.astype(np.float64)
    areas = a.areas.astype(np.float64), b.areas.astype(np.float64)
    return overlaps.plausible_pairs(*upright, areas, threshold)


def _loop_is_cheaper(a: Runs, b: Runs, columns: tuple[Columns, Columns], i: Ints, j: Ints) -> bool:
    """Whether pycocotools' loop over all pairs takes less time than the columns of some."""
    runs = [np.fromiter((len(x) for x in side), np.int64) for side in (a, b)]
    loop = NS_PAIR * len(a) * len(b) + NS_MASK * (len(a) + len(b))
    loop += NS_RUN * float((runs[0][i] + runs[1][j]).sum())
    return loop < nanoseconds(*columns, i, j)
