"""`fit`: a cost table from measured times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.errors import FormatError
from prelabel.cost.table import EDITS, CostTable

__all__ = ["Fitted", "fit"]

Floats = NDArray[np.float64]

LEAST = 10
"""Measured pictures below which nothing is learned."""
REPEATS = 300
ROUNDS = 10
FAR = 1.5
"""Spreads from which on a picture counts less the further off it is (Huber 1964)."""
NORMAL = 1.4826
"""Standard deviations in a median of absolute errors, where errors are normal."""
SMALL = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A table with the interval (low, high) of each figure, by name.

    `assumed` names the edits that never came up: their seconds are those assumed before.
    `pictures` were measured; `error` is the median of |measured - expected| seconds a picture.
    """

    costs: CostTable
    intervals: Mapping[str, tuple[float, float]]
    assumed: tuple[str, ...]
    pictures: int
    error: float


def fit(counts: NDArray[np.int64], seconds: Floats, before: CostTable, *, seed: int = 0) -> Fitted:
    """The seconds of each edit that explain measured times best; none is negative.

    `counts` (P, 6) edits and measured `seconds` (P,), NaN for a picture without; `before`: assumed
    for edits that never came up. Non-negative least squares (Lawson and Hanson 1974), in which
    pictures far off count less: somebody went for coffee. Intervals of 95 % by a bootstrap over
    pictures. FormatError for fewer than `LEAST` pictures.
    """
    there = np.isfinite(seconds)
    rows, times = counts[there].astype(np.float64), seconds[there]
    if len(times) < LEAST:
        raise FormatError(
            f"{len(times)} pictures have a time, expected {LEAST} at least",
            hint="50 and more give figures to rely on",
        )
    seen = rows.any(axis=0)
    found = _solve(rows[:, seen], times)
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(times), (REPEATS, len(times)))
    spread = np.array([_solve(rows[draw][:, seen], times[draw]) for draw in draws])
    low, high = np.quantile(spread, [0.025, 0.975], axis=0)
    names = [EDITS[k] for k in np.flatnonzero(seen)]
    values = before.as_json() | {n: float(v) for n, v in zip(names, found, strict=True)}
    return Fitted(
        CostTable(**values),
        {n: (float(a), float(b)) for n, a, b in zip(names, low, high, strict=True)},
        tuple(name for name in EDITS if name not in names),
        len(times),
        float(np.median(np.abs(times - rows[:, seen] @ found))),
    )


def _solve(rows: Floats, times: Floats) -> Floats:
    """Least squares without negative figures, reweighted until far pictures weigh little."""
    from scipy.optimize import nnls

    weights = np.ones(len(times))
    figures = np.zeros(rows.shape[1])
    for _ in range(ROUNDS):
        roots = np.sqrt(weights)
        last, (figures, _) = figures, nnls(rows * roots[:, None], times * roots)
        errors = np.abs(times - rows @ figures)
        reach = FAR * max(NORMAL * float(np.median(errors)), SMALL)
        weights = np.minimum(1.0, reach / np.maximum(errors, SMALL))
        if np.allclose(figures, last, atol=1e-4):
            break
    return figures
