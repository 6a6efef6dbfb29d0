"""The closest vertices of two rings, for many pairs of rings at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry.cells import expand

__all__ = ["closest"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LARGE = 1 << 15
BLOCK, STEP = 64, 2
"""Pairs that are looked at together, with numbers of candidates that differ by less than that."""


def closest(
    points: Floats, a: Ints, first: Ints, b: Ints, second: Ints
) -> tuple[Ints, Ints, Floats]:
    """The closest vertices of K pairs of rings, the first of those, and their squared distance.

    Rings begin at `a` and `b` (K,) in `points` (P, 2) and have `first` and `second` (K,) vertices,
    at least one each. Only vertices that may be the ones are compared with each other.
    """
    (mine, many), (theirs, more) = _candidates(points, a, first, b, second)
    starts, others = np.cumsum(many) - many, np.cumsum(more) - more
    here, there, gap = np.empty(len(a), np.int64), np.empty(len(a), np.int64), np.empty(len(a))
    near, far = points[mine].T.copy(), points[theirs].T.copy()
    for k in _blocks(many, more):
        here[k], there[k], gap[k] = _of_each(near, far, (starts[k], many[k]), (others[k], more[k]))
    return mine[here] - a, theirs[there] - b, gap


Chosen = tuple[Ints, Ints]
"""Places in `points`, and how many of them each pair has."""


def _candidates(
    points: Floats, a: Ints, first: Ints, b: Ints, second: Ints
) -> tuple[Chosen, Chosen]:
    """The vertices of each ring that are not farther from the box around the other than some
    vertex of the other is from one of its own.

    Rounding keeps order, so no computed distance is below that to a box that holds the vertex.
    """
    (own, mine), (other, theirs) = expand(a, a + first), expand(b, b + second)
    here, there = points[mine].T.copy(), points[theirs].T.copy()
    starts, others = np.cumsum(first) - first, np.cumsum(second) - second
    reach = _to_box(here, own, there, others)
    nearest = _first_least(reach, own, starts)
    limit = np.minimum.reduceat(_squares(there - here[:, nearest][:, other]), others)
    kept, left = reach <= limit[own], _to_box(there, other, here, starts) <= limit[other]
    return (
        (mine[kept], np.bincount(own[kept], minlength=len(a))),
        (theirs[left], np.bincount(other[left], minlength=len(a))),
    )


def _to_box(vertices: Floats, owner: Ints, ring: Floats, starts: Ints) -> Floats:
    """The squared distance of each vertex (2, P) to the box around the ring of its pair."""
    low, high = (f.reduceat(ring, starts, axis=1) for f in (np.minimum, np.maximum))
    return _squares(np.maximum(np.maximum(low[:, owner] - vertices, vertices - high[:, owner]), 0))


def _squares(steps: Floats) -> Floats:
    return np.asarray(steps[0] * steps[0] + steps[1] * steps[1])


def _first_least(values: Floats, owner: Ints, starts: Ints) -> Ints:
    """Where the smallest value of each owner stands, the first of them."""
    least = np.flatnonzero(values == np.minimum.reduceat(values, starts)[owner])
    return least[np.searchsorted(least, starts)]


def _blocks(first: Ints, second: Ints) -> list[Ints]:
    """Pairs in groups that have about as many candidates; those with very many by themselves."""
    order = np.lexsort((second, first // STEP))
    is_large = (first * second > LARGE)[order]
    order, large = order[~is_large], order[is_large]
    groups = [order[at : at + BLOCK] for at in range(0, len(order), BLOCK)]
    return [*groups, *large[:, None]]


def _of_each(near: Floats, far: Floats, a: Chosen, b: Chosen) -> tuple[Ints, Ints, Floats]:
    """The closest of vertices (2, P) and (2, Q), of which each pair has some from a place on.

    Where they stand, and their squared distance. Those of which there are fewer are filled up with
    the last one.
    """
    longest = int(b[1].max(initial=1))
    one = near[:, a[0][:, None] + np.minimum(np.arange(a[1].max(initial=1)), a[1][:, None] - 1)]
    other = far[:, b[0][:, None] + np.minimum(np.arange(longest), b[1][:, None] - 1)]
    squares = one[0][:, :, None] - other[0][:, None, :]
    squares *= squares
    down = one[1][:, :, None] - other[1][:, None, :]
    down *= down
    squares += down
    flat = squares.reshape(len(a[0]), -1)
    best = flat.argmin(axis=1)
    here, there = np.divmod(best, longest)
    return a[0] + here, b[0] + there, flat[np.arange(len(best)), best]
