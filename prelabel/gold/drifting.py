"""Whether an annotator's work on gold pictures changes over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry import intervals
from prelabel.compare.counts import Counts
from prelabel.gold.result import Drift, Window
from prelabel.reports import Estimate

__all__ = ["drift"]

Floats = NDArray[np.float64]

FEWEST = 10
"""Gold pictures with a time from which a change can be spoken of."""
WINDOW = 5
"""Least pictures of a window."""
WINDOWS = 8


def drift(counts: Counts, times: Floats, *, seed: int = 0, level: float = 0.95) -> Drift | None:
    """F1 over time, from counts by picture and when each was saved (M,); NaN where not known.

    None where fewer than `FEWEST` pictures have a time, or all have the same.
    """
    known = np.flatnonzero(np.isfinite(times))
    if len(known) < FEWEST or np.ptp(times[known]) == 0:
        return None
    order = known[np.argsort(times[known], kind="stable")]
    sums, when = counts.values[order], times[order]
    parts = np.array_split(np.arange(len(order)), min(WINDOWS, len(order) // WINDOW))
    windows = tuple(
        Window(float(when[p[0]]), float(when[p[-1]]), len(p), _f1(sums[p], seed, level))
        for p in parts
    )
    return Drift(windows, _change(sums, seed, level))


def _f1(sums: Floats, seed: int, level: float) -> Estimate:
    low, high = intervals.bootstrap(sums, lambda s: Counts(s).f1(), seed=seed, level=level)
    return Estimate(float(Counts(sums.sum(axis=0)).f1()), float(low), float(high))


def _change(sums: Floats, seed: int, level: float) -> Estimate:
    """The F1 of the later half less that of the earlier one; pictures of both are drawn anew."""
    half = np.arange(len(sums)) >= len(sums) // 2
    split = np.zeros((len(sums), 2, sums.shape[1]))
    split[np.arange(len(sums)), half.astype(int)] = sums
    low, high = intervals.bootstrap(split, _difference, seed=seed, level=level)
    return Estimate(float(_difference(split.sum(axis=0)[None])[0]), float(low), float(high))


def _difference(sums: Floats) -> Floats:
    found: Floats = Counts(sums[:, 1]).f1() - Counts(sums[:, 0]).f1()
    return found
