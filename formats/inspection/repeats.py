"""Objects that are there twice in one picture: the same shape, number for number."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from geometry.rings import Rings

__all__ = ["objects", "under_two_classes"]

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


def objects(table: Annotations) -> Bools:
    """(N,) rows with the class and shape of an earlier one of their picture."""
    return _later(table, [table.images, table.kinds, table.labels])


def under_two_classes(table: Annotations) -> Bools:
    """(N,) rows with the shape of an earlier one of their picture that has another class."""
    tags = np.isnan(table.boxes).all(axis=1)
    first = _first(table, [table.images, table.kinds])
    return np.asarray((table.labels[first] != table.labels) & ~tags)


def _later(table: Annotations, keys: list[NDArray[Any]]) -> Bools:
    return np.asarray(_first(table, keys) < np.arange(len(table)))


def _first(table: Annotations, keys: list[NDArray[Any]]) -> Ints:
    """(N,) the first row of the same keys and shape; itself where there is none before it."""
    first = np.arange(len(table))
    bits = np.ascontiguousarray(table.boxes + 0.0).view(np.int64)  # -0.0 is 0.0, NaN is NaN
    columns = np.column_stack([*(key.astype(np.int64) for key in keys), bits])
    order = np.lexsort(columns.T[::-1])
    same = (columns[order][1:] == columns[order][:-1]).all(axis=1)
    if not same.any():
        return first
    starts = np.flatnonzero(np.concatenate([[True], ~same]))
    stops = np.append(starts[1:], len(order))
    several = stops - starts > 1
    for start, stop in zip(starts[several], stops[several], strict=True):
        _settle(table, np.sort(order[start:stop]).tolist(), first)
    return first


def _settle(table: Annotations, members: list[int], first: Ints) -> None:
    """Rows of one box: those whose further shape is the same have the first of them."""
    seen: dict[object, int] = {}
    for i in members:
        first[i] = seen.setdefault(_shape(table, i), i)


def _shape(table: Annotations, i: int) -> object:
    """What a row is beside its box; the same for the same shape."""
    found: list[object] = []
    for name in ("rotated", "keypoints", "tracks"):
        column = getattr(table, name)
        found.append(None if column is None else column[i].tobytes())
    if isinstance(table.rings, Rings):
        found.append([[ring.tobytes() for ring in part] for part in table.rings.row(i)])
    mask = None if table.masks is None else table.masks[i]
    found.append(None if mask is None else (mask.size, mask.runs.tobytes()))
    return repr(found)
