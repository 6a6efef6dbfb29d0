"""What is known of candidates before anybody has looked: the columns that chances are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from prelabel.review.candidates import Candidates
from prelabel.review.logistic import Belief, logit, sigmoid
from prelabel.tune.calibration import Calibration

__all__ = ["Features", "sides"]

Floats = NDArray[np.float64]
Size = tuple[int, int] | None

UNKNOWN = 640.0
"""Side of a picture whose size is not known, in pixels."""
USUAL = 0.1
"""The side of a usual object over that of its picture."""
NOBODY = 0.05
"""The chance that a model gives an object that it does not propose at all."""
ALIKE = 0.85
"""Likeness of two models' outlines of one object, on the whole."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """N candidates, of one or of many pictures, by M models.

    `objects` (N, M): the chance that it is an object by each model's calibrated score, NaN where a
    model proposes no such object; `looked` (N, M). By the model that found it first: `named` (N,)
    the chance that an object's class is right, `exact` (N,) that its outline is. `repeated` (N,);
    `near` (N,): mean likeness of the other models' outlines, NaN for none; `side` (N,): log2 of the
    object's side over a usual one's; `rival` (N,): chance of the best candidate of another class in
    the same place, 0 for none.
    """

    objects: Floats
    looked: NDArray[np.bool_]
    named: Floats
    exact: Floats
    repeated: Floats
    near: Floats
    side: Floats
    rival: Floats

    def __len__(self) -> int:
        return len(self.named)

    def __getitem__(self, rows: NDArray) -> Features:
        return Features(*(getattr(self, name)[rows] for name in self.__slots__))

    @staticmethod
    def concat(parts: Sequence[Features]) -> Features:
        """The candidates of several pictures, one after another."""
        names = Features.__slots__
        return Features(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))

    @staticmethod
    def of(
        found: Candidates, calibrations: Sequence[Calibration], sizes: Sequence[Size] = ()
    ) -> Features:
        """`calibrations` are the models'; `sizes` (width, height) those of the pictures."""
        n, labels = len(found), found.table.labels
        objects = np.full((n, len(calibrations)), np.nan)
        named, exact = np.empty(n), np.empty(n)
        for m, calibration in enumerate(calibrations):
            there, own = ~np.isnan(found.scores[:, m]), found.owner == m
            scores = found.scores[:, m]
            objects[there, m] = calibration.object.chances(scores[there], labels[there])
            named[own] = 1 - calibration.other.chances(scores[own], labels[own])
            exact[own] = calibration.exact.chances(scores[own], labels[own])
        pooled = _pooled(objects, found.looked)
        rival = np.where(found.rival >= 0, pooled[found.rival], 0.0) if n else pooled
        return Features(
            objects,
            found.looked,
            named,
            exact,
            found.repeated,
            _near(found),
            sides(found.table, sizes),
            rival,
        )

    @property
    def pooled(self) -> Floats:
        """(N,) the mean of the models' log-odds, as a chance: what is thought without evidence."""
        return _pooled(self.objects, self.looked)

    def of_object(self) -> tuple[Floats, Belief]:
        """Columns that tell whether a candidate is an object at all, and their belief.

        Beforehand the models have equal voices, and a shape that repeats a better one, or has a
        better one of another class in its place, counts less.
        """
        models = self.objects.shape[1]
        silent = self.looked & np.isnan(self.objects)
        voices = np.maximum(self.looked.sum(axis=1, keepdims=True), 1)
        said = np.nan_to_num(logit(self.objects)) / voices
        unsaid = silent * float(logit(np.array(NOBODY))) / voices
        columns = [said, unsaid, self.repeated[:, None], self.rival[:, None], self._common()]
        return np.concatenate(columns, axis=1), Belief(
            np.concatenate([np.ones(2 * models), [-2.0, -1.0, 0.0, 0.0]]),
            np.concatenate([np.full(2 * models, 0.5), [1.5, 1.0, 0.3, 1.0]]),
        )

    def of_class(self) -> tuple[Floats, Belief]:
        """Columns that tell whether an object's class is right: its odds, those of a rival too."""
        contended = self.rival > 0
        odds = np.where(contended, logit(self.pooled) - logit(self.rival), 0.0)
        columns = np.column_stack([logit(self.named), odds, contended, self._common()])
        return columns, Belief(
            np.array([1.0, 0.5, -2.0, 0.0, 0.0]), np.array([0.3, 0.3, 1.0, 0.3, 1.0])
        )

    def of_outline(self) -> tuple[Floats, Belief]:
        """Columns that tell whether the outline of an object fits exactly."""
        near = np.nan_to_num(self.near - ALIKE)
        columns = np.column_stack([logit(self.exact), near, self._common()])
        return columns, Belief(np.array([1.0, 6.0, 0.0, 0.0]), np.array([0.3, 4.0, 0.3, 1.0]))

    def _common(self) -> Floats:
        return np.column_stack([self.side, np.ones(len(self))])


def sides(table: Annotations, sizes: Sequence[Size] = ()) -> Floats:
    """(N,) log2 of the root of an object's area, in usual sides of its picture; 0 for a tag."""
    area = np.prod(np.maximum(table.boxes[:, 2:] - table.boxes[:, :2], 1.0), axis=1)
    whole = np.array([np.sqrt(s[0] * s[1]) if s else UNKNOWN for s in sizes])
    of_picture = whole[table.images] if len(whole) else np.full(len(table), UNKNOWN)
    side = np.log2(np.sqrt(area) / (USUAL * of_picture))
    return np.where(np.isnan(side), 0.0, np.clip(side, -4, 4))


def _near(found: Candidates) -> Floats:
    """(N,) mean likeness of the rows of other models than the one that found it first."""
    others = found.likeness.copy()
    others[np.arange(len(found)), found.owner] = np.nan
    told = (~np.isnan(others)).sum(axis=1)
    return np.where(told > 0, np.nansum(others, axis=1) / np.maximum(told, 1), np.nan)


def _pooled(objects: Floats, looked: NDArray[np.bool_]) -> Floats:
    odds = np.where(looked, logit(np.where(np.isnan(objects), NOBODY, objects)), 0.0)
    return sigmoid(odds.sum(axis=1) / np.maximum(looked.sum(axis=1), 1))
