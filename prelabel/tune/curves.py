"""`Curve`: the chance of something by score and class; `fit` and `fitted` learn it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["SPREADS", "Curve", "Points", "fit", "fitted", "log_odds"]

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]

EDGE = 1e-4
"""Scores are kept this far from 0 and 1 before their log-odds are taken."""
SPREADS = (0.25, 0.5, 1.0)
"""How far classes may lie apart (standard deviation of log-odds): what `fitted` chooses from."""
SURE = 1.0
"""Standard errors by which a wider spread must be better."""
FOLDS = 5
STIFFNESS = np.array([0.1, 1.0])
"""Precision of what is believed of intercept and slope before anything is seen."""
STEPS = 50
NEAR, SMALL = 1e-6, 1e-9
"""A step so short ends the search; a height so little less is no descent."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """``sigmoid(intercept + slope * log-odds of the score + offset of the class)``.

    `offsets` (C,), one for each class; 0 where nothing tells a class from the others.
    """

    intercept: float
    slope: float
    offsets: Floats

    def chances(self, scores: ArrayLike, labels: ArrayLike) -> Floats:
        """(N,) chances of scores (N,) in classes (N,); a class of -1 is any class."""
        labels = np.asarray(labels, dtype=np.int64)
        own = np.append(self.offsets, 0.0)[np.where(labels < 0, len(self.offsets), labels)]
        return _sigmoid(self.intercept + self.slope * log_odds(scores) + own)


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """What a curve is learned from: N rows with their score, class, picture and answer.

    `weights` (N,): detections of one class in one picture say much the same, and count less.
    """

    odds: Floats
    labels: Ints
    pictures: Ints
    happened: NDArray[np.bool_]
    weights: Floats

    def __getitem__(self, rows: NDArray) -> Points:
        return Points(*(getattr(self, name)[rows] for name in self.__slots__))


def log_odds(scores: ArrayLike) -> Floats:
    """Log-odds of scores; a shape without a score counts as certain."""
    kept = np.nan_to_num(np.asarray(scores, dtype=np.float64), nan=1.0)
    kept = np.clip(kept, EDGE, 1 - EDGE)
    odds: Floats = np.log(kept) - np.log1p(-kept)
    return odds


def fitted(points: Points, classes: int, slope: float = 1.0) -> Curve:
    """The curve with the spread between classes that foretells held-out pictures best.

    Where classes do not differ, or too little is known of them, that is 0: one curve for all.
    """
    numbers = np.unique(points.pictures)
    if len(numbers) < 2 * FOLDS or classes < 2:
        return fit(points, classes, 0.0, slope)
    parts = np.random.default_rng(0).permutation(len(numbers)) % FOLDS
    place = np.searchsorted(numbers, points.pictures)
    losses = [_held_out(points, parts[place], place, classes, s, slope) for s in SPREADS]
    return fit(points, classes, SPREADS[_chosen(losses)], slope)


def _chosen(losses: list[Floats]) -> int:
    """The first, unless a later one is better by more than chance would have it.

    `losses`: log-loss of each held-out picture under each spread.
    """
    gains = [losses[0] - other for other in losses]
    sure = [g.sum() > SURE * g.std() * np.sqrt(len(g)) for g in gains]
    return int(np.argmax([g.sum() if s else 0.0 for g, s in zip(gains, sure, strict=True)]))


def fit(points: Points, classes: int, spread: float, slope: float = 1.0) -> Curve:
    """The most likely curve where offsets of classes are normal with a deviation of `spread`.

    Intercept and slope lean on 0 and `slope`, so that a handful of rows, or rows that all say yes,
    give a curve as well. Newton's steps on the log-posterior, which has one maximum; a step that
    leaps over it is halved. Offsets are eliminated: they meet only through intercept and slope.
    """
    believed = Curve(0.0, slope, np.zeros(classes))
    found, height = believed, _height(believed, points, believed, spread)
    for _ in range(STEPS):
        line, offsets = _step(points, found, believed, spread)
        for _ in range(STEPS):
            tried = Curve(found.intercept + line[0], found.slope + line[1], found.offsets + offsets)
            reached = _height(tried, points, believed, spread)
            if reached >= height - SMALL:
                break
            line, offsets = line / 2, offsets / 2
        found, height = tried, reached
        if max(np.abs(line).max(), np.abs(offsets).max(initial=0)) < NEAR:
            break
    return Curve(float(found.intercept), float(found.slope), found.offsets)


def _height(curve: Curve, points: Points, believed: Curve, spread: float) -> float:
    """The log-posterior, but for a constant."""
    away = np.array([curve.intercept - believed.intercept, curve.slope - believed.slope])
    apart = float(curve.offsets @ curve.offsets) / (2 * spread**2) if spread else 0.0
    return -float(_loss(curve, points).sum() + STIFFNESS @ away**2 / 2) - apart


def _held_out(
    points: Points, part: Ints, place: Ints, classes: int, spread: float, slope: float
) -> Floats:
    """Log-loss of each picture under the curve of the other parts."""
    losses = np.zeros(len(points.odds))
    for k in range(FOLDS):
        losses[part == k] = _loss(fit(points[part != k], classes, spread, slope), points[part == k])
    return np.bincount(place, losses).astype(np.float64)


def _step(points: Points, curve: Curve, believed: Curve, spread: float) -> tuple[Floats, Floats]:
    """Newton's step of intercept and slope (2,), and of the offsets (C,)."""
    chances = _sigmoid(_odds(curve, points))
    slopes = points.weights * (points.happened - chances)
    bends = points.weights * chances * (1 - chances)
    design = np.stack([np.ones(len(points.odds)), points.odds])
    away = np.array([curve.intercept - believed.intercept, curve.slope - believed.slope])
    gradient = design @ slopes - STIFFNESS * away
    curvature = (design * bends) @ design.T + np.diag(STIFFNESS)
    if not spread:
        return np.linalg.solve(curvature, gradient), np.zeros_like(curve.offsets)
    count = len(curve.offsets)
    own = np.bincount(points.labels, bends, count) + 1 / spread**2
    pull = np.bincount(points.labels, slopes, count) - curve.offsets / spread**2
    cross = np.stack([np.bincount(points.labels, bends * column, count) for column in design])
    shared = cross / own
    step = np.linalg.solve(curvature - shared @ cross.T, gradient - shared @ pull)
    return step, (pull - cross.T @ step) / own


def _odds(curve: Curve, points: Points) -> Floats:
    """(N,) log-odds of each row."""
    return curve.intercept + curve.slope * points.odds + curve.offsets[points.labels]


def _loss(curve: Curve, points: Points) -> Floats:
    """Log-loss of each row."""
    odds = _odds(curve, points)
    surprise = np.logaddexp(0.0, np.where(points.happened, -odds, odds))
    return points.weights * surprise


def _sigmoid(odds: Floats) -> Floats:
    chances: Floats = 0.5 * (1.0 + np.tanh(0.5 * odds))
    return chances
