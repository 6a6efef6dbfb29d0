"""`Examples`: detections and what became of them once somebody had corrected the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["KEPT", "MOVED", "NOTHING", "OUTCOMES", "RELABELLED", "REMADE", "UNKNOWN", "Examples"]

Ints = NDArray[np.int64]

KEPT, MOVED, RELABELLED, REMADE, NOTHING, UNKNOWN = range(6)
"""What a detection is: an object as it stands; one to be moved; one of another class; both of
these; no object, or one that a better detection has; not known, for it lies in a crowd."""
OUTCOMES = 5
"""Outcomes that are known."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """N detections of many pictures: `scores`, `labels`, `outcomes` and `pictures`, (N,) each."""

    scores: NDArray[np.float64]
    labels: Ints
    outcomes: Ints
    pictures: Ints

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, rows: NDArray) -> Examples:
        return Examples(*(getattr(self, name)[rows] for name in self.__slots__))

    @staticmethod
    def concat(parts: Sequence[Examples]) -> Examples:
        """The detections of several pictures, one after another."""
        names = Examples.__slots__
        return Examples(
            *(np.concatenate([getattr(part, name) for part in parts]) for name in names)
        )
