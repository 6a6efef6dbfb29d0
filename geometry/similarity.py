"""Object keypoint similarity (OKS) of all pairs, or of the pairs that are near enough to count."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry import boxes
from geometry.overlaps import Pairs

__all__ = ["TINY", "matrix", "pairs"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MISSING = 1e100
"""Where a point that is not labelled is put: far from everything, and on two sides."""
NOWHERE = 700.0
"""exp(-700) is 1e-304, taken for 0; smaller ones are subnormal and take 15 times as long."""
BLOCK = 1 << 14
"""Distances that are worked on at a time, so that temporaries stay in the cache."""
TINY = 1e-15
"""OKS below is taken for 0: less than rounding, and people far from each other need no look."""
SMALL = 1 << 10
"""Pairs up to which all are compared: fewer than a search costs."""
DENSE = 3
"""All pairs are compared where one in so many is a candidate."""


def pairs(
    a: Floats, b: Floats, areas_a: Floats | None, areas_b: Floats, sigmas: Floats, threshold: float
) -> Pairs:
    """Pairs with OKS >= `threshold` and >= `TINY`: (i, j, oks), by i, then j.

    Points (N, K, 2) and (M, K, 2), NaN where they do not count; `areas_a` None: b is the truth.
    """
    threshold = max(threshold, TINY)
    near = _near(a, b, areas_a, areas_b, sigmas, threshold)
    if near is None:
        every = _all(a, b, areas_a, areas_b, sigmas)
        i, j = np.nonzero(every >= threshold)
        return i, j, every[i, j]
    values = _row_by_row(a, b, areas_a, areas_b, sigmas, *near)
    wanted = np.flatnonzero(values >= threshold)
    return near[0][wanted], near[1][wanted], values[wanted]


def matrix(a: Floats, b: Floats, areas_a: Floats | None, areas_b: Floats, sigmas: Floats) -> Floats:
    """OKS of every pair, (N, M); arguments as of `pairs`."""
    near = _near(a, b, areas_a, areas_b, sigmas, TINY)
    if near is None:
        every = _all(a, b, areas_a, areas_b, sigmas)
        return np.where(every < TINY, 0, every)
    out = np.zeros((len(a), len(b)))
    values = _row_by_row(a, b, areas_a, areas_b, sigmas, *near)
    out[near] = np.where(values < TINY, 0, values)
    return out


def _near(
    a: Floats, b: Floats, areas_a: Floats | None, areas_b: Floats, sigmas: Floats, threshold: float
) -> tuple[Ints, Ints] | None:
    """Pairs of which some point may be as near as the threshold asks for the mean; None where they
    are so many that all are the cheaper way.

    ``exp(-d^2 / (2 s^2 k^2)) >= t`` bounds d by k times the root of -2 ln(t) s^2; the root of a
    mean of areas is at most the sum of the roots of their halves.
    """
    if len(a) * len(b) <= SMALL:
        return None
    widest = 2 * float(np.max(sigmas, initial=0)) * np.sqrt(-np.log(min(threshold, 1.0)))
    reach = widest * np.sqrt(areas_b * (2.0 if areas_a is None else 1.0))
    away = np.zeros(len(a)) if areas_a is None else widest * np.sqrt(areas_a)
    found = boxes.bounds(a), boxes.bounds(b)
    least = 1e-6 * max(1.0, *(float(np.nanmax(np.abs(x), initial=0)) for x in found))
    i, j, _ = boxes.overlap_pairs(
        _widened(found[0], away + least), _widened(found[1], reach + least)
    )
    return (i, j) if len(i) * DENSE <= len(a) * len(b) else None


def _widened(found: Floats, by: Floats) -> Floats:
    return found + by[:, None] * (-1.0, -1.0, 1.0, 1.0)


def _all(a: Floats, b: Floats, areas_a: Floats | None, areas_b: Floats, sigmas: Floats) -> Floats:
    left, right = (np.ascontiguousarray(x.transpose(2, 1, 0)) for x in _placed(a, b, sigmas))
    counts = _counts(a, b, areas_a)
    out = np.empty((len(b), len(a)))
    for rows in _steps(len(b), left[0].size):
        rate = _rate(None if areas_a is None else areas_a, areas_b[rows, None])
        out[rows] = _closeness(left[:, :, None], right[:, :, rows, None], rate, axis=0)
    return out.T / counts


def _counts(a: Floats, b: Floats, areas_a: Floats | None) -> Floats:
    """How many points the mean is over: those of b, or those of either; (1, M) or (N, M)."""
    nowhere = np.isnan(b[..., 0]).astype(np.float64)
    if areas_a is not None:
        neither = np.isnan(a[..., 0]).astype(np.float64) @ nowhere.T
    else:
        neither = nowhere.sum(axis=1)[None]
    return np.maximum(b.shape[1] - neither, 1)


def _row_by_row(
    a: Floats,
    b: Floats,
    areas_a: Floats | None,
    areas_b: Floats,
    sigmas: Floats,
    i: Ints,
    j: Ints,
) -> Floats:
    """OKS of row ``i[k]`` of a and row ``j[k]`` of b, (P,)."""
    left, right = (np.ascontiguousarray(x.transpose(2, 0, 1)) for x in _placed(a, b, sigmas))
    seen = ~np.isnan(b[..., 0])
    own = np.zeros(a.shape[:2], dtype=bool) if areas_a is None else ~np.isnan(a[..., 0])
    out = np.empty(len(i))
    for rows in _steps(len(i), a.shape[1]):
        m, n = i[rows], j[rows]
        rate = _rate(None if areas_a is None else areas_a[m], areas_b[n])[:, None]
        first, second = (
            (x.take(m, axis=0), y.take(n, axis=0)) for x, y in zip(left, right, strict=True)
        )
        total = _closeness(
            np.array([first[0], second[0]]), np.array([first[1], second[1]]), rate, axis=1
        )
        out[rows] = total / np.maximum(np.count_nonzero(own[m] | seen[n], axis=1), 1)
    return out


def _rate(areas_a: Floats | None, areas_b: Floats) -> Floats:
    """What a squared distance in units of 2 sigma is multiplied by."""
    return -1 / ((areas_b if areas_a is None else areas_a) + areas_b + np.spacing(1))


def _placed(a: Floats, b: Floats, sigmas: Floats) -> tuple[Floats, Floats]:
    """The points in units of 2 sigma; those that do not count far away, on two sides."""
    scale = 1 / (2 * np.maximum(sigmas, 1e-50))[:, None]
    return np.where(np.isnan(a), MISSING, a * scale), np.where(np.isnan(b), -MISSING, b * scale)


def _steps(count: int, width: int) -> list[slice]:
    """Rows a few at a time, each with `width` distances."""
    step = max(1, BLOCK // max(width, 1))
    return [slice(start, start + step) for start in range(0, count, step)]


def _closeness(left: Floats, right: Floats, rate: Floats, axis: int) -> Floats:
    """The sum over keypoints of exp(rate * d^2), x and y first in `left` and `right`."""
    x, y = left - right
    x *= x
    y *= y
    x += y
    x *= rate
    np.maximum(x, -NOWHERE, out=x)
    np.exp(x, out=x)
    total = x.sum(axis=0) if axis == 0 else x @ np.ones(x.shape[1])
    total[total < 1e-300] = 0
    return total
