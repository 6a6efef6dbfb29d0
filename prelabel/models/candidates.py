"""From the numbers of a head to the few candidates that pass their thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prelabel.errors import ModelError
from prelabel.models.card import Card
from prelabel.models.query import Query

__all__ = ["Candidates", "corners", "least_scores", "of_rows", "strongest"]

MOST = 30_000
"""Candidates that go into suppression, best first."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows of a head: `boxes` (N, 4) as it states them, `scores` (N,), `classes` (N,).

    `extra` (N, E): mask coefficients, keypoints or an angle.
    """

    boxes: Floats
    scores: Floats
    classes: NDArray[np.int64]
    extra: Floats

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, rows: NDArray | slice) -> Candidates:
        return Candidates(self.boxes[rows], self.scores[rows], self.classes[rows], self.extra[rows])


def least_scores(card: Card, query: Query) -> Floats:
    """(C,) least score by class of the card, infinite for a class that is not wanted."""
    wanted = query.labels
    floors = [
        query.thresholds.get(label.name, query.conf)
        if wanted is None or label.name in wanted
        else np.inf
        for label in card.labels
    ]
    return np.array(floors, dtype=np.float32)


def strongest(
    scores: NDArray[np.floating], least: Floats
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Columns of (C, A) whose best class reaches its `least` (C,) score: columns, classes, scores.

    One pass over the scores finds the columns; classes are looked up for those only. A score of 0
    is never a candidate.
    """
    best = scores.max(axis=0)
    columns = np.flatnonzero((best >= least.min()) & (best > 0))
    classes = scores[:, columns].argmax(axis=0)
    passed = best[columns] >= least[classes]
    columns, classes = columns[passed], classes[passed]
    found = best[columns].astype(np.float32, copy=False)
    if len(columns) <= MOST:
        return columns, classes, found
    top = np.sort(np.argpartition(-found, MOST)[:MOST])
    return columns[top], classes[top], found[top]


def of_rows(head: NDArray[np.floating], least: Floats, name: str) -> Candidates:
    """Candidates of finished rows (N, 6 + E): box, score, class; rows of score 0 are padding.

    A class that the model `name` has no name for is a ModelError.
    """
    rows = head[head[:, 4] > 0].astype(np.float32, copy=False)
    classes = rows[:, 5].astype(np.int64)
    if len(rows) and not 0 <= classes.min() <= classes.max() < len(least):
        number = classes.min() if classes.min() < 0 else classes.max()
        raise ModelError(f"it found class {number}, {len(least)} classes have names", where=name)
    passed = np.flatnonzero(rows[:, 4] >= least[classes])
    passed = passed[np.argsort(-rows[passed, 4], kind="stable")]
    return Candidates(rows[passed, :4], rows[passed, 4], classes[passed], rows[passed, 6:])


def corners(boxes: Floats) -> Floats:
    """x0 y0 x1 y1 of cx cy w h, (N, 4)."""
    half = boxes[:, 2:] / 2
    return np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)
