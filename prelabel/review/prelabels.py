"""What is to be expected of pre-labels: which shapes stand, and what was not found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prelabel.review.candidates import Candidates
from prelabel.review.chances import Chances, Judge
from prelabel.review.doubts import Doubt
from prelabel.review.features import Size
from prelabel.review.outlook import Outlook, Rows
from prelabel.review.shown import Shown
from prelabel.review.unseen import Unseen

__all__ = ["LIKELY", "Prelabels", "by_picture", "doubt", "seen"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
LIKELY = 0.5
"""What is wrong with this chance is told as a doubt."""


@dataclass(frozen=True, slots=True, eq=False)
class Prelabels:
    """Makes the outlooks of pictures whose first model's rows are under review."""

    judge: Judge
    shown: Shown
    unseen: Unseen

    def outlooks(self, found: Candidates, sizes: list[Size], wanted: Bools) -> Iterator[Outlook]:
        """Those of the `wanted` (B,) pictures, in their order."""
        chances = self.judge.chances(self.judge.features(found, sizes))
        shown = seen(found, self.shown)
        for rows in by_picture(found.table.images, len(wanted), wanted):
            yield self._outlook(found, chances, shown, rows)

    def _outlook(self, found: Candidates, chances: Chances, shown: Bools, rows: Ints) -> Outlook:
        mine, others = rows[shown[rows]], rows[~shown[rows]]
        # an object whose place a shape of another class has taken is renamed, not drawn
        others = others[~((found.rival[others] >= 0) & shown[found.rival[others]])]
        labels = found.table.labels.astype(np.int64)
        own = chances[mine]
        missing = chances.object[others]
        expected = float(own.object.sum() + missing.sum())
        doubts = [*_wrong(found, chances, mine), *_missed(found, chances, others)]
        return Outlook(
            Rows(labels[mine], 1 - own.object, 1 - own.named, 1 - own.exact),
            missing,
            labels[others],
            self.unseen.of(expected),
            tuple(sorted(doubts, key=lambda doubt: -doubt.chance)),
        )


def seen(found: Candidates, shown: Shown) -> Bools:
    """(N,) the candidates that are rows under review which a person gets to see."""
    return (found.owner == 0) & shown(found.table)


def by_picture(images: NDArray, count: int, wanted: Bools) -> Iterator[Ints]:
    """The rows of each wanted one of `count` pictures."""
    order = np.argsort(images, kind="stable")
    bounds = np.searchsorted(images[order], np.arange(count + 1))
    for k in np.flatnonzero(wanted).tolist():
        yield order[bounds[k] : bounds[k + 1]]


def _wrong(found: Candidates, chances: Chances, rows: Ints) -> Iterator[Doubt]:
    """Shapes that are probably none, of another class, or badly placed."""
    for k in rows.tolist():
        stays = float(chances.object[k])
        misnamed = stays * (1 - float(chances.named[k]))
        moved = stays * float(chances.named[k]) * (1 - float(chances.exact[k]))
        each = (("extra", 1 - stays), ("class", misnamed), ("place", moved))
        kind, chance = max(each, key=lambda pair: pair[1])
        if chance >= LIKELY:
            rival = int(found.rival[k]) if kind == "class" else -1
            named = int(found.table.labels[rival]) if rival >= 0 else -1
            yield doubt(found, k, kind, chance, row=int(found.row[k]), proposed=named)


def _missed(found: Candidates, chances: Chances, rows: Ints) -> Iterator[Doubt]:
    for k in rows[chances.object[rows] >= LIKELY].tolist():
        yield doubt(found, k, "missed", float(chances.object[k]))


def doubt(
    found: Candidates, k: int, kind: str, chance: float, row: int = -1, proposed: int = -1
) -> Doubt:
    """The doubt about candidate `k`."""
    table, scores = found.table, tuple(found.scores[k].tolist())
    return Doubt(kind, row, int(table.labels[k]), table.boxes[k], chance, proposed, scores=scores)
