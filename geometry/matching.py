"""One-to-one matching over sparse pairs (i, j, score)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from geometry.overlaps import Pairs

__all__ = ["greedy", "optimal"]

Ints = NDArray[np.int64]
Floats = NDArray[np.floating]

DENSE = 300
"""Rows of one side up to which one matrix is faster than many small ones."""
BONUS = 1e-9
"""What a pair is worth besides its score: of equal sums, the one of more pairs is best."""


def optimal(pairs: Pairs, n: int, m: int) -> Ints:
    """The one-to-one choice of greatest total score, as positions (K,) into `pairs`, by i.

    `pairs` (i, j, score) with i < `n`, j < `m`, scores of 0 or more, no pair twice; what is no pair
    is never chosen. Of equal totals the one with more pairs wins. No pairs give no choice. The
    assignment is Jonker and Volgenant's (scipy); components of the graph are solved apart.
    """
    i, j, score = pairs
    lone_i, lone_j = np.bincount(i, minlength=n)[i] == 1, np.bincount(j, minlength=m)[j] == 1
    star_i = np.bincount(i[~lone_j], minlength=n)[i] == 0
    star_j = np.bincount(j[~lone_i], minlength=m)[j] == 0
    chosen = [
        np.flatnonzero(star_i & star_j),
        _best_of(i, np.flatnonzero(star_i & ~star_j), score),
        _best_of(j, np.flatnonzero(star_j & ~star_i), score),
    ]
    rest = np.flatnonzero(~(star_i | star_j))
    chosen += [part[_assigned(i[part], j[part], score[part])] for part in _parts(i, j, rest)]
    found = np.concatenate(chosen)
    return found[np.argsort(i[found], kind="stable")]


def greedy(pairs: Pairs, n: int, m: int) -> Ints:
    """The choice of a walk from the best score down, as positions (K,) into `pairs`, by i.

    Of equal scores the pair of the earlier i, then the earlier j goes first.
    """
    i, j, score = pairs
    left = np.lexsort((j, i, -score))
    chosen = [left[:0]]
    while len(left):
        first = _first(i[left], n) & _first(j[left], m)
        chosen.append(left[first])
        left = left[~(np.isin(i[left], i[left[first]]) | np.isin(j[left], j[left[first]]))]
    found = np.concatenate(chosen)
    return found[np.argsort(i[found], kind="stable")]


def _first(values: Ints, count: int) -> NDArray[np.bool_]:
    """Whether each value stands for the first time."""
    place = np.arange(len(values))
    seen = np.empty(count, dtype=np.int64)
    seen[values[::-1]] = place[::-1]
    return seen[values] == place


def _best_of(hub: Ints, places: Ints, score: Floats) -> Ints:
    """Of the pairs at `places` that share a hub the best, the earlier one of equals.

    Such a component has one row on one side only: no assignment is needed.
    """
    order = np.lexsort((places, -score[places], hub[places]))
    return places[order[np.unique(hub[places][order], return_index=True)[1]]]


def _parts(i: Ints, j: Ints, rest: Ints) -> Iterator[Ints]:
    """The pairs that are left, cut so that no row is in two parts."""
    if not len(rest):
        return
    rows, row = np.unique(i[rest], return_inverse=True)
    columns, column = np.unique(j[rest], return_inverse=True)
    if max(len(rows), len(columns)) <= DENSE:
        yield rest
        return
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(rows) + len(columns)
    graph = coo_array((np.ones(len(rest), bool), (row, column + len(rows))), (count, count))
    member = connected_components(graph, directed=False)[1][row]
    order = np.argsort(member, kind="stable")
    yield from np.split(rest[order], np.flatnonzero(np.diff(member[order])) + 1)


def _assigned(i: Ints, j: Ints, score: Floats) -> Ints:
    """Positions of the chosen pairs of one part."""
    from scipy.optimize import linear_sum_assignment

    rows, row = np.unique(i, return_inverse=True)
    columns, column = np.unique(j, return_inverse=True)
    worth = np.zeros((len(rows), len(columns)))
    worth[row, column] = score + BONUS
    place = np.full(worth.shape, -1)
    place[row, column] = np.arange(len(i))
    found: Ints = place[linear_sum_assignment(worth, maximize=True)]
    return found[found >= 0]
