"""Which track takes which detection: the pairs of greatest total likeness."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["pairs"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LARGE = 1 << 22
"""Cells of a table from which on it is not written out."""


def pairs(i: Ints, j: Ints, worth: Floats) -> Ints:
    """The places (K,) of the pairs that are taken: no row or column twice, greatest sum of worth.

    `i` rows and `j` columns (P,) of the possible pairs, each pair once, `worth` (P,) above 0. A row
    and a column that have only each other are paired at once; what is left is an assignment
    problem, most often a small one.
    """
    if not len(i):
        return np.empty(0, dtype=np.int64)
    alone = (np.bincount(i)[i] == 1) & (np.bincount(j)[j] == 1)
    rest = np.flatnonzero(~alone)
    if not len(rest):
        return np.arange(len(i))
    return np.concatenate([np.flatnonzero(alone), rest[_assigned(i[rest], j[rest], worth[rest])]])


def _assigned(i: Ints, j: Ints, worth: Floats) -> Ints:
    rows, row = np.unique(i, return_inverse=True)
    columns, column = np.unique(j, return_inverse=True)
    if len(rows) * len(columns) > LARGE:
        return _sparse(row, column, worth)
    from scipy.optimize import linear_sum_assignment  # takes a second to import

    table, place = np.zeros((len(rows), len(columns))), np.full((len(rows), len(columns)), -1)
    table[row, column], place[row, column] = worth, np.arange(len(worth))
    taken = place[linear_sum_assignment(table, maximize=True)]
    return taken[taken >= 0]


def _sparse(row: Ints, column: Ints, worth: Floats) -> Ints:
    """The same without a table: every row may also stay alone, in a column of its own."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    rows, columns, most = int(row.max()) + 1, int(column.max()) + 1, float(worth.max()) + 1
    cost = np.append(most - worth, np.full(rows, most))
    at = np.append(row, np.arange(rows)), np.append(column, columns + np.arange(rows))
    graph = csr_matrix((cost, at), (rows, columns + rows))
    taken = min_weight_full_bipartite_matching(graph)[1][row] == column
    return np.flatnonzero(taken)
