"""Which shapes of several raters are one object.

A cluster has at most one shape of every rater, and all of its members are alike enough in pairs:
a chain of neighbours is no object. Among such clusters those with the greatest sum of likeness are
looked for; with two raters that is the optimal matching of `geometry.matching`. With three or more
the task is hard in general (multidimensional assignment), so clusters are joined from the best pair
down, and then one rater's rows at a time are placed anew, best of all, while the sum grows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.consensus.placing import place
from geometry.errors import GeometryError
from geometry.overlaps import Pairs

__all__ = ["clusters"]

Ints = NDArray[np.int64]


def clusters(raters: ArrayLike, pairs: Pairs, labels: ArrayLike | None = None) -> Ints:
    """The cluster of each of N rows, (N,), numbered from 0 in the order of their first rows.

    `raters` (N,) whose row it is. `pairs` (i, j, likeness above 0) are the rows that are alike
    enough, each pair once, in either order; pairs of one rater count for nothing. With `labels`
    (N,) rows of equal label find together first, and those clusters, which stay whole, across
    labels afterwards. A row without partners is a cluster of its own. The numbering of raters and
    the order of rows matter only where sums are equal.
    """
    owner = np.asarray(raters, dtype=np.int64)
    groups = np.zeros(len(owner), np.int64) if labels is None else np.asarray(labels, np.int64)
    if len(groups) != len(owner):
        raise GeometryError(f"{len(groups)} labels of {len(owner)} rows, expected as many")
    i, j, likeness = (np.asarray(column) for column in pairs)
    apart = owner[i] != owner[j]
    i, j, likeness = i[apart], j[apart], likeness[apart]
    found = _components(i, j, len(owner))
    for rows, links in _tangled(found, owner, i, j):
        placed = place(rows, owner, groups, (i[links], j[links], likeness[links]))
        found[rows] = len(owner) + np.array([rows[number] for number in placed])
    return _numbered(found)


def _components(i: Ints, j: Ints, count: int) -> Ints:
    """The connected component of every row, (count,)."""
    if not len(i):
        return np.arange(count)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(i), dtype=bool), (i, j)), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _tangled(member: Ints, owner: Ints, i: Ints, j: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Rows and pairs of the components that are no cluster as they stand.

    One is where every rater has one row and every two rows are a pair.
    """
    if not len(i):
        return
    sizes = np.bincount(member)
    links = np.bincount(member[i], minlength=len(sizes))
    seats = np.unique(member * (int(owner.max()) + 1) + owner)
    raters = np.bincount(seats // (int(owner.max()) + 1), minlength=len(sizes))
    tangled = (raters < sizes) | (2 * links < sizes * (sizes - 1))
    yield from zip(_split(member, tangled), _split(member[i], tangled), strict=True)


def _split(member: Ints, wanted: NDArray[np.bool_]) -> list[Ints]:
    """Places of the members of every wanted component, in the order of their numbers."""
    places = np.flatnonzero(wanted[member])
    order = places[np.argsort(member[places], kind="stable")]
    if not len(order):
        return []
    return np.split(order, np.flatnonzero(np.diff(member[order])) + 1)


def _numbered(found: Ints) -> Ints:
    """The same clusters, numbered from 0 in the order of their first rows."""
    _, first, number = np.unique(found, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[number]
