"""The sums behind the figures, built up block by block, so that memory does not grow with rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Flag
from geometry import intervals
from geometry.agreement import ratings
from prelabel.compare import counts, units
from prelabel.compare.blocks import Block
from prelabel.compare.candidates import Candidates, candidates
from prelabel.compare.clips import Clips
from prelabel.compare.panel import Panel
from prelabel.compare.similarity import Against, Sigmas

__all__ = ["LEVELS", "LOOSE", "Sums"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LEVELS = np.arange(10, 20) / 20
"""Thresholds of the sweep, .50 to .95."""
LOOSE = 0.1
"""Likeness from which two shapes of one class are one object out of place."""
NONE = np.empty((0, 2), dtype=np.int64)
CELLS = 200_000
"""Groups of pictures times classes, at most: the memory of the intervals by class."""


@dataclass(slots=True, eq=False)
class PairSums:
    """Two raters: counts by group and class, by picture, by level, and the classes crossed."""

    by_group: Floats
    sweep: Floats
    clips: Clips
    pictures: Ints
    """(M,) the pictures that both looked at."""
    by_picture: Floats
    """(M, 7) counts."""
    filled: int = 0
    keys: list[tuple[Ints, Ints]] = field(default_factory=list)

    def fill(self, values: Floats) -> None:
        """Counts of the next pictures."""
        self.by_picture[self.filled : self.filled + len(values)] = values
        self.filled += len(values)

    def crossed(self) -> tuple[Ints, Ints]:
        """Keys of the classes crossed and how often."""
        keys, place = np.unique(np.concatenate([k for k, _ in self.keys]), return_inverse=True)
        often = np.concatenate([n for _, n in self.keys])
        return keys, np.bincount(place, often, len(keys)).astype(np.int64)


@dataclass(slots=True, eq=False)
class AlphaSums:
    """What alpha is made of, by any key: `agreed` (K,) and how often each category, (K, C + 1)."""

    agreed: Floats
    counts: Floats

    @staticmethod
    def of(keys: int, classes: int) -> AlphaSums:
        """No sums yet."""
        return AlphaSums(np.zeros(keys), np.zeros((keys, classes + 1)))

    def add(self, objects: Ints, key: Ints) -> None:
        """Count the objects (U, R); `key` (U,) tells where each belongs."""
        unit, category, often, agreed = ratings(objects)
        keys, width = self.counts.shape
        cell = key[unit] * width + category % width  # missing, -1, is the last one
        self.agreed += np.bincount(key[unit], agreed, keys)
        self.counts += np.bincount(cell, often, keys * width).reshape(keys, width)


class Sums:
    """All sums of a panel at one threshold."""

    def __init__(self, panel: Panel, threshold: float, levels: Floats) -> None:
        self.panel, self.threshold, self.levels = panel, threshold, levels
        classes, raters = len(panel.labels), len(panel.raters)
        count = max(1, min(intervals.MOST, max(100, CELLS // max(classes, 1)), len(panel.pictures)))
        self.group = intervals.groups(len(panel.pictures), count)
        self.pairs = {
            pair: PairSums(
                np.zeros((count, classes, len(counts.COLUMNS))),
                np.zeros((len(levels), len(counts.COLUMNS))),
                Clips(panel.pictures.frames),
                shared,
                np.zeros((len(shared), len(counts.COLUMNS))),
            )
            for pair in combinations(range(raters), 2)
            if len(shared := self._shared(*pair))
        }
        self.alpha = AlphaSums.of(count, classes)
        self.alpha_sweep = AlphaSums.of(len(levels), classes)
        self.without = AlphaSums.of(raters, classes)
        self.alpha_parts = np.zeros((len(panel.pictures), 3))
        self.compared = np.zeros(len(panel.pictures), dtype=bool)
        self.crowds = self.resized = 0

    def _shared(self, r: int, s: int) -> Ints:
        raters = self.panel.pictures.raters
        return np.flatnonzero((raters[r].numbers >= 0) & (raters[s].numbers >= 0))

    def add(self, block: Block, task: str, sigmas: Sigmas, against: Against) -> None:
        """Count the pictures of a block."""
        looked = np.column_stack([block.looked(r) for r in range(len(block.tables))])
        self.compared[block.first : block.first + len(block)] = looked.sum(axis=1) > 1
        self._note(block)
        least = 0.0 if self.panel.pictures.frames else min(LOOSE, self.threshold)
        between = {}
        for r, s in self.pairs:
            found = candidates(
                block.tables[r],
                block.tables[s],
                threshold=least,
                task=task,
                size=block.sizes,
                sigmas=sigmas,
                against=against,
            )
            both = looked[:, r] & looked[:, s]
            between[r, s] = _seen(found, both)
            self._count(block, (r, s), between[r, s], both)
        self._alpha(block, looked, between)

    def _note(self, block: Block) -> None:
        """Facts for the user."""
        self.crowds += sum(int(table.flagged(Flag.CROWD).sum()) for table in block.tables)
        sizes = zip(*block.items, strict=True)
        self.resized += sum(len({i.size for i in seen if i and i.size}) > 1 for seen in sizes)

    def told(self) -> tuple[str, ...]:
        """Facts for the user, one sentence each."""
        facts = {
            f"{self.crowds} crowds take no part, nor what only they cover": self.crowds,
            f"{self.resized} pictures have another size for another rater": self.resized,
        }
        return tuple(fact for fact, told in facts.items() if told)

    def _count(
        self, block: Block, raters: tuple[int, int], pairs: Candidates, both: NDArray[np.bool_]
    ) -> None:
        """Counts of one pair of raters."""
        sums, classes = self.pairs[raters], len(self.panel.labels)
        found = pairs.match(self.threshold)
        near = pairs.near(found, LOOSE)
        if sums.clips.frames:
            sums.clips.add(block.first, pairs, both)
        group = self.group[block.first : block.first + len(block)]
        sums.by_group += counts.by_class(found, near, pairs, group, sums.by_group.shape[:2])
        sums.fill(counts.by_picture(found, near, pairs, len(block))[both])
        sums.keys.append(counts.crossed(found, pairs, classes))
        for k, level in enumerate(self.levels):
            at = pairs.match(level)
            sums.sweep[k] += counts.by_picture(at, NONE, pairs, len(block)).sum(axis=0)

    def _alpha(
        self,
        block: Block,
        looked: NDArray[np.bool_],
        between: dict[tuple[int, int], Candidates],
    ) -> None:
        """What all raters together said."""
        if not between:
            return
        objects, place = self._units(block, looked, between, self.threshold)
        self.alpha.add(objects, self.group[block.first + place])
        self.alpha_parts[block.first : block.first + len(block)] = _parts(
            objects, place, len(block)
        )
        for k, level in enumerate(self.levels):
            at, _ = self._units(block, looked, between, level)
            self.alpha_sweep.add(at, np.full(len(at), k))
        for r in range(objects.shape[1]) if objects.shape[1] > 2 else ():
            others = np.delete(objects, r, axis=1)
            seen = others[(others >= 0).any(axis=1)]
            self.without.add(seen, np.full(len(seen), r))

    def _units(
        self,
        block: Block,
        looked: NDArray[np.bool_],
        between: dict[tuple[int, int], Candidates],
        threshold: float,
    ) -> tuple[Ints, Ints]:
        if len(block.tables) == 2:
            pairs = between[0, 1]
            return units.units_of_two(pairs, pairs.match(threshold))
        return units.units_of_all(block.tables, looked, between, threshold)


def _seen(pairs: Candidates, both: NDArray[np.bool_]) -> Candidates:
    """The candidates; a row counts as missed only where the other rater looked."""
    return replace(
        pairs,
        alone_a=pairs.alone_a & both[pairs.a.images],
        alone_b=pairs.alone_b & both[pairs.b.images],
    )


def _parts(objects: Ints, place: Ints, count: int) -> Floats:
    """Of each of `count` pictures what alpha is made of, (count, 3): see `agreement.alpha_from`."""
    unit, category, often, agreed = ratings(objects)
    picture = place[unit]
    width = int(objects.max(initial=0)) + 2
    cells, cell = np.unique(picture * width + category + 1, return_inverse=True)
    said = np.bincount(cell, often, len(cells))
    return np.column_stack(
        [
            np.bincount(picture, agreed, count),
            np.bincount(picture, often, count),
            np.bincount(cells // width, said * (said - 1), count),
        ]
    )
