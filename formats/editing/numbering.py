"""Ids and splits of several data sets side by side.

A later set's id gives way where an earlier set has it. Splits are files of their own, whose ids may
be the same; a split that the sets spell differently (``val2017``, ``valid``) is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from formats import splits
from formats.annotations import Annotations
from formats.changing import Told
from formats.dataset import Chunk, Dataset, Item

__all__ = ["Ids", "Numbering", "numberings", "of", "spelled"]

Ints = NDArray[np.int64]
IMAGE = "image id that an earlier set has too: a new one is given"
ROW = "annotation id that an earlier set has too: a new one is given"


@dataclass(slots=True)
class Ids:
    """The ids of pictures and rows by split; a split without any is there too."""

    images: dict[str, set[int]] = field(default_factory=dict)
    rows: dict[str, Ints] = field(default_factory=dict)
    counts: tuple[int, int] = (0, 0)
    """How many pictures and rows state an id."""

    def last(self) -> tuple[int, int]:
        """The greatest ids of pictures and rows, 0 where there are none."""
        images = max((max(ids, default=0) for ids in self.images.values()), default=0)
        rows = max((int(ids.max(initial=0)) for ids in self.rows.values()), default=0)
        return images, rows


@dataclass(frozen=True, slots=True)
class Numbering:
    """What becomes of the ids of one set: those in `taken` are replaced by new ones from `first`.

    New ids are given in the order of a walk, whose counts tell how many were given.
    """

    taken: Ids
    first: tuple[int, int]

    def item(self, item: Item, told: Told) -> Item:
        """The item, with a new id where its own is taken."""
        if item.id is None or item.id not in self.taken.images.get(item.split, ()):
            return item
        told[IMAGE] += 1
        return replace(item, id=self.first[0] + told[IMAGE] - 1)

    def table(self, chunk: Chunk, told: Told) -> Annotations:
        """The rows of a chunk, with new ids where theirs are taken."""
        table = chunk.annotations
        if table.ids is None or not self.taken.rows:
            return table
        gone = np.zeros(len(table), dtype=bool)
        for split, of_split in _by_split(chunk):
            gone |= of_split & np.isin(table.ids, self.taken.rows.get(split, ()))
        if not gone.any():
            return table
        ids = table.ids.copy()
        ids[gone] = self.first[1] + told[ROW] + np.arange(int(gone.sum()))
        told[ROW] += int(gone.sum())
        return table.with_columns(ids=ids)


def of(dataset: Dataset) -> Ids:
    """The ids that a data set states, with the splits that it has."""
    images: dict[str, set[int]] = {}
    rows: dict[str, list[Ints]] = {}
    pictures = 0
    for chunk in dataset.chunks():
        for item in chunk.items:
            images.setdefault(item.split, set()).update(() if item.id is None else (item.id,))
            pictures += item.id is not None
        if chunk.annotations.ids is not None:
            for split, of_split in _by_split(chunk):
                ids = chunk.annotations.ids[of_split]
                rows.setdefault(split, []).append(ids[ids >= 0])
    joined = {split: np.concatenate(ids) for split, ids in rows.items()}
    counts = pictures, sum(map(len, joined.values()))
    return Ids(images, {split: np.unique(ids) for split, ids in joined.items()}, counts)


def _by_split(chunk: Chunk) -> list[tuple[str, NDArray[np.bool_]]]:
    """Every split of a chunk with the rows (N,) of its pictures."""
    names = [item.split for item in chunk.items]
    if len(set(names)) < 2:
        return [(split, np.ones(len(chunk.annotations), dtype=bool)) for split in names[:1]]
    found = np.array(names, dtype=object)[chunk.annotations.images]
    return [(split, np.asarray(found == split)) for split in dict.fromkeys(names)]


def spelled(sets: Iterable[Ids]) -> dict[str, str]:
    """The one name of splits that the sets spell in several ways, by each of these."""
    names = list(dict.fromkeys(split for found in sets for split in found.images))
    plain = [splits.canonical(name) for name in names]
    return {
        name: one
        for name, one in zip(names, plain, strict=True)
        if plain.count(one) > 1 and name != one
    }


def numberings(sets: Sequence[Ids], spelling: Mapping[str, str]) -> list[Numbering]:
    """What becomes of the ids of every set; new ones are beyond all that any set states."""
    lasts = [ids.last() for ids in sets]
    first = 1 + max(images for images, _ in lasts), 1 + max(rows for _, rows in lasts)
    found, taken = [], Ids()
    for ids in sets:
        found.append(Numbering(taken, first))
        taken = _and(taken, ids, spelling)
        first = first[0] + ids.counts[0], first[1] + ids.counts[1]
    return found


def _and(first: Ids, second: Ids, spelling: Mapping[str, str]) -> Ids:
    images = {split: set(ids) for split, ids in first.images.items()}
    rows = dict(first.rows)
    for split, numbers in second.images.items():
        images.setdefault(spelling.get(split, split), set()).update(numbers)
    for split, ids in second.rows.items():
        name = spelling.get(split, split)
        rows[name] = np.union1d(rows.get(name, ids), ids)
    return Ids(images, rows)
