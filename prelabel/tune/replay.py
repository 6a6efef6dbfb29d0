"""`Replay`: corrected pictures with all that a model saw, to try what would have been shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Flag
from geometry import matching
from geometry.overlaps import Pairs
from prelabel.compare import match, similar
from prelabel.compare.similarity import Sigmas, Sizes
from prelabel.compare.tasks import task_for
from prelabel.cost.edits import ADJUSTABLE, RIGHT
from prelabel.cost.table import EDITS
from prelabel.tune.examples import (
    KEPT,
    MOVED,
    NOTHING,
    RELABELLED,
    REMADE,
    UNKNOWN,
    Examples,
)

__all__ = ["Replay"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """N detections and M objects of P pictures, and which of them are alike.

    `pairs` are (detection, object, likeness). `covered` (N,): a crowd accounts for the detection
    where it is no object. `scores` (N,), `labels` and `pictures` (N,), `true_labels` and
    `true_pictures` (M,).
    """

    count: int
    scores: Floats
    labels: Ints
    pictures: Ints
    covered: Bools
    true_labels: Ints
    true_pictures: Ints
    pairs: Pairs
    right: float = RIGHT

    @staticmethod
    def of(
        pre: Annotations,
        corrected: Annotations,
        count: int,
        *,
        right: float = RIGHT,
        adjustable: float = ADJUSTABLE,
        task: str = "auto",
        size: Sizes = None,
        sigmas: Sigmas = None,
    ) -> Replay:
        """Two tables whose `images` are numbers of `count` pictures; tags are left out.

        Pairs of less than `adjustable` are no pairs; from `right` on they need no correction.
        """
        pre, corrected = pre.shapes(), corrected.shapes()
        task = task_for(task, pre, corrected)
        nothing = corrected[:0]
        ours = pre[match(pre, nothing, task=task).only_a]
        theirs = corrected[match(corrected, pre[:0], task=task).only_a]
        crowd = corrected[corrected.flagged(Flag.CROWD)]
        free = match(ours, crowd, task=task).only_a
        pairs = similar(
            ours,
            theirs,
            threshold=adjustable,
            task=task,
            size=size,
            sigmas=sigmas,
            against="truth",
        )
        return Replay(
            count,
            np.nan_to_num(ours.scores, nan=1.0),
            ours.labels.astype(np.int64),
            ours.images.astype(np.int64),
            np.isin(np.arange(len(ours)), free, invert=True),
            theirs.labels.astype(np.int64),
            theirs.images.astype(np.int64),
            pairs,
            right,
        )

    @property
    def same(self) -> Bools:
        """(K,) whether a pair is of one class."""
        return self.labels[self.pairs[0]] == self.true_labels[self.pairs[1]]

    def counts(self, shown: Bools) -> Ints:
        """Edits of each picture had only the `shown` (N,) detections been there, (P, 6).

        In the order of `cost.table.EDITS`; equal to the counts of `cost.edits`.
        """
        i, j, likeness = self.pairs
        among, same = shown[i], self.same
        alike = self._best(among & same)
        taken = np.isin(i, i[alike]) | np.isin(j, j[alike])
        other = self._best(among & ~same & ~taken)
        both = np.concatenate([alike, other])
        exact = likeness[both] >= self.right
        left = shown & ~self.covered
        left[i[both]] = False
        missing = np.ones(len(self.true_labels), dtype=bool)
        missing[j[both]] = False
        where = self.pictures[i[both]]
        named = np.arange(len(both)) >= len(alike)
        kinds = {
            "verify": where[exact & ~named],
            "adjust": where[~exact],
            "delete": self.pictures[left],
            "draw": self.true_pictures[missing],
            "relabel": where[named],
            "picture": np.arange(self.count),
        }
        return np.stack([np.bincount(kinds[name], minlength=self.count) for name in EDITS], axis=1)

    def found(self, shown: Bools) -> Ints:
        """Of each picture (P, 2): shown detections that are objects of their class; and all that
        are shown plus all objects: the two numbers of F1."""
        hits = self._best(shown[self.pairs[0]] & self.same)
        counted = shown & ~self.covered
        counted[self.pairs[0][hits]] = True
        both = np.concatenate([self.pictures[counted], self.true_pictures])
        where = self.pictures[self.pairs[0][hits]]
        return np.stack([np.bincount(x, minlength=self.count) for x in (where, both)], axis=1)

    def examples(self) -> Examples:
        """What each detection is once all better ones are shown.

        The better ones choose first, as in COCO's evaluation: of two detections of one object, the
        weaker is nothing, even if it fits better.
        """
        i, j, likeness = self.pairs
        outcomes = np.where(self.covered, UNKNOWN, NOTHING)
        taken = np.zeros(len(self.true_labels), dtype=bool)
        for alike, exact, moved in ((self.same, KEPT, MOVED), (~self.same, RELABELLED, REMADE)):
            open_ = alike & ~taken[j] & (outcomes[i] >= NOTHING)
            chosen = self._first(np.flatnonzero(open_))
            outcomes[i[chosen]] = np.where(likeness[chosen] >= self.right, exact, moved)
            taken[j[chosen]] = True
        return Examples(self.scores, self.labels, outcomes, self.pictures)

    def part(self, pictures: Sequence[int] | Ints) -> Replay:
        """Some of the pictures, numbered anew in the order given."""
        place = np.full(self.count, -1)
        place[pictures] = np.arange(len(pictures))
        rows = np.flatnonzero(place[self.pictures] >= 0)
        others = np.flatnonzero(place[self.true_pictures] >= 0)
        row, other = np.full(len(self.scores), -1), np.full(len(self.true_labels), -1)
        row[rows], other[others] = np.arange(len(rows)), np.arange(len(others))
        i, j, likeness = self.pairs
        within = row[i] >= 0
        return Replay(
            len(pictures),
            self.scores[rows],
            self.labels[rows],
            place[self.pictures[rows]],
            self.covered[rows],
            self.true_labels[others],
            place[self.true_pictures[others]],
            (row[i[within]], other[j[within]], likeness[within]),
            self.right,
        )

    def _best(self, wanted: Bools) -> Ints:
        """Positions of the one-to-one choice of greatest likeness among the wanted pairs."""
        places = np.flatnonzero(wanted)
        i, j, likeness = (self.pairs[0][places], self.pairs[1][places], self.pairs[2][places])
        found = matching.optimal((i, j, likeness), len(self.scores), len(self.true_labels))
        return places[found]

    def _first(self, places: Ints) -> Ints:
        """Positions of the choice in which the best score goes first and takes its best partner."""
        i, j, likeness = (self.pairs[0][places], self.pairs[1][places], self.pairs[2][places])
        rank = np.empty(len(places))
        rank[np.lexsort((-likeness, i, -self.scores[i]))] = -np.arange(len(places))
        pairs = (i, j, rank)
        return places[matching.greedy(pairs, len(self.scores), len(self.true_labels))]
