"""From the numbers of a head to the few candidates that pass their thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Candidates", "of_raw", "of_rows"]

MOST = 30_000
"""Candidates that go into suppression, best first."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Boxes of a tensor: `boxes` (N, 4) as the head states them, `scores` (N,), `classes` (N,).

    `extra` (N, E): mask coefficients, keypoints or an angle.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    classes: NDArray[np.int64]
    extra: NDArray[np.float32]

    def __getitem__(self, rows: NDArray) -> Candidates:
        return Candidates(self.boxes[rows], self.scores[rows], self.classes[rows], self.extra[rows])


def of_raw(head: NDArray[np.floating], least: NDArray[np.float32]) -> Candidates:
    """Candidates of a raw head (4 + C + E, A) whose best class has its `least` (C,) score.

    One pass over the scores finds the candidates; classes are looked up for those only.
    """
    count = len(least)
    scores = head[4 : 4 + count]
    best = scores.max(axis=0)
    rows = np.flatnonzero(best >= min(least.min(), np.finfo(np.float32).max))
    classes = scores[:, rows].argmax(axis=0)
    passed = (best[rows] >= least[classes]) & (best[rows] > 0)
    rows, classes = _best(rows[passed], classes[passed], best)
    return Candidates(
        np.ascontiguousarray(head[:4, rows].T, dtype=np.float32),
        best[rows].astype(np.float32),
        classes,
        np.ascontiguousarray(head[4 + count :, rows].T, dtype=np.float32),
    )


def _best(
    rows: NDArray[np.int64], classes: NDArray[np.int64], scores: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if len(rows) <= MOST:
        return rows, classes
    top = np.sort(np.argpartition(-scores[rows], MOST)[:MOST])
    return rows[top], classes[top]


def of_rows(head: NDArray[np.floating], least: NDArray[np.float32]) -> Candidates:
    """Candidates of finished rows (N, 6 + E): box, score, class; zero rows are padding."""
    rows = head.astype(np.float32, copy=False)
    classes = rows[:, 5].astype(np.int64)
    known = (classes >= 0) & (classes < len(least))
    floors = np.where(known, least[np.clip(classes, 0, len(least) - 1)], np.inf)
    passed = np.flatnonzero((rows[:, 4] >= floors) & (rows[:, 4] > 0))
    passed = passed[np.argsort(-rows[passed, 4], kind="stable")]
    return Candidates(rows[passed, :4], rows[passed, 4], classes[passed], rows[passed, 6:])
