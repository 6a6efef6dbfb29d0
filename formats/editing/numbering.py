"""Ids and splits of several data sets side by side.

A later set's id gives way where an earlier set has it. Splits are files of their own, whose ids may
be the same; a split that the sets spell differently (``val2017``, ``valid``) is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from formats import splits
from formats.annotations import Annotations
from formats.dataset import Chunk, Dataset, Item
from formats.editing.walking import Told

__all__ = ["IMAGE", "Taken", "of", "spelled", "taken"]

Ints = NDArray[np.int64]
IMAGE = "image id that an earlier set has too: a new one is given"
ROW = "annotation id that an earlier set has too: a new one is given"


@dataclass(slots=True)
class Taken:
    """The ids of pictures and rows by split; a split without any is there too."""

    images: dict[str, set[int]] = field(default_factory=dict)
    rows: dict[str, Ints] = field(default_factory=dict)

    def item(self, item: Item) -> bool:
        """Whether an item's id is among them."""
        return item.id is not None and item.id in self.images.get(item.split, ())

    def table(self, chunk: Chunk, told: Told) -> Annotations:
        """The rows of a chunk, those without their id whose id is among them."""
        table = chunk.annotations
        if table.ids is None or not self.rows:
            return table
        gone = np.zeros(len(table), dtype=bool)
        for split, of_split in _by_split(chunk):
            gone |= of_split & np.isin(table.ids, self.rows.get(split, ()))
        told[ROW] += int(gone.sum())
        return table.with_columns(ids=np.where(gone, -1, table.ids)) if gone.any() else table


def of(dataset: Dataset) -> Taken:
    """The ids that a data set states, with the splits that it has."""
    images: dict[str, set[int]] = {}
    rows: dict[str, list[Ints]] = {}
    for chunk in dataset.chunks():
        for item in chunk.items:
            images.setdefault(item.split, set()).update(() if item.id is None else (item.id,))
        if chunk.annotations.ids is not None:
            for split, of_split in _by_split(chunk):
                ids = chunk.annotations.ids[of_split]
                rows.setdefault(split, []).append(ids[ids >= 0])
    return Taken(images, {split: np.unique(np.concatenate(ids)) for split, ids in rows.items()})


def _by_split(chunk: Chunk) -> list[tuple[str, NDArray[np.bool_]]]:
    """Every split of a chunk with the rows (N,) of its pictures."""
    names = [item.split for item in chunk.items]
    if len(set(names)) < 2:
        return [(split, np.ones(len(chunk.annotations), dtype=bool)) for split in names[:1]]
    found = np.array(names, dtype=object)[chunk.annotations.images]
    return [(split, np.asarray(found == split)) for split in dict.fromkeys(names)]


def spelled(sets: Iterable[Taken]) -> dict[str, str]:
    """The one name of splits that the sets spell in several ways, by each of these."""
    names = list(dict.fromkeys(split for found in sets for split in found.images))
    plain = [splits.canonical(name) for name in names]
    return {
        name: one
        for name, one in zip(names, plain, strict=True)
        if plain.count(one) > 1 and name != one
    }


def taken(sets: Sequence[Taken], spelling: Mapping[str, str]) -> list[Taken]:
    """For every set the ids that those before it have."""
    found = [Taken()]
    for ids in sets[:-1]:
        found.append(_and(found[-1], ids, spelling))
    return found


def _and(first: Taken, second: Taken, spelling: Mapping[str, str]) -> Taken:
    images = {split: set(ids) for split, ids in first.images.items()}
    rows = dict(first.rows)
    for split, numbers in second.images.items():
        images.setdefault(spelling.get(split, split), set()).update(numbers)
    for split, ids in second.rows.items():
        name = spelling.get(split, split)
        rows[name] = np.union1d(rows.get(name, ids), ids)
    return Taken(images, rows)
