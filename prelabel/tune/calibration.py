"""`Calibration`: how likely a detection is right, to be moved, of another class, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prelabel.cost.table import CostTable
from prelabel.errors import SettingsError
from prelabel.tune.curves import Curve, Points, fitted, log_odds
from prelabel.tune.examples import (
    KEPT,
    MOVED,
    NOTHING,
    OUTCOMES,
    RELABELLED,
    REMADE,
    UNKNOWN,
    Examples,
)

__all__ = ["Calibration", "calibrate", "savings"]

Floats = NDArray[np.float64]

ALIKE = 0.1
"""Correlation of what becomes of detections of one class in one picture."""
CURVES = ("object", "other", "exact")


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Chances of a model's detections by score and class.

    `labels` are names of classes, which label numbers index. `object`: that a detection is an
    object at all; `other`: that an object is of another class; `exact`: that an object's outline
    stands as it is.
    """

    labels: tuple[str, ...]
    object: Curve
    other: Curve
    exact: Curve

    def outcomes(self, scores: ArrayLike, labels: ArrayLike) -> Floats:
        """(N, 5) chances of kept, moved, relabelled, both and nothing, for scores and classes (N,).

        A class of -1 is any class; rows add up to 1; no detections give (0, 5).
        """
        found = self.object.chances(scores, labels)
        other, exact = (c.chances(scores, labels) for c in (self.other, self.exact))
        table = np.empty((len(found), OUTCOMES))
        table[:, KEPT] = found * (1 - other) * exact
        table[:, MOVED] = found * (1 - other) * (1 - exact)
        table[:, RELABELLED] = found * other * exact
        table[:, REMADE] = found * other * (1 - exact)
        table[:, NOTHING] = 1 - found
        return table

    def right(self, scores: ArrayLike, labels: ArrayLike) -> Floats:
        """(N,) chance that a detection needs no correction at all."""
        return self.outcomes(scores, labels)[:, KEPT]

    def correct(self, scores: ArrayLike, labels: ArrayLike) -> Floats:
        """(N,) chance that a detection is an object of its class."""
        return self.outcomes(scores, labels)[:, [KEPT, MOVED]].sum(axis=1)

    def as_json(self) -> dict[str, Any]:
        """Plain values; `of_json` reads them."""
        curves = {name: getattr(self, name) for name in CURVES}
        return {
            "labels": list(self.labels),
            **{
                name: {"intercept": c.intercept, "slope": c.slope, "offsets": c.offsets.tolist()}
                for name, c in curves.items()
            },
        }

    @staticmethod
    def of_json(values: Mapping[str, Any], where: str = "") -> Calibration:
        """What `as_json` made; SettingsError for anything else."""
        try:
            labels = tuple(str(name) for name in values["labels"])
            curves = [_curve(values[name], len(labels)) for name in CURVES]
        except (KeyError, TypeError, ValueError) as error:
            raise SettingsError(f"is no calibration: {error!r}", where=where) from error
        return Calibration(labels, *curves)


def calibrate(examples: Examples, labels: Sequence[str]) -> Calibration:
    """Learn from detections that somebody corrected.

    A class differs from the others as far as its own pictures say so, and as far as classes are
    found to differ at all: a rare one goes with the rest. Detections in crowds teach nothing; none
    at all give what is believed beforehand, a score that tells the truth.
    """
    known = examples[examples.outcomes != UNKNOWN]
    objects = known[known.outcomes != NOTHING]
    other = np.isin(objects.outcomes, (RELABELLED, REMADE))
    exact = np.isin(objects.outcomes, (KEPT, RELABELLED))
    count = len(labels)
    return Calibration(
        tuple(labels),
        fitted(_points(known, known.outcomes != NOTHING), count),
        fitted(_points(objects, other), count, slope=0.0),
        fitted(_points(objects, exact), count, slope=0.5),
    )


def savings(chances: Floats, costs: CostTable) -> Floats:
    """Seconds that are saved by showing detections of (N, 5) chances, (N,); below 0: lost.

    An object that is shown need not be drawn; what is nothing must be deleted.
    """
    saved = np.empty(OUTCOMES)
    saved[KEPT] = costs.draw - costs.verify
    saved[MOVED] = costs.draw - costs.adjust
    saved[RELABELLED] = costs.draw - costs.relabel
    saved[REMADE] = costs.draw - costs.relabel - costs.adjust
    saved[NOTHING] = -costs.delete
    gains: Floats = chances @ saved
    return gains


def _points(examples: Examples, happened: NDArray[np.bool_]) -> Points:
    own = examples.pictures * (int(examples.labels.max(initial=0)) + 1) + examples.labels
    _, group, sizes = np.unique(own, return_inverse=True, return_counts=True)
    weights = 1 / (1 + (sizes[group] - 1) * ALIKE)
    odds = log_odds(examples.scores)
    return Points(odds, examples.labels, examples.pictures, happened, weights)


def _curve(values: Mapping[str, Any], count: int) -> Curve:
    offsets = np.array(values["offsets"], dtype=np.float64)
    if offsets.shape != (count,):
        raise ValueError(f"{len(offsets)} offsets of {count} classes")
    return Curve(float(values["intercept"]), float(values["slope"]), offsets)
