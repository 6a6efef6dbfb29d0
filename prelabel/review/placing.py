"""How well models' outlines fit the labels on the whole, and which labels they fit too badly."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prelabel.review.features import ALIKE, Features
from prelabel.review.logistic import logit

__all__ = ["Placing"]

Floats = NDArray[np.float64]

FREEDOM = 4.0
"""Degrees of freedom of Student's t: models now and then err much."""
BAD = (0.1, 0.9)
"""Likeness of a badly placed label to its object: anything between these."""
ROUNDS = 20
LEAST = 0.15
"""Least spread of the log-odds of the likeness."""
FEW = 10
"""Pairs that it takes to learn a line."""
WRONG = 0.02
"""Share of badly placed labels before anything is known."""
PRIOR = 200.0
"""So many pairs that belief is worth."""


@dataclass(frozen=True, slots=True, eq=False)
class Placing:
    """The log-odds of the likeness are `weights` (4,) times what is known, give or take `spread`.

    `share`: of labels that are badly placed.
    """

    weights: Floats
    spread: float
    share: float

    @staticmethod
    def learned(features: Features, objects: Floats, likeness: Floats) -> Placing:
        """From N pairs of a label and a candidate of its class; `objects` (N,) their chances."""
        columns, odds = _columns(features, objects), logit(likeness)
        if len(odds) < FEW:
            return Placing(np.array([2.0, 0, 0, 0]), 1.0, WRONG)
        voices = np.where(likeness >= 0.5, 1.0, 0.1)
        weights, spread = np.zeros(4), 1.0
        for _ in range(ROUNDS):
            weights = _line(columns, odds, voices)
            away = odds - columns @ weights
            spread = max(LEAST, 1.4826 * float(np.median(np.abs(away))))
            voices = 1 / (1 + (away / spread) ** 2 / FREEDOM)
        made = Placing(weights, spread, WRONG)
        for _ in range(ROUNDS):
            bad = float(made._posterior(columns, likeness).sum())
            made = Placing(weights, spread, (bad + WRONG * PRIOR) / (len(odds) + PRIOR))
        return made

    def bad(self, features: Features, objects: Floats, likeness: Floats) -> Floats:
        """(N,) chance that a label is badly placed, by its likeness to what models say."""
        return self._posterior(_columns(features, objects), likeness)

    def _posterior(self, columns: Floats, likeness: Floats) -> Floats:
        kept = np.clip(likeness, 0.01, 0.99)
        away = (logit(kept) - columns @ self.weights) / self.spread
        scale = math.gamma((FREEDOM + 1) / 2) / math.gamma(FREEDOM / 2)
        scale /= math.sqrt(FREEDOM * math.pi) * self.spread
        good = scale * (1 + away**2 / FREEDOM) ** (-(FREEDOM + 1) / 2) / (kept * (1 - kept))
        flat = np.where((kept <= BAD[1]) & (away < 0), 1 / (BAD[1] - BAD[0]), 0.0)
        wrong = self.share * flat
        return wrong / (wrong + (1 - self.share) * good)


def _columns(features: Features, objects: Floats) -> Floats:
    near = np.nan_to_num(features.near - ALIKE)
    return np.column_stack([np.ones(len(objects)), logit(objects), features.side, near])


def _line(columns: Floats, odds: Floats, voices: Floats) -> Floats:
    weighted = columns * voices[:, None]
    line = np.linalg.solve(weighted.T @ columns + 0.1 * np.eye(4), weighted.T @ odds)
    return np.asarray(line, dtype=np.float64)
