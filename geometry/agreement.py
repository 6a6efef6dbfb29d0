"""Figures of agreement from counts of pairs; symmetric where the question is, and never NaN.

Of two sides a and b, `tp` are the pairs, `fp` the shapes that only a has, `fn` those that only b
has, `total` the summed likeness (IoU or OKS) of the pairs. Each is a number or an array; arrays
broadcast. Both sides empty agree, 1; where only one is empty, nothing agrees, 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.errors import GeometryError

__all__ = ["MISSING", "UNRATED", "alpha", "f1", "mean_iou", "pq", "precision", "recall"]

Floats = NDArray[np.float64]

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
    units = np.asarray(units, dtype=np.int64)
    if units.ndim != 2:
        raise GeometryError(f"units have shape {units.shape}, expected (objects, raters)")
    if units.size and units.min() < UNRATED:
        raise GeometryError(f"category {units.min()}, expected {UNRATED} or more")
    rated = units > UNRATED
    ratings = rated.sum(axis=1)
    unit, rater = np.nonzero(rated & (ratings > 1)[:, None])
    categories, category = np.unique(units[unit, rater], return_inverse=True)
    width = max(len(categories), 1)
    cells, often = np.unique(unit * width + category, return_counts=True)
    agreed = float((often * (often - 1) / (ratings[cells // width] - 1)).sum())
    n = len(unit)
    of_category = np.bincount(category, minlength=1).astype(np.float64)
    expected = float((of_category * (of_category - 1)).sum())
    possible = n * (n - 1) - expected
    return ((n - 1) * agreed - expected) / possible if possible > 0 else 1.0


def _counts(*counts: ArrayLike) -> tuple[Floats, ...]:
    return tuple(np.asarray(count, dtype=np.float64) for count in counts)


def _share(part: Floats, whole: Floats, present: Floats) -> Floats:
    """part / whole; 1 where nothing is present, 0 where the whole is empty all the same."""
    part, whole, present = np.broadcast_arrays(part, whole, present)
    out = np.where(present > 0, 0.0, 1.0)
    return np.divide(part, whole, out=out, where=whole > 0)[()]
