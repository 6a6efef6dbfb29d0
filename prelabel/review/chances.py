"""How likely candidates are objects, of the right class, and exactly outlined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prelabel.cost.edits import RIGHT
from prelabel.review.candidates import Candidates
from prelabel.review.features import Features, Size
from prelabel.review.logistic import Belief, Fit, fit
from prelabel.review.outcomes import Outcome
from prelabel.tune.calibration import Calibration, calibrate
from prelabel.tune.examples import KEPT, MOVED, NOTHING, RELABELLED, REMADE, UNKNOWN, Examples

__all__ = ["Chances", "Judge", "Known", "judge"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

ENOUGH = 40_000
"""Candidates to learn from; of more pictures than have so many, an even sample is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Chances:
    """Of N candidates, (N,) each: that it is an object at all, then that its class is right, then
    that its outline needs no correction."""

    object: Floats
    named: Floats
    exact: Floats

    @property
    def same(self) -> Floats:
        """(N,) that it is an object of its class."""
        return self.object * self.named

    def __getitem__(self, rows: NDArray) -> Chances:
        return Chances(self.object[rows], self.named[rows], self.exact[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """Candidates of some pictures, their outcomes, and the pictures' sizes and numbers."""

    candidates: Candidates
    outcome: Outcome
    sizes: Sequence[Size]
    first: int
    """The number of the first picture."""

    def pictures(self) -> Ints:
        """(N,) number of the picture of each candidate."""
        return self.first + self.candidates.table.images.astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """Gives chances to candidates, as pictures that somebody corrected have taught it."""

    calibrations: tuple[Calibration, ...]
    object: Fit
    named: Fit
    exact: Fit

    def features(self, found: Candidates, sizes: Sequence[Size]) -> Features:
        """What is known of candidates."""
        return Features.of(found, self.calibrations, sizes)

    def chances(self, features: Features) -> Chances:
        """Those of N candidates."""
        return Chances(
            self.object.chances(features.of_object()[0]),
            self.named.chances(features.of_class()[0]),
            self.exact.chances(features.of_outline()[0]),
        )


def judge(known: Sequence[Known], labels: Sequence[str], models: int) -> Judge:
    """Learn from pictures whose outcomes are known; from none it has its beliefs only.

    Each model's scores are calibrated by themselves; then the models' voices are joined. Candidates
    that a crowd covers teach nothing.
    """
    told = [_told(k, known) for k in known]
    calibrations = tuple(calibrate(_examples(known, told, m), labels) for m in range(models))
    parts = [
        Features.of(k.candidates, calibrations, k.sizes)[t]
        for k, t in zip(known, told, strict=True)
    ]
    if not parts:
        return Judge(calibrations, *_beliefs(models))
    rows = Features.concat(parts)
    found, mistaken, likeness = (
        np.concatenate([getattr(k.outcome, name)[t] for k, t in zip(known, told, strict=True)])
        for name in ("found", "mistaken", "likeness")
    )
    there, every = found | mistaken, np.ones(len(rows), dtype=bool)
    return Judge(
        calibrations,
        _fit(rows.of_object(), there, every),
        _fit(rows.of_class(), found, there),
        _fit(rows.of_outline(), likeness >= RIGHT, found),
    )


def _told(one: Known, all_: Sequence[Known]) -> Bools:
    """(N,) the candidates to learn from: of an even sample of pictures, not in a crowd."""
    step = -(-sum(len(k.candidates) for k in all_) // ENOUGH)
    return ~one.outcome.ignored & (one.pictures() % max(step, 1) == 0)


def _examples(known: Sequence[Known], told: Sequence[Bools], model: int) -> Examples:
    """What became of one model's rows."""
    nothing = Examples(*(np.empty(0, dtype=t) for t in (float, int, int, int)))
    parts = [nothing]
    for one, rows in zip(known, told, strict=True):
        there = rows & ~np.isnan(one.candidates.scores[:, model])
        parts.append(
            Examples(
                one.candidates.scores[there, model],
                one.candidates.table.labels[there].astype(np.int64),
                _outcomes(one.outcome)[there],
                one.pictures()[there],
            )
        )
    return Examples.concat(parts)


def _outcomes(outcome: Outcome) -> Ints:
    exact = outcome.likeness >= RIGHT
    found = np.where(exact, KEPT, MOVED)
    mistaken = np.where(exact, RELABELLED, REMADE)
    told = np.where(outcome.found, found, np.where(outcome.mistaken, mistaken, NOTHING))
    return np.where(outcome.ignored, UNKNOWN, told).astype(np.int64)


def _beliefs(models: int) -> tuple[Fit, Fit, Fit]:
    none = np.empty(0)
    blank = Features(np.empty((0, models)), np.empty((0, models), bool), *[none] * 6)
    columns = (blank.of_object(), blank.of_class(), blank.of_outline())
    first, second, third = (Fit.of(belief) for _, belief in columns)
    return first, second, third


def _fit(columns: tuple[Floats, Belief], happened: Bools, told: Bools) -> Fit:
    rows, belief = columns
    return fit(rows[told], happened[told], belief)
