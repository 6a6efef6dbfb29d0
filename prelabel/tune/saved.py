"""What one way to choose thresholds saves over another, picture by picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry.intervals import bootstrap
from prelabel.reports.cells import Estimate

__all__ = ["mean", "saved"]

Floats = NDArray[np.float64]

LEAST = 1e-9
"""What seconds are divided by at least: pictures without work cost nothing either way."""


def mean(seconds: Floats) -> Estimate:
    """Mean of (P,) pictures, with the interval of a bootstrap over pictures."""
    low, high = bootstrap(np.column_stack([seconds, np.ones(len(seconds))]), _mean)
    return Estimate(float(seconds.mean()), float(low), float(high), 1)


def saved(own: Floats, other: Floats) -> Estimate:
    """Share of the seconds of `other` that `own` saves, below 0 where it costs more.

    Both (P,) of the same pictures; a bootstrap draws pictures with both of their figures, so that
    pictures that are much work either way say nothing about the difference.
    """
    sums = np.column_stack([own, other])
    low, high = bootstrap(sums, _share)
    return Estimate(float(_share(sums.sum(axis=0))), float(low), float(high))


def _mean(sums: Floats) -> Floats:
    return sums[..., 0] / sums[..., 1]


def _share(sums: Floats) -> Floats:
    return 1 - (sums[..., 0] + LEAST) / (sums[..., 1] + LEAST)
