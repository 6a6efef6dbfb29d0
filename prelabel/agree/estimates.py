"""Figures with their intervals: pictures are drawn anew, all figures are made of the same draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from geometry import intervals
from prelabel.agree.asking import Asked
from prelabel.agree.record import Scores
from prelabel.compare.counts import Counts
from prelabel.compare.figures import Figures
from prelabel.reports import Estimate

__all__ = ["Estimates"]

Floats = NDArray[np.float64]

CHUNK = 200
"""Classes whose figures are drawn at a time: 1,000 draws of their counts take 11 MB."""
FEW = 5
"""Pictures below which drawing them anew says nothing about the spread."""


@dataclass(slots=True, eq=False)
class Estimates:
    """The scores of pairs of raters, of raters, of all, and of classes.

    Each of `by_pair` and `by_class` is (3, value | low | high, K): F1, mean IoU, PQ.
    """

    found: Figures
    asked: Asked
    classes: Counts = field(init=False)
    """Counts of each class over all pairs of raters, (C,)."""
    by_mean: Floats = field(init=False)
    by_class: Floats = field(init=False)
    _members: list[list[int]] = field(init=False)

    def __post_init__(self) -> None:
        pairs = self.found.pairs
        raters = range(len(self.found.raters))
        own = [[k for k, p in enumerate(pairs) if r in (p.a, p.b)] for r in raters]
        self._members = [list(range(len(pairs))), *([k] for k in range(len(pairs))), *own]
        sums = np.stack([pair.by_group.values.sum(axis=1) for pair in pairs], axis=1)
        self.by_mean = self._drawn(sums, self._means)
        groups = np.zeros_like(pairs[0].by_group.values)
        for pair in pairs:
            groups += pair.by_group.values
        self.classes = Counts(groups.sum(axis=0))
        parts = [groups[:, k : k + CHUNK] for k in range(0, groups.shape[1], CHUNK)]
        none = np.empty((3, 3, 0))
        self.by_class = np.concatenate([none, *(self._of_classes(p) for p in parts)], axis=2)

    def overall(self) -> Scores:
        """Means over all pairs."""
        return _read(self.by_mean, 0)

    def of_pair(self, k: int) -> Scores:
        """The k-th pair."""
        return _read(self.by_mean, 1 + k)

    def of_rater(self, r: int) -> Scores:
        """Means over the pairs that the rater is one of."""
        return _read(self.by_mean, 1 + len(self.found.pairs) + r)

    def of_class(self, k: int) -> Scores:
        """The k-th class, counts of all pairs together."""
        return _read(self.by_class, k)

    def _means(self, sums: Floats) -> Floats:
        """Scores of counts (..., P, 7): means over the pairs of each member, (..., 3, K)."""
        each = _scores(sums)
        return np.stack([_mean(each, members) for members in self._members], axis=-1)

    def _of_classes(self, sums: Floats) -> Floats:
        """Scores of counts (G, C, 7): no interval for a class that too few pictures hold."""
        enough = (Counts(sums).objects > 0).sum(axis=0) >= FEW
        found = np.full((3, 3, sums.shape[1]), np.nan)
        found[:, 0] = _present(sums.sum(axis=0))
        if enough.any():
            found[..., enough] = self._drawn(sums[:, enough], _present)
        return found

    def _drawn(self, sums: Floats, figure: intervals.Figure) -> Floats:
        """Value, low and high of a figure of the counts of groups of pictures, (3, 3, K)."""
        value = np.asarray(figure(sums.sum(axis=0)))
        low = high = np.full_like(value, np.nan)
        if self.asked.repeats:
            low, high = intervals.bootstrap(
                sums,
                figure,
                repeats=self.asked.repeats,
                seed=self.asked.seed,
                level=self.asked.level,
            )
        return np.stack([value, low, high], axis=1)


def _scores(sums: Floats) -> Floats:
    """F1, mean IoU and PQ of counts (..., K, 7), (..., 3, K)."""
    counts = Counts(sums)
    return np.stack([counts.f1(), counts.mean_iou(), counts.pq()], axis=-2)


def _present(sums: Floats) -> Floats:
    """Scores as `_scores`; NaN, not 1, where nothing was drawn: a class is about its objects."""
    nothing = Counts(sums).objects == 0
    return np.where(nothing[..., None, :], np.nan, _scores(sums))


def _mean(each: Floats, members: Sequence[int]) -> Floats:
    """NaN for a rater who has no pictures in common with another."""
    if not members:
        return np.full(each.shape[:-1], np.nan)
    mean: Floats = each[..., members].mean(axis=-1)
    return mean


def _read(found: Floats, k: int) -> Scores:
    return Scores(*(Estimate(*found[score, :, k].tolist()) for score in range(3)))
