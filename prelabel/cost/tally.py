"""`tally`: the edits between two data sets, by picture, class and annotator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from formats.dataset import Dataset
from formats.errors import FormatError
from prelabel.compare import Panel, panel
from prelabel.compare.blocks import Block
from prelabel.compare.similarity import Sigmas
from prelabel.compare.tasks import Shapes, task_for
from prelabel.cost.edits import ADJUSTABLE, RIGHT, Edits, edits
from prelabel.cost.table import EDITS

__all__ = ["Compared", "Tally", "tally"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NAMED = EDITS[:-1]
"""The kinds of edit that are of a class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """How pre-labels are compared with what they became; see `cost.edits`.

    `conf` and `thresholds` (by class): the least score of what people were shown.
    """

    right: float = RIGHT
    adjustable: float = ADJUSTABLE
    task: str = "auto"
    sigmas: Sigmas = None
    conf: float = 0.0
    thresholds: Mapping[str, float] = field(default_factory=dict)
    aliases: Mapping[str, str] | None = None
    common: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Edits of P corrected pictures; one that two people corrected counts twice.

    `counts` (P, 6) in the order of `cost.table.EDITS`; `paths` and `annotators` (P,). `objects`
    (P,): corrected objects. `classes` (C, 5) edits by class of `labels`: of the corrected one, of
    the pre-label's for what was deleted. `renamed` counts (pre-label's, corrected) classes.
    `lead_times` (P,) seconds that the corrected data set tells, NaN for none.
    """

    labels: tuple[str, ...]
    paths: tuple[str, ...]
    annotators: tuple[str, ...]
    counts: Ints
    objects: Ints
    classes: Ints
    renamed: Mapping[tuple[str, str], int]
    lead_times: Floats
    told: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.paths)


def tally(pre: Dataset, corrected: Dataset, how: Compared | None = None) -> Tally:
    """Count what was done to `pre` to make `corrected` of it.

    A picture that only `corrected` has was drawn without pre-labels, unless `common` leaves it out;
    one that nobody corrected is left out. FormatError where no picture was corrected.
    """
    how = how or Compared()
    sides = panel([("pre-labels", pre), ("corrected", corrected)], aliases=how.aliases)
    sets = [rater.store.dataset for rater in sides.pictures.raters]
    if sets.count(pre) != 1 or pre is corrected:
        raise FormatError("the pre-labels are of several models or people, expected one")
    model = sets.index(pre)
    task = _task(sides, how.task)
    least = _least(sides, how)
    count = _Count(sides, how, task, least)
    for block in sides.pictures.blocks():
        for person in range(len(sets)):
            if person != model:
                count.add(block, model, person)
    return count.tally()


def _task(sides: Panel, asked: str) -> str:
    """One task for all pictures, from what all their rows have."""
    if asked != "auto":
        return task_for(asked)
    shapes = Shapes()
    for block in sides.pictures.blocks():
        for table in block.tables:
            shapes |= Shapes.of(table)
    return shapes.task()


def _least(sides: Panel, how: Compared) -> Floats:
    """(C,) the least score of each class that was shown."""
    names = [label.name for label in sides.labels]
    return np.array([how.thresholds.get(name, how.conf) for name in names])


@dataclass(slots=True, eq=False)
class _Count:
    """A tally that grows block by block."""

    sides: Panel
    how: Compared
    task: str
    least: Floats
    paths: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    counts: list[Ints] = field(default_factory=list)
    objects: list[Ints] = field(default_factory=list)
    classes: Ints | int = 0
    renamed: Counter[tuple[int, int]] = field(default_factory=Counter)
    undone: int = 0
    bare: int = 0

    def add(self, block: Block, model: int, person: int) -> None:
        """The pictures of a block that one person corrected."""
        done, shown = block.looked(person), block.looked(model)
        self.undone += int((shown & ~done).sum())
        self.bare += int((done & ~shown).sum())
        wanted = done & shown if self.how.common else done
        pre = _of(block.tables[model], wanted)
        pre = pre[~(pre.scores < self.least[pre.labels])]
        corrected = _of(block.tables[person], wanted)
        found = edits(
            pre,
            corrected,
            right=self.how.right,
            adjustable=self.how.adjustable,
            size=block.sizes,
            task=self.task,
            sigmas=self.how.sigmas,
        )
        places = np.flatnonzero(wanted)
        self._note(block, person, places)
        self.counts.append(_by_picture(found, pre, corrected, len(block))[places])
        self.objects.append(_objects(found, corrected, len(block))[places])
        self.classes = self.classes + _by_class(found, pre, corrected, len(self.least))
        names = pre.labels[found.relabelled[:, 0]], corrected.labels[found.relabelled[:, 1]]
        self.renamed.update(zip(*(column.tolist() for column in names), strict=True))

    def _note(self, block: Block, person: int, places: Ints) -> None:
        items = [block.items[person][k] for k in places.tolist()]
        self.paths += [block.paths[k] for k in places.tolist()]
        self.people += [item.annotator if item else "" for item in items]
        self.times += [_seconds(item.extra.get("lead_time")) if item else np.nan for item in items]

    def tally(self) -> Tally:
        """What was counted."""
        if not self.paths:
            raise FormatError("no picture was corrected: there is nothing to count")
        names = tuple(label.name for label in self.sides.labels)
        return Tally(
            names,
            tuple(self.paths),
            tuple(self.people),
            np.concatenate(self.counts),
            np.concatenate(self.objects),
            np.asarray(self.classes),
            {(names[a], names[b]): n for (a, b), n in self.renamed.most_common()},
            np.array(self.times),
            (*self.sides.told, *self._told()),
        )

    def _told(self) -> list[str]:
        drawn = "left out" if self.how.common else "counted as drawn from nothing"
        lines = {
            f"{self.undone} pictures with pre-labels were not corrected, left out": self.undone,
            f"{self.bare} corrected pictures have no pre-labels, {drawn}": self.bare,
        }
        return [line for line, number in lines.items() if number]


def _of(table: Annotations, wanted: NDArray[np.bool_]) -> Annotations:
    """The rows of wanted pictures."""
    return table if wanted.all() else table[wanted[table.images]]


def _kinds(found: Edits) -> dict[str, tuple[Ints, bool]]:
    """Rows by kind of edit, and whether they are of the corrected table."""
    moved = np.concatenate([found.moved[:, 1], found.relabelled[found.reshaped, 1]])
    return {
        "verify": (found.kept[:, 1], True),
        "adjust": (moved, True),
        "delete": (found.deleted, False),
        "draw": (found.drawn, True),
        "relabel": (np.concatenate([found.relabelled[:, 1], found.tagged]), True),
    }


def _by_picture(found: Edits, pre: Annotations, corrected: Annotations, count: int) -> Ints:
    """(B, 6) edits of each picture of a block."""
    kinds = _kinds(found)
    sides = {True: corrected.images, False: pre.images}
    columns = [np.bincount(sides[kinds[k][1]][kinds[k][0]], minlength=count) for k in NAMED]
    return np.stack([*columns, np.ones(count, dtype=np.int64)], axis=1)


def _by_class(found: Edits, pre: Annotations, corrected: Annotations, count: int) -> Ints:
    """(C, 5) edits of each class."""
    kinds = _kinds(found)
    sides = {True: corrected.labels, False: pre.labels}
    columns = [np.bincount(sides[kinds[k][1]][kinds[k][0]], minlength=count) for k in NAMED]
    return np.stack(columns, axis=1)


def _objects(found: Edits, corrected: Annotations, count: int) -> Ints:
    """(B,) corrected objects of each picture: what would have been drawn without pre-labels."""
    pairs = np.concatenate([found.kept, found.moved, found.relabelled])
    rows = np.concatenate([pairs[:, 1], found.drawn])
    rows = rows[corrected.kinds[rows] != Kind.TAG]
    return np.bincount(corrected.images[rows], minlength=count)


def _seconds(value: object) -> float:
    """A time as stated, NaN for anything else."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return float(value)
    return float("nan")
