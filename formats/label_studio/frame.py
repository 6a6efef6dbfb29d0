"""Pixels of a picture and the percents of its sides that Label Studio counts in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from formats.errors import FormatError
from formats.losses import Losses

__all__ = ["Frame", "finite"]

Floats = NDArray[np.float64]
DECIMALS, EXACT = 6, 12
"""Digits behind the point of a percent: a ten thousandth of a pixel in a picture of 10,000, and
what gives back every digit that was read.
"""
PIXEL_DECIMALS = 9
MOST = 1e9
"""The largest percent or degree that is read."""
SLACK = 1e-6
"""Percents by which a number may go beyond 100 from rounding alone."""


def finite(values: Any) -> Floats:
    """Numbers up to `MOST` as an array; FormatError for anything else."""
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise FormatError("a value is no number") from error
    if not (np.abs(found) <= MOST).all():
        raise FormatError("a value is no number, or one beyond all pictures")
    return found


@dataclass(frozen=True, slots=True)
class Frame:
    """The picture that regions lie in: `size` (width, height) in pixels, and where losses go.

    `exact`: regions are read back, so that every digit and what the editor does not show counts.
    """

    size: tuple[int, int]
    exact: bool = False
    losses: Losses = field(default_factory=Losses)

    @property
    def decimals(self) -> int:
        """Digits behind the point of a percent or degree."""
        return EXACT if self.exact else DECIMALS

    def percents(self, points: ArrayLike) -> Floats:
        """Points (K, 2) in pixels as percents, rounded, unbounded."""
        scaled = np.asarray(points, dtype=np.float64).reshape(-1, 2) * 100 / np.array(self.size)
        return np.round(scaled, self.decimals) + 0.0

    def pixels(self, points: ArrayLike) -> Floats:
        """Points (K, 2) in percents as pixels; the digits that only counting in percents made are
        rounded off. FormatError for what is no number, or one that no picture has.
        """
        given = finite(points).reshape(-1, 2)
        return np.round(given * np.array(self.size) / 100, PIXEL_DECIMALS) + 0.0

    def numbers(self, names: Iterable[str], values: ArrayLike) -> dict[str, float]:
        """Numbers by name, rounded, where rounding went beyond 100 brought back to it."""
        rounded = np.round(np.asarray(values, dtype=np.float64), self.decimals) + 0.0
        bounded = np.where((rounded > 100) & (rounded < 100 + SLACK), 100.0, rounded)
        return dict(zip(names, bounded.tolist(), strict=True))

    def box(self) -> Floats:
        """x0 y0 x1 y1 of the whole picture in pixels, (4,)."""
        return np.array([0, 0, *self.size], dtype=np.float64)
