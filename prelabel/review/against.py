"""What the labels of some pictures say of the models' proposals, and the other way round."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from prelabel.review.chances import Chances, Judge, Known
from prelabel.review.features import Features, sides
from prelabel.tune.curves import Points

__all__ = ["Against"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SUPPORT = 0.05
"""A label is supported by a proposal that is an object with at least this chance."""


@dataclass(frozen=True, slots=True, eq=False)
class Against:
    """N proposals against the R labels of some pictures.

    `agree`: proposals that are a label of their class, in place or not quite; `differ`: proposals
    in the place of a label of another class, and `place` (N,) that label, -1 for none; `alone`:
    proposals where nothing is labelled. `supported` (R,): by a proposal that is worth the name.
    """

    known: Known
    table: Annotations
    features: Features
    chances: Chances
    agree: Ints
    differ: Ints
    alone: Ints
    place: Ints
    supported: Bools

    @staticmethod
    def of(judge: Judge, known: Known, table: Annotations) -> Against:
        """Sort the proposals by what the labels say of them."""
        outcome, rival = known.outcome, known.candidates.rival
        features = judge.features(known.candidates, known.sizes)
        chances = judge.chances(features)
        near = outcome.same | outcome.mistaken
        place = np.where(near, outcome.object, -1)
        better = (place < 0) & (rival >= 0) & ~outcome.ignored
        better[better] &= near[rival[better]]
        contended = np.flatnonzero(better)
        place[contended] = outcome.object[rival[contended]]
        pooled = features.pooled
        differ = outcome.mistaken | (better & (pooled > pooled[rival]))
        supported = np.zeros(len(table), dtype=bool)
        supported[place[near & (chances.object >= SUPPORT)]] = True
        return Against(
            known,
            table,
            features,
            chances,
            np.flatnonzero(outcome.same),
            np.flatnonzero(differ),
            np.flatnonzero((place < 0) & ~outcome.ignored),
            place,
            supported,
        )

    def counted(self) -> Bools:
        """(R,) labels of single objects: no crowds."""
        return self.known.outcome.counts

    def points(self) -> Points:
        """What there is to learn of which labels models support."""
        rows = np.flatnonzero(self.counted())
        return Points(
            sides(self.table, self.known.sizes)[rows],
            self.table.labels[rows].astype(np.int64),
            self.known.first + self.table.images[rows].astype(np.int64),
            self.supported[rows],
            np.ones(len(rows)),
        )
