"""Which points lie in which windows, by a grid of cells: candidates, to be looked at closer.

The points are sorted by cell, row after row, and a table tells where each cell starts. So the
points of neighbouring cells of one row are one range, and a window asks for one range per row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ranges", "expand", "ranges"]

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]

SHARE = 4
"""Cells for each point and window, at most."""


@dataclass(frozen=True, slots=True)
class Ranges:
    """Window ``owner[k]`` may hold the points ``order[starts[k]:stops[k]]``."""

    owner: Ints
    starts: Ints
    stops: Ints
    order: Ints

    @property
    def count(self) -> int:
        """Pairs of a window and a point."""
        return int((self.stops - self.starts).sum())

    def pairs(self, most: int) -> Iterator[tuple[Ints, Ints]]:
        """The pairs (window, point), some `most` at a time."""
        block = np.cumsum(self.stops - self.starts) // most
        cuts = [0, len(block)]
        if len(block) and block[-1]:
            cuts = [0, *(np.flatnonzero(np.diff(block)) + 1).tolist(), len(block)]
        for first, last in pairwise(cuts):
            nth, member = expand(self.starts[first:last], self.stops[first:last])
            yield self.owner[first:last][nth], self.order[member]


def expand(starts: Ints, stops: Ints) -> tuple[Ints, Ints]:
    """The members of many ranges, as (number of the range, member); empty ranges have none."""
    lengths = np.maximum(stops - starts, 0)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    shift = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    return owner, np.arange(len(owner), dtype=np.int64) + shift


def ranges(low: Floats, high: Floats, points: Floats, groups: tuple[Ints, Ints]) -> Ranges:
    """Ranges that hold every point with ``low <= point <= high`` of the same group, and others.

    Windows `low`, `high` (N, 2), `points` (M, 2), at least one of each; `groups` (N,) and (M,)
    number windows and points from 0.
    """
    grid = _Grid.over(low, high, points, max(int(numbers.max()) for numbers in groups) + 1)
    left, right = grid.column(low[:, 0]), grid.column(high[:, 0])
    first, last = grid.row(low[:, 1]), grid.row(high[:, 1])
    if grid.rows == 1:
        owner, row = np.arange(len(low)), groups[0]
    else:
        owner, row = expand(first, last + 1)
        row = row + groups[0][owner] * grid.rows
        left, right = left[owner], right[owner]
    cell = (groups[1] * grid.rows + grid.row(points[:, 1])) * grid.columns
    cell += grid.column(points[:, 0])
    table = np.concatenate([[0], np.cumsum(np.bincount(cell, minlength=grid.count))])
    row = row * grid.columns
    return Ranges(owner, table[row + left], table[row + right + 1], np.argsort(cell))


@dataclass(frozen=True, slots=True)
class _Grid:
    """Equal cells between the outermost points, once for each group."""

    origin: Floats
    scale: Floats
    columns: int
    rows: int
    count: int

    @classmethod
    def over(cls, low: Floats, high: Floats, points: Floats, groups: int) -> _Grid:
        origin = points.min(axis=0)
        span = np.maximum(points.max(axis=0) - origin, 1e-9)
        most = max(1, SHARE * (len(points) + len(low)) // groups)
        # a window reaches over about two rows and four columns: few ranges, few strangers
        wanted = span / np.maximum(np.median(high - low, axis=0), 1e-9) * (4, 2)
        rows = int(np.clip(wanted[1], 1, max(1, most // 2)))
        columns = int(np.clip(wanted[0], 1, max(1, most // rows)))
        return cls(origin, (columns, rows) / span, columns, rows, columns * rows * groups)

    def column(self, x: Floats) -> Ints:
        return self._number(x, 0, self.columns)

    def row(self, y: Floats) -> Ints:
        return self._number(y, 1, self.rows)

    def _number(self, values: Floats, axis: int, count: int) -> Ints:
        place = (values - self.origin[axis]) * self.scale[axis]
        return np.clip(place, 0, count - 1).astype(np.int64)
