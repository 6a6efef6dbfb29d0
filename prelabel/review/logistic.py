"""Logistic regression that leans on what is believed beforehand, for as few as some dozen rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Belief", "Fit", "fit", "logit", "sigmoid"]

Floats = NDArray[np.float64]

EDGE = 1e-3
"""Chances are kept this far from 0 and 1 before their log-odds are taken."""
STEPS = 50
"""Newton's steps at most; some five are needed."""


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """What is thought of the weights before any row is seen: normal, independent.

    `centre` (F,) where each weight is expected, `spread` (F,) its standard deviation; 0 holds a
    weight where it is.
    """

    centre: Floats
    spread: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Weights (F,), and their covariance (F, F) as far as the rows and the belief tell it."""

    weights: Floats
    covariance: Floats

    def chances(self, rows: Floats) -> Floats:
        """(N,) chance of each row (N, F)."""
        return sigmoid(rows @ self.weights)

    @staticmethod
    def of(belief: Belief) -> Fit:
        """The belief itself, for want of rows."""
        return Fit(belief.centre, np.diag(belief.spread**2))


def sigmoid(odds: Floats) -> Floats:
    """Chance of log-odds."""
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(odds, dtype=np.float64)))


def logit(chances: Floats) -> Floats:
    """Log-odds of chances, which are kept `EDGE` from 0 and 1; NaN stays."""
    kept = np.clip(np.asarray(chances, dtype=np.float64), EDGE, 1 - EDGE)
    return np.log(kept) - np.log1p(-kept)


def fit(rows: Floats, happened: NDArray[np.bool_], belief: Belief) -> Fit:
    """The most likely weights of rows (N, F) of which some `happened` (N,).

    Newton's steps on the log-posterior, which has one maximum; a step that would not climb is
    halved. No rows at all give the belief.
    """
    free = belief.spread > 0
    if not len(rows) or not free.any():
        return Fit.of(belief)
    weights = belief.centre.astype(np.float64)
    stiffness = 1.0 / belief.spread[free] ** 2
    for _ in range(STEPS):
        slope, curve = _slopes(rows, happened, weights, belief, free, stiffness)
        step = np.linalg.solve(curve, slope)
        before = _height(rows, happened, weights, belief, free)
        for _ in range(STEPS):
            tried = weights.copy()
            tried[free] += step
            if _height(rows, happened, tried, belief, free) >= before - 1e-12:
                break
            step = step / 2
        weights = tried
        if np.abs(step).max() < 1e-8:
            break
    covariance = np.zeros((len(weights), len(weights)))
    covariance[np.ix_(free, free)] = np.linalg.inv(
        _slopes(rows, happened, weights, belief, free, stiffness)[1]
    )
    return Fit(weights, covariance)


def _slopes(
    rows: Floats,
    happened: NDArray[np.bool_],
    weights: Floats,
    belief: Belief,
    free: NDArray[np.bool_],
    stiffness: Floats,
) -> tuple[Floats, Floats]:
    """Gradient (F',) and curvature (F', F') of the log-posterior over the free weights."""
    chances, x = sigmoid(rows @ weights), rows[:, free]
    slope = x.T @ (happened - chances) - stiffness * (weights - belief.centre)[free]
    spread = chances * (1 - chances)
    return slope, (x * spread[:, None]).T @ x + np.diag(stiffness)


def _height(
    rows: Floats,
    happened: NDArray[np.bool_],
    weights: Floats,
    belief: Belief,
    free: NDArray[np.bool_],
) -> float:
    """The log-posterior, but for a constant."""
    odds = rows @ weights
    told = float((happened * odds - np.logaddexp(0.0, odds)).sum())
    away = (weights - belief.centre)[free] / belief.spread[free]
    return told - 0.5 * float(away @ away)
