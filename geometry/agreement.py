"""Figures of agreement from counts of pairs; symmetric where the question is, and never NaN.

Of two sides a and b, `tp` are the pairs, `fp` the shapes that only a has, `fn` those that only b
has, `total` the summed likeness (IoU or OKS) of the pairs. Each is a number or an array; arrays
broadcast. Both sides empty agree, 1; where only one is empty, nothing agrees, 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.errors import GeometryError

__all__ = [
    "MISSING",
    "UNRATED",
    "alpha",
    "alpha_from",
    "alpha_of",
    "f1",
    "mean_iou",
    "pq",
    "precision",
    "ratings",
    "recall",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MISSING = -1
"""The category of a rater who looked and did not see the object."""
UNRATED = -2
"""No rating: the rater did not look."""


def precision(tp: ArrayLike, fp: ArrayLike, fn: ArrayLike) -> Floats:
    """The share of a's shapes that b has, too: tp / (tp + fp)."""
    tp, fp, fn = _counts(tp, fp, fn)
    return _share(tp, tp + fp, tp + fp + fn)


def recall(tp: ArrayLike, fp: ArrayLike, fn: ArrayLike) -> Floats:
    """The share of b's shapes that a has, too: tp / (tp + fn)."""
    tp, fp, fn = _counts(tp, fp, fn)
    return _share(tp, tp + fn, tp + fp + fn)


def f1(tp: ArrayLike, fp: ArrayLike, fn: ArrayLike) -> Floats:
    """The harmonic mean of precision and recall: 2 tp / (2 tp + fp + fn)."""
    tp, fp, fn = _counts(tp, fp, fn)
    return _share(2 * tp, 2 * tp + fp + fn, tp + fp + fn)


def mean_iou(total: ArrayLike, tp: ArrayLike, fp: ArrayLike, fn: ArrayLike) -> Floats:
    """The mean likeness over pairs and shapes of one side only: total / (tp + fp + fn)."""
    tp, fp, fn = _counts(tp, fp, fn)
    return _share(np.asarray(total, dtype=np.float64), tp + fp + fn, tp + fp + fn)


def pq(total: ArrayLike, tp: ArrayLike, fp: ArrayLike, fn: ArrayLike) -> Floats:
    """Panoptic quality, total / (tp + fp / 2 + fn / 2) (Kirillov et al. 2019)."""
    tp, fp, fn = _counts(tp, fp, fn)
    return _share(np.asarray(total, dtype=np.float64), tp + (fp + fn) / 2, tp + fp + fn)


def alpha(units: ArrayLike) -> float:
    """Krippendorff's alpha for categories, from (U, R): what each rater said of each object.

    A category is 0 or more; `MISSING` (-1) is one of its own, `UNRATED` (-2) is no rating. An
    object with less than two ratings says nothing. 1 where no disagreement is possible: one
    category at most. From -1 to 1; by chance 0 (Krippendorff 2004, the nominal metric).
    """
    _, category, often, agreed = ratings(units)
    categories, number = np.unique(category, return_inverse=True)
    counts = np.bincount(number, often, len(categories))
    return float(alpha_of(agreed.sum(), counts))


def ratings(units: ArrayLike) -> tuple[Ints, Ints, Ints, Floats]:
    """What was said of each object: (object, category, how often), (K,) each, by object.

    Objects with less than two ratings are left out. The fourth, (K,), is the share of the object's
    agreeing pairs that falls on the category, ``o (o - 1) / (m - 1)`` of m ratings.
    """
    units = np.asarray(units, dtype=np.int64)
    if units.ndim != 2:
        raise GeometryError(f"units have shape {units.shape}, expected (objects, raters)")
    if units.size and units.min() < UNRATED:
        raise GeometryError(f"category {units.min()}, expected {UNRATED} or more")
    rated = units > UNRATED
    said = rated.sum(axis=1)
    unit, rater = np.nonzero(rated & (said > 1)[:, None])
    category = units[unit, rater]
    width = int(units.max(initial=0)) + 2
    cells, often = np.unique(unit * width + category + 1, return_counts=True)
    unit, category = cells // width, cells % width - 1
    return unit, category, often, often * (often - 1) / (said[unit] - 1)


def alpha_of(agreed: ArrayLike, counts: ArrayLike) -> Floats:
    """Alpha (...) from sums over objects: `agreed` (...) of `ratings`, `counts` (..., C) how often
    each category was said. Sums of several pictures may be added before.
    """
    counts = np.asarray(counts, dtype=np.float64)
    n, expected = counts.sum(axis=-1), (counts * (counts - 1)).sum(axis=-1)
    return alpha_from(agreed, n, expected)


def alpha_from(agreed: ArrayLike, n: ArrayLike, expected: ArrayLike) -> Floats:
    """Alpha from `agreed`, the number of ratings n, and the sum of n_c (n_c - 1) over categories.

    ``((n - 1) agreed - expected) / (n (n - 1) - expected)``.
    """
    agreed, n, expected = (np.asarray(x, dtype=np.float64) for x in (agreed, n, expected))
    possible = n * (n - 1) - expected
    out = np.ones(np.broadcast_shapes(agreed.shape, possible.shape))
    return np.divide((n - 1) * agreed - expected, possible, out=out, where=possible > 0)[()]


def _counts(*counts: ArrayLike) -> tuple[Floats, ...]:
    return tuple(np.asarray(count, dtype=np.float64) for count in counts)


def _share(part: Floats, whole: Floats, present: Floats) -> Floats:
    """part / whole; 1 where nothing is present, 0 where the whole is empty all the same."""
    part, whole, present = np.broadcast_arrays(part, whole, present)
    out = np.where(present > 0, 0.0, 1.0)
    return np.divide(part, whole, out=out, where=whole > 0)[()]
