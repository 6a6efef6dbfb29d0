"""Objects that no model points to: how many there are on average."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Unseen"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unseen:
    """So many in every picture, and so many more for each object that is expected in it."""

    always: float = 0.0
    each: float = 0.0

    def of(self, expected: float) -> float:
        """The number to be expected beside so many `expected` objects."""
        return self.always + self.each * expected

    @staticmethod
    def learned(expected: Floats, unseen: Floats) -> Unseen:
        """The least-squares line through pictures (N,) that were corrected, neither part below 0.

        `unseen` (N,): their objects that no candidate was. No pictures: none are expected.
        """
        if not len(expected):
            return Unseen()
        mean, other = float(expected.mean()), float(unseen.mean())
        spread = float(((expected - mean) ** 2).sum())
        slope = float(((expected - mean) * (unseen - other)).sum()) / spread if spread else 0.0
        if slope <= 0:
            return Unseen(other)
        if other - slope * mean < 0:
            return Unseen(0.0, float((expected * unseen).sum() / (expected**2).sum()))
        return Unseen(other - slope * mean, slope)
