"""Objects that the models propose: rows that mean the same object of a picture are one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from prelabel.compare import match, similar
from prelabel.compare.similarity import Sizes

__all__ = ["SAME", "Candidates", "gather"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SAME = 0.5
"""From this likeness on two rows mean the same object."""
NEAR = 0.3
"""From this likeness on a second row of a class may be the same object found twice."""
KEPT = (
    *("images", "kinds", "boxes", "labels", "scores", "rotated", "rings", "masks"),
    *("keypoints", "areas", "flags"),
)
"""Columns of a proposal."""
CERTAIN = 0.99
"""The score of a row that states none: a person's."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """N objects that M models propose, in some pictures.

    `table`: the row of the first model that has the object, `images` the picture; `owner` (N,) that
    model and `row` (N,) its row there. `scores` (N, M) by model, NaN where it has no such object.
    `looked` (N, M): whether a model looked at the picture. `likeness` (N, M) of each model's row to
    that of the owner, NaN where none. `repeated` (N,): greatest likeness to a better candidate of
    the same class. `rival` (N,): the best candidate of another class in the same place, -1 for
    none.
    """

    table: Annotations
    owner: Ints
    row: Ints
    scores: Floats
    looked: NDArray[np.bool_]
    likeness: Floats
    repeated: Floats
    rival: Ints

    def __len__(self) -> int:
        return len(self.owner)


def gather(
    tables: Sequence[Annotations],
    looked: NDArray[np.bool_],
    *,
    task: str = "auto",
    size: Sizes = None,
) -> Candidates:
    """Join the rows of M models on B pictures; `looked` (B, M) tells who looked where.

    The first model's rows come first, all of them and in their order; rows of the next that match
    none of the same class follow, and so on.
    """
    joined, owner = Annotations.empty(), np.empty(0, dtype=np.int64)
    row, scores = owner, np.empty((0, len(tables)))
    likeness = scores
    for m, table in enumerate(tables):
        pairs = match(joined, table, threshold=SAME, task=task, size=size)
        stated = np.where(np.isnan(table.scores), CERTAIN, table.scores)
        scores[pairs.same[:, 0], m] = stated[pairs.same[:, 1]]
        likeness[pairs.same[:, 0], m] = pairs.same_likeness
        new = np.setdiff1d(np.arange(len(table)), pairs.same[:, 1])
        block = np.full((len(new), len(tables)), np.nan)
        block[:, m] = stated[new]
        joined = Annotations.concat([joined, plain(table[new])])
        owner = np.concatenate([owner, np.full(len(new), m)])
        row, scores = np.concatenate([row, new]), np.concatenate([scores, block])
        likeness = np.concatenate([likeness, np.where(np.isnan(block), np.nan, 1.0)])
    repeated, rival = _among(joined, best(scores), task, size)
    seen = looked[joined.images]
    return Candidates(joined, owner, row, scores, seen, likeness, repeated, rival)


def best(scores: Floats) -> Floats:
    """(N,) greatest score that any model gave, of (N, M) with NaN for none."""
    return np.nan_to_num(scores, nan=0.0).max(axis=1, initial=0.0)


def plain(table: Annotations) -> Annotations:
    """The columns that say what an object is; what else a source said of its rows is left out."""
    return Annotations(**{name: getattr(table, name) for name in KEPT})


def _among(table: Annotations, score: Floats, task: str, size: Sizes) -> tuple[Floats, Ints]:
    """How much a candidate repeats a better one, (N,), and its best rival, (N,)."""
    repeated, rival = np.zeros(len(table)), np.full(len(table), -1)
    placed = np.flatnonzero(table.kinds != Kind.TAG)
    shapes = table[placed]
    a, b, likeness = similar(shapes, shapes, threshold=NEAR, task=task, size=size)
    a, b = placed[a], placed[b]
    alike = table.labels[a] == table.labels[b]
    better = alike & ((score[b] > score[a]) | ((score[b] == score[a]) & (b < a)))
    np.maximum.at(repeated, a[better], likeness[better])
    other = ~alike & (likeness >= SAME)
    order = np.argsort(score[b[other]], kind="stable")
    rival[a[other][order]] = b[other][order]  # of several the last, which is the best, stays
    return repeated, rival
