"""Which track takes which detection: the pairs of greatest total likeness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["pairs"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def pairs(likeness: Floats, least: float) -> tuple[Ints, Ints]:
    """Rows and columns (K,) of the pairs with likeness >= `least` > 0 whose sum is greatest.

    `likeness` (T, D). A row and a column that have only each other are paired at once; what is left
    is an assignment problem, most often a small one.
    """
    possible = likeness >= least
    rows, columns = np.nonzero(possible)
    alone = (possible.sum(axis=1)[rows] == 1) & (possible.sum(axis=0)[columns] == 1)
    if alone.all():
        return rows, columns
    i, j = np.unique(rows[~alone]), np.unique(columns[~alone])
    more_i, more_j = _assigned(np.where(possible, likeness, 0.0)[np.ix_(i, j)])
    return np.concatenate([rows[alone], i[more_i]]), np.concatenate([columns[alone], j[more_j]])


def _assigned(likeness: Floats) -> tuple[Ints, Ints]:
    from scipy.optimize import linear_sum_assignment  # takes a second to import

    rows, columns = linear_sum_assignment(likeness, maximize=True)
    real = likeness[rows, columns] > 0
    return rows[real], columns[real]
