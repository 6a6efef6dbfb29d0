"""`Rows`: the lines of many label files as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Rows"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """N lines: `files` (N,) which text a line stands in, `numbers` (N,) its number from 1.

    `classes` (N,) the first number of the line, `counts` (N,) how many follow, `values` those of
    all lines one after another.
    """

    files: Ints
    numbers: Ints
    classes: Floats
    counts: Ints
    values: Floats

    @classmethod
    def empty(cls) -> Rows:
        """No lines."""
        none = np.empty(0, dtype=np.int64)
        return cls(none, none, np.empty(0), none, np.empty(0))

    def __len__(self) -> int:
        return len(self.classes)

    def starts(self) -> Ints:
        """(N,) where the values of each line begin."""
        return np.cumsum(self.counts) - self.counts

    def owners(self) -> Ints:
        """The line of every value."""
        return np.repeat(np.arange(len(self)), self.counts)

    def keep(self, mask: NDArray[np.bool_]) -> Rows:
        """The lines of a boolean mask."""
        if mask.all():
            return self
        values = self.values[np.repeat(mask, self.counts)]
        return Rows(
            self.files[mask], self.numbers[mask], self.classes[mask], self.counts[mask], values
        )

    def cut(self, width: int) -> tuple[Rows, Floats]:
        """The lines without their last `width` values, and those, (N, width)."""
        ends = np.cumsum(self.counts)
        last = ends[:, None] - width + np.arange(width)
        mask = np.ones(len(self.values), dtype=bool)
        mask[last.ravel()] = False
        rest = Rows(self.files, self.numbers, self.classes, self.counts - width, self.values[mask])
        return rest, self.values[last]

    def block(self, width: int) -> Floats:
        """The values as (N, width), where every line has that many."""
        return self.values.reshape(len(self), width)

    def bounds(self) -> Floats:
        """x0 y0 x1 y1 (N, 4) of lines of x y pairs."""
        if not len(self):
            return np.empty((0, 4))
        starts = self.starts() // 2
        x, y = self.values[0::2], self.values[1::2]
        low = (np.minimum.reduceat(x, starts), np.minimum.reduceat(y, starts))
        high = (np.maximum.reduceat(x, starts), np.maximum.reduceat(y, starts))
        return np.column_stack([*low, *high])
