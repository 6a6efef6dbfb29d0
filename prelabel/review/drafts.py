"""The study of pre-labels: learn from corrected pictures, look ahead to the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from prelabel.review.chances import Known, judge
from prelabel.review.outcomes import compare
from prelabel.review.outlook import Outlook
from prelabel.review.prelabels import Prelabels, seen
from prelabel.review.sheets import Desk, Sheet
from prelabel.review.shown import Shown
from prelabel.review.studied import Studied, faulty
from prelabel.review.unseen import Unseen

__all__ = ["study_all"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FOLDS = 5
UNTAUGHT = "no corrected pictures: scores are taken as chances; what no model sees is not counted"


def study_all(sheets: Sequence[Sheet], shown: Shown, made: Desk, task: str) -> Studied:
    """Of all pictures; what is learned of corrected ones is proven on those left out."""
    lessons = _Lessons.of(sheets, shown, made, task)
    maker = lessons.learned(np.ones(lessons.count, dtype=bool))
    ahead = [
        (sheet.block.first + k, sheet.block.paths[k], outlook)
        for sheet in sheets
        for k, outlook in zip(
            np.flatnonzero(sheet.wanted).tolist(),
            maker.outlooks(sheet.candidates, list(sheet.block.sizes), sheet.wanted),
            strict=True,
        )
    ]
    told = () if lessons.count else (UNTAUGHT,)
    return Studied(ahead, lessons.proven(), told)


@dataclass(frozen=True, slots=True, eq=False)
class _Lessons:
    """The corrected pictures of some sheets: what became of the proposals for them."""

    sheets: Sequence[Sheet]
    known: Sequence[Known]
    shown: Shown
    labels: tuple[str, ...]
    models: int

    @staticmethod
    def of(sheets: Sequence[Sheet], shown: Shown, made: Desk, task: str) -> _Lessons:
        taught = [sheet for sheet in sheets if sheet.known.any()]
        known = [_known(sheet, shown, task) for sheet in taught]
        names = tuple(label.name for label in made.panel.labels)
        return _Lessons(taught, known, shown, names, len(made.models))

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return int(sum(sheet.known.sum() for sheet in self.sheets))

    def learned(self, chosen: Bools) -> Prelabels:
        """What the `chosen` (P,) of all corrected pictures teach."""
        parts, at = [], 0
        for sheet, known in zip(self.sheets, self.known, strict=True):
            used = np.zeros(len(sheet.known), dtype=bool)
            count = int(sheet.known.sum())
            used[sheet.known] = chosen[at : at + count]
            at += count
            parts.append((sheet, _only(known, used), used))
        maker = Prelabels(
            judge([known for _, known, _ in parts], self.labels, self.models), self.shown, Unseen()
        )
        lines = [(np.empty(0), np.empty(0))]
        lines += [_unseen(maker, known, sheet, used) for sheet, known, used in parts]
        expected, unseen = (np.concatenate(column) for column in zip(*lines, strict=True))
        return replace(maker, unseen=Unseen.learned(expected, unseen))

    def proven(self) -> tuple[Floats, Bools]:
        """Chances of being sound, each made by the other folds, and whether there was an error."""
        fold = np.random.default_rng(0).permutation(self.count) % FOLDS
        sound, wrong = np.empty(self.count), self._wrong()
        for k in range(min(FOLDS, self.count)):
            maker = self.learned(fold != k)
            sound[fold == k] = [o.sound() for o in self._outlooks(maker, fold == k)]
        return sound, wrong

    def _outlooks(self, maker: Prelabels, chosen: Bools) -> Iterator[Outlook]:
        at = 0
        for sheet in self.sheets:
            count = int(sheet.known.sum())
            wanted = np.zeros(len(sheet.known), dtype=bool)
            wanted[sheet.known] = chosen[at : at + count]
            at += count
            yield from maker.outlooks(sheet.candidates, list(sheet.block.sizes), wanted)

    def _wrong(self) -> Bools:
        parts = [np.empty(0, dtype=bool)]
        for sheet, known in zip(self.sheets, self.known, strict=True):
            rows = seen(sheet.candidates, self.shown)
            images = sheet.candidates.table.images
            bad = faulty(known.outcome, rows, images, sheet.corrected.images, len(sheet.known))
            parts.append(bad[sheet.known])
        return np.concatenate(parts)


def _known(sheet: Sheet, shown: Shown, task: str) -> Known:
    found = sheet.candidates
    first = seen(found, shown)
    outcome = compare(found.table, sheet.corrected, first, task=task, size=sheet.block.sizes)
    made = Known(found, outcome, sheet.block.sizes, sheet.block.first)
    return _only(made, sheet.known)


def _only(known: Known, pictures: Bools) -> Known:
    """The same, where nothing is known of other pictures than some (B,)."""
    ignored = known.outcome.ignored | ~pictures[known.candidates.table.images]
    return replace(known, outcome=replace(known.outcome, ignored=ignored))


def _unseen(maker: Prelabels, known: Known, sheet: Sheet, used: Bools) -> tuple[Floats, Floats]:
    """Of the used pictures: objects that were to be expected, and those that were further ones."""
    outcome, images = known.outcome, sheet.corrected.images
    alone = outcome.counts & (outcome.covered < 0)
    unseen = np.bincount(images[alone], minlength=len(used))[used]
    made = maker.outlooks(sheet.candidates, list(sheet.block.sizes), used)
    expected = [float((1 - o.rows.delete).sum() + o.missing.sum()) for o in made]
    return np.array(expected), unseen.astype(np.float64)
