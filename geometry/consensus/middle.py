"""The middle of the numbers of each group: a median, or a weighted mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.errors import GeometryError

__all__ = ["middle", "weighed"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EVEN = 1e-9
"""Share of a group's weight within which two halves weigh the same."""


def middle(values: ArrayLike, groups: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """One row for every group, (C, D) from values (N, D), each column by itself.

    `groups` (N,) numbers every row's group from 0 without gaps. Three rows or more give their
    weighted median (with equal weights: the median), which one outlier cannot move far; one or two
    give the weighted mean. `weights` (N,), all alike if None; a group that weighs nothing counts
    all of its rows alike. GeometryError for weights below 0 or without a number.
    """
    rows = np.asarray(values, dtype=np.float64)
    group = np.asarray(groups, dtype=np.int64)
    count = int(group.max()) + 1 if len(group) else 0
    weight = weighed(weights, group)
    sizes = np.bincount(group, minlength=count)
    few = np.zeros((count, rows.shape[1]))
    np.add.at(few, group, rows * (weight / np.bincount(group, weight, count)[group])[:, None])
    many = np.flatnonzero(sizes >= 3)
    if len(many):
        wanted = sizes[group] >= 3
        again = np.searchsorted(many, group[wanted])
        for column in range(rows.shape[1]):
            few[many, column] = _medians(rows[wanted, column], again, weight[wanted])
    return few


def weighed(weights: ArrayLike | None, groups: Ints) -> Floats:
    """The weights of rows, (N,), with 1 for all rows of a group that weighs nothing."""
    if weights is None:
        return np.ones(len(groups))
    weight = np.asarray(weights, dtype=np.float64)
    if weight.shape != groups.shape or not (np.isfinite(weight) & (weight >= 0)).all():
        raise GeometryError(f"weights {weight}, expected {len(groups)} numbers of 0 or more")
    total = np.bincount(groups, weight, minlength=int(groups.max(initial=-1)) + 1)
    return np.where(total[groups] > 0, weight, 1.0)


def _medians(values: Floats, group: Ints, weight: Floats) -> Floats:
    """Weighted median of each group: half of the weight lies on either side.

    Where two neighbours share the middle, half way between them.
    """
    order = np.lexsort((values, group))
    values, group, weight = values[order], group[order], weight[order]
    total = np.bincount(group, weight)
    first = np.searchsorted(group, np.arange(len(total)))
    running = np.cumsum(weight)
    before = np.concatenate([[0.0], running])[first]
    half = before + total / 2
    slack = EVEN * total
    low = _reached(running, half - slack, first, group)
    high = _reached(running, half + slack, first, group)
    return (values[low] + values[high]) / 2


def _reached(running: Floats, wanted: Floats, first: Ints, group: Ints) -> Ints:
    """The first row of each group at which the running weight is what is wanted or more."""
    last = np.append(first[1:], len(group)) - 1
    return np.clip(np.searchsorted(running, wanted), first, last)
