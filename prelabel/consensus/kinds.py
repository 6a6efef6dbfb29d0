"""What kind of shape a cluster becomes, and which of its members have a say in that shape."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from prelabel.compare import views

__all__ = ["kinds", "say"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
COVERING = (Kind.POLYGON, Kind.MASK)
EXACTNESS = (Kind.BOX, Kind.LINE, Kind.POINTS, Kind.ELLIPSE, Kind.ROTATED, Kind.POLYGON, Kind.MASK)
"""Of kinds with equal votes the later one."""


def kinds(table: Annotations, group: Ints, weight: NDArray[np.float64]) -> Ints:
    """The kind that most of the weight of each group was drawn as, (C,)."""
    count = int(group.max(initial=-1)) + 1
    votes = np.zeros((count, len(Kind)))
    np.add.at(votes, (group, table.kinds), weight)
    order = np.array([*EXACTNESS[::-1], Kind.TAG])
    return order[np.argmax(np.round(votes[:, order], 9), axis=1)]


def say(table: Annotations, group: Ints, kind: Ints) -> Bools:
    """(N,) whether a row has a say in its group's shape: it has such a shape.

    Polygons and masks are each other's, any row with a place has a box.
    """
    wanted = kind[group]
    covering = np.isin(wanted, COVERING) & (views.has_ring(table) | views.has_mask(table))
    boxed = (wanted == Kind.BOX) & np.isfinite(table.boxes).all(axis=1)
    return (table.kinds == wanted) | covering | boxed
