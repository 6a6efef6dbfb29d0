"""Classes of both sides by name, and how their keypoints are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.dataset import Label
from formats.errors import FormatError
from prelabel.evaluate import sigmas
from prelabel.evaluate.sigmas import Sigmas

__all__ = ["Classes", "Keypoints", "keypoints"]


@dataclass(frozen=True, slots=True)
class Classes:
    """The labels of both sides, and a category id from 1 for each name of the truth."""

    pred: tuple[Label, ...]
    truth: tuple[Label, ...]
    ids: Mapping[str, int]

    @staticmethod
    def of(pred: Sequence[Label], truth: Sequence[Label]) -> Classes:
        """Two labels of one name are one class."""
        names = dict.fromkeys(label.name for label in truth)
        return Classes(tuple(pred), tuple(truth), {name: i for i, name in enumerate(names, 1)})

    def names(self) -> dict[int, str]:
        """Category id -> name."""
        return {id_: name for name, id_ in self.ids.items()}

    def categories(self, labels: Sequence[Label]) -> NDArray[np.int64]:
        """The category id of each label, 0 where the truth does not know its name."""
        return np.array([self.ids.get(label.name, 0) for label in labels], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Keypoints:
    """By category id: how many keypoints, where predictions keep them, their sigmas."""

    counts: Mapping[int, int] = field(default_factory=dict)
    orders: Mapping[int, NDArray[np.intp]] = field(default_factory=dict)
    sigmas: Mapping[int, NDArray[np.float64]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def keypoints(classes: Classes, tables: Sequence[Annotations], sigma: Sigmas) -> Keypoints:
    """What to compare of every class of the truth that has keypoints.

    `tables` are the truth's: they tell the number of keypoints where a label names none.
    """
    widths = _widths(classes, tables)
    counts = {
        id_: count
        for label, id_ in zip(
            classes.truth, classes.categories(classes.truth).tolist(), strict=True
        )
        if (count := len(label.keypoints) or widths.get(id_, 0))
    }
    named = {classes.ids[label.name]: label for label in classes.truth}
    values = {id_: sigmas.of(named[id_], count, sigma) for id_, count in counts.items()}
    orders = {
        classes.ids[label.name]: order
        for label in classes.pred
        if classes.ids.get(label.name) in counts
        and (order := _order(label, named[classes.ids[label.name]])) is not None
    }
    said = tuple(says for _, says in values.values())
    return Keypoints(counts, orders, {id_: array for id_, (array, _) in values.items()}, said)


def _widths(classes: Classes, tables: Sequence[Annotations]) -> dict[int, int]:
    """The most keypoints that a row of each category has."""
    ids = classes.categories(classes.truth)
    widest: dict[int, int] = {}
    for table in tables:
        if table.keypoints is None or not len(table):
            continue
        there = np.isfinite(table.keypoints[:, :, 2])
        counts = np.where(there, np.arange(1, there.shape[1] + 1), 0).max(axis=1, initial=0)
        for id_, count in zip(ids[table.labels].tolist(), counts.tolist(), strict=True):
            widest[id_] = max(widest.get(id_, 0), count)
    return widest


def _order(pred: Label, truth: Label) -> NDArray[np.intp] | None:
    """Where a prediction keeps each keypoint of the truth; None where the order is the same.

    FormatError where the names differ: points of different meaning cannot be compared.
    """
    if not pred.keypoints or not truth.keypoints or pred.keypoints == truth.keypoints:
        return None
    missing = [name for name in truth.keypoints if name not in pred.keypoints]
    if missing:
        raise FormatError(
            f"class {truth.name!r}: the predictions have no keypoint {missing[0]!r} "
            f"(they have {', '.join(pred.keypoints)})"
        )
    return np.array([pred.keypoints.index(name) for name in truth.keypoints], dtype=np.intp)
