"""The numbers that a tool shows each frame of a clip under."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from formats.tracks.grid import Grid

__all__ = ["Numbering"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Numbering:
    """A grid with what every track asks of it: each frame's first and last number (F,)."""

    grid: Grid
    first: Ints
    last: Ints

    @classmethod
    def of(cls, grid: Grid) -> Numbering:
        """The numbering of a grid."""
        return cls(grid, grid.positions(), grid.ends())

    @property
    def frames(self) -> int:
        """How many frames the clip has."""
        return len(self.first)

    def spread(self, frames: ArrayLike) -> tuple[Ints, Ints]:
        """For frames (K,) that are shown: the place of each, and every number that shows it."""
        at = np.asarray(frames, dtype=np.int64)
        counts = self.last[at] - self.first[at] + 1
        places = np.repeat(np.arange(len(at)), counts)
        offsets = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
        return places, self.first[at][places] + offsets
