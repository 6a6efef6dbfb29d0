"""What one way to choose thresholds saves over another, picture by picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prelabel.reports.cells import Estimate

__all__ = ["mean", "saved"]

Floats = NDArray[np.float64]

REPEATS = 2000
LEVEL = 0.95


def mean(seconds: Floats) -> Estimate:
    """Mean of (P,) pictures, with the interval of a bootstrap over pictures."""
    sums = seconds[_drawn(len(seconds))].mean(axis=1)
    return _estimate(float(seconds.mean()), sums, 1)


def saved(own: Floats, other: Floats) -> Estimate:
    """Share of the seconds of `other` that `own` saves, below 0 where it costs more.

    Both (P,) of the same pictures; a bootstrap draws pictures with both of their figures, so that
    pictures that are much work for either say nothing about the difference.
    """
    rows = _drawn(len(own))
    shares = 1 - own[rows].mean(axis=1) / np.maximum(other[rows].mean(axis=1), 1e-9)
    return _estimate(1 - float(own.mean()) / max(float(other.mean()), 1e-9), shares, 3)


def _drawn(count: int) -> NDArray[np.int64]:
    """(REPEATS, P) pictures drawn with replacement, always the same."""
    return np.random.default_rng(0).integers(0, count, (REPEATS, count))


def _estimate(value: float, drawn: Floats, digits: int) -> Estimate:
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high), digits)
