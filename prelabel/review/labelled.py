"""What is to be expected of labels that people drew: their likely errors, by models' proposals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from prelabel.review.against import Against
from prelabel.review.blame import blame, needless, share_of_mistakes
from prelabel.review.chances import Judge, Known, judge
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

TOLD = 0.02
"""Doubts with a lesser chance are not told."""


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
        errors = _Errors(self._extra(part), *self._misnamed(part), *self._moved(part))
        missing = blame(part.chances.object[part.alone], self.missed)
        alone = known.candidates.table.images[part.alone]
        for rows, some in zip(
            by_picture(table.images, len(wanted), wanted),
            by_picture(alone, len(wanted), wanted),
            strict=True,
        ):
            yield _outlook(part, errors, rows, part.alone[some], missing[some])

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
    odds = np.asarray(support.odds, dtype=np.float64)
    alone = _support(found, odds, support.labels), ~support.happened
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


@dataclass(frozen=True, slots=True, eq=False)
class _Errors:
    """Chances (R,) that labels are of no object, misnamed, badly placed, and who says so."""

    delete: Floats
    relabel: Floats
    renamed: Ints
    move: Floats
    moved: Ints

    def likeliest(self, r: int) -> tuple[str, float, int]:
        """The likeliest error of a label, its chance, and the proposal that says so or -1."""
        return max(
            ("extra", float(self.delete[r]), -1),
            ("class", float(self.relabel[r]), int(self.renamed[r])),
            ("place", float(self.move[r]), int(self.moved[r])),
            key=lambda one: one[1],
        )


def _outlook(part: Against, errors: _Errors, rows: Ints, new: Ints, missing: Floats) -> Outlook:
    """Of one picture: its labels `rows`, proposals `new` that have none, and their chances."""
    table, found = part.table, part.known.candidates
    doubts = [
        *_about(part, errors, rows),
        *(
            doubt(found, k, "missed", c)
            for k, c in zip(new.tolist(), missing.tolist(), strict=True)
        ),
    ]
    likely = [one for one in doubts if one.chance >= TOLD]
    return Outlook(
        Rows(
            table.labels[rows].astype(np.int64),
            errors.delete[rows],
            errors.relabel[rows],
            errors.move[rows],
        ),
        missing,
        found.table.labels[new].astype(np.int64),
        0.0,
        tuple(sorted(likely, key=lambda one: -one.chance)),
    )


def _about(part: Against, errors: _Errors, rows: Ints) -> Iterator[Doubt]:
    """The likeliest error of each label."""
    table, found = part.table, part.known.candidates
    start = int(rows[0]) if len(rows) else 0
    for r in rows.tolist():
        kind, chance, k = errors.likeliest(r)
        yield Doubt(
            kind,
            r - start,
            int(table.labels[r]),
            table.boxes[r],
            chance,
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
