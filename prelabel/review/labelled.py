"""What is to be expected of labels that people drew: their likely errors, by models' proposals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from prelabel.review.blame import blame, needless, share_of_mistakes
from prelabel.review.chances import Chances, Judge, Known, judge
from prelabel.review.doubts import Doubt
from prelabel.review.features import Features, sides
from prelabel.review.logistic import sigmoid
from prelabel.review.outlook import Outlook, Rows
from prelabel.review.placing import Placing
from prelabel.review.prelabels import by_picture, doubt
from prelabel.tune.curves import Curve, Points, fitted

__all__ = ["Labelled", "study"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SUPPORT = 0.05
"""A label is supported by a proposal that is an object with at least this chance."""
TOLD = 0.02
"""Doubts with a lesser chance are not told."""


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


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """Makes the outlooks of labels; `study` makes it of all of them.

    `judge` knows how often labels agree with models, `found` how often models support a label of a
    class and side, `placing` how well their outlines fit. `missed`, `misnamed` and `extra` are
    the shares of wrong labels.
    """

    judge: Judge
    found: Curve
    placing: Placing
    missed: float
    misnamed: float
    extra: float

    def outlooks(self, known: Known, table: Annotations, wanted: Bools) -> Iterator[Outlook]:
        """Those of the `wanted` (B,) pictures, in their order."""
        part = Against.of(self.judge, known, table)
        delete, (relabel, named), (move, moved) = (
            self._extra(part),
            self._misnamed(part),
            self._moved(part),
        )
        missing = blame(part.chances.object[part.alone], self.missed)
        labels, found = table.labels.astype(np.int64), known.candidates
        chance_of = np.zeros(len(found))
        chance_of[part.alone] = missing
        of_label = by_picture(table.images, len(wanted), wanted)
        alone = by_picture(found.table.images[part.alone], len(wanted), wanted)
        for rows, some in zip(of_label, alone, strict=True):
            new = part.alone[some]
            doubts = [
                *_about(part, rows, delete, relabel, named, move, moved),
                *(doubt(found, k, "missed", float(chance_of[k])) for k in new.tolist()),
            ]
            yield Outlook(
                Rows(labels[rows], delete[rows], relabel[rows], move[rows]),
                missing[some],
                found.table.labels[new].astype(np.int64),
                0.0,
                tuple(sorted((d for d in doubts if d.chance >= TOLD), key=lambda d: -d.chance)),
            )

    def _extra(self, part: Against) -> Floats:
        """(R,) chance that a label is of no object."""
        odds = sides(part.table, part.known.sizes)
        found = _support(self.found, odds, part.table.labels.astype(np.int64))
        alone = part.counted() & ~part.supported
        return np.where(alone, needless(found, self.extra), 0.0)

    def _misnamed(self, part: Against) -> tuple[Floats, Ints]:
        """(R,) chance that a label has the wrong class, and the proposal that says so."""
        rows = part.differ
        chances = part.chances.object[rows] * blame(part.chances.named[rows], self.misnamed)
        return _greatest(len(part.table), part.place[rows], chances, rows)

    def _moved(self, part: Against) -> tuple[Floats, Ints]:
        """(R,) chance that a label is badly placed, and the proposal that says so."""
        rows = part.agree
        likeness, objects = part.known.outcome.likeness[rows], part.chances.object[rows]
        chances = objects * self.placing.bad(part.features[rows], objects, likeness)
        return _greatest(len(part.table), part.place[rows], chances, rows)


def study(
    known: Sequence[Known], tables: Sequence[Annotations], labels: Sequence[str], models: int
) -> Labelled:
    """Learn from all labels; `tables` are those of the pictures of the `known` candidates."""
    made = judge(known, labels, models)
    parts = [Against.of(made, k, table) for k, table in zip(known, tables, strict=True)]
    points = [part.points() for part in parts]
    support = Points(*(np.concatenate([getattr(p, n) for p in points]) for n in Points.__slots__))
    found = fitted(support, len(labels), slope=0.3)
    misnamed = _misnamed(parts)
    alone = _support(found, support.odds, support.labels), ~support.happened
    # no label is sure to be supported, so the share is an upper bound: shapes of nothing are not
    # more frequent than wrong classes
    extra = min(misnamed, share_of_mistakes(*alone, len(support.labels)))
    return Labelled(made, found, _placing(parts), _missed(parts), misnamed, extra)


def _missed(parts: Sequence[Against]) -> float:
    """The share of objects that nobody labelled."""
    told = [np.flatnonzero(~part.known.outcome.ignored) for part in parts]
    objects = [part.chances.object[rows] for part, rows in zip(parts, told, strict=True)]
    alone = [np.isin(rows, part.alone) for part, rows in zip(parts, told, strict=True)]
    return share_of_mistakes(np.concatenate(objects), np.concatenate(alone), _count(parts))


def _misnamed(parts: Sequence[Against]) -> float:
    """The share of labels of a wrong class."""
    rows = [np.concatenate([part.agree, part.differ]) for part in parts]
    named = [part.chances.named[r] for part, r in zip(parts, rows, strict=True)]
    differ = [np.isin(r, part.differ) for part, r in zip(parts, rows, strict=True)]
    return share_of_mistakes(np.concatenate(named), np.concatenate(differ), _count(parts))


def _count(parts: Sequence[Against]) -> int:
    return int(sum(part.counted().sum() for part in parts))


def _placing(parts: Sequence[Against]) -> Placing:
    sure = [part.agree[part.chances.object[part.agree] >= 0.25] for part in parts]
    return Placing.learned(
        Features.concat([part.features[rows] for part, rows in zip(parts, sure, strict=True)]),
        np.concatenate([part.chances.object[rows] for part, rows in zip(parts, sure, strict=True)]),
        np.concatenate(
            [part.known.outcome.likeness[rows] for part, rows in zip(parts, sure, strict=True)]
        ),
    )


def _about(
    part: Against,
    rows: Ints,
    delete: Floats,
    relabel: Floats,
    named: Ints,
    move: Floats,
    moved: Ints,
) -> Iterator[Doubt]:
    """The likeliest error of each label."""
    table, found = part.table, part.known.candidates
    start = int(rows[0]) if len(rows) else 0
    for r in rows.tolist():
        each = (
            ("extra", delete[r], -1),
            ("class", relabel[r], named[r]),
            ("place", move[r], moved[r]),
        )
        kind, chance, k = max(each, key=lambda one: one[1])
        if chance < TOLD:
            continue
        yield Doubt(
            kind,
            r - start,
            int(table.labels[r]),
            table.boxes[r],
            float(chance),
            int(found.table.labels[k]) if kind == "class" else -1,
            found.table.boxes[k] if kind == "place" else None,
            tuple(found.scores[k].tolist()) if k >= 0 else (),
        )


def _greatest(count: int, place: Ints, chances: Floats, rows: Ints) -> tuple[Floats, Ints]:
    """(count,) the greatest chance at each place, and its row, -1 for none."""
    best, who = np.zeros(count), np.full(count, -1)
    order = np.argsort(chances, kind="stable")
    best[place[order]], who[place[order]] = chances[order], rows[order]
    return best, who


def _support(curve: Curve, odds: Floats, labels: Ints) -> Floats:
    """(N,) how often models support labels of some sides and classes."""
    return sigmoid(curve.intercept + curve.slope * odds + curve.offsets[labels])
