"""Objects and pictures that fulfil conditions, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from formats import splits
from formats.changing import Told, edited
from formats.dataset import Chunk, Dataset, Label
from formats.editing import fields, picking
from formats.editing.conditions import Condition, parse
from formats.editing.naming import indices

__all__ = ["Empty", "Wanted", "filtered"]

Bools = NDArray[np.bool_]
Empty = Literal["keep", "drop", "only"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is kept. Conditions are texts such as ``score>=0.5``; all of them must hold."""

    only: Sequence[str] = ()
    """Classes that are kept; empty: all."""
    drop: Sequence[str] = ()
    """Classes that are left out."""
    score: float = 0.0
    """Least score; objects without one were drawn by people and stay."""
    where: Sequence[str] = ()
    """Conditions on objects, by the fields of `fields.OBJECT` and ``attributes.NAME``."""
    splits: Sequence[str] = ()
    """Splits that are kept, in any spelling; empty: all."""
    pictures: Sequence[str] = ()
    """Conditions on pictures, by `fields.PICTURE`; their objects are those that are left."""
    empty: Empty = "keep"
    """Pictures without objects, after objects were left out."""


def filtered(dataset: Dataset, wanted: Wanted) -> Dataset:
    """The objects and pictures that are wanted; classes that are not go from the list of classes.

    UnknownName for a class or field that there is none of.
    """
    names = [label.name for label in dataset.labels]
    stays = np.ones(len(names), dtype=bool)
    if wanted.only:
        stays[:] = False
        stays[indices(wanted.only, dataset.labels)] = True
    stays[indices(wanted.drop, dataset.labels)] = False
    job = _Filter(
        wanted,
        dataset.labels,
        stays,
        [parse(text, fields.OBJECT, attributes=True) for text in wanted.where],
        [parse(text, fields.PICTURE) for text in wanted.pictures],
        {splits.canonical(name) for name in wanted.splits},
    )
    kept = tuple(label for label, stay in zip(dataset.labels, stays, strict=True) if stay)
    return edited(dataset, job.chunk, labels=kept)


@dataclass(frozen=True, slots=True)
class _Filter:
    """Conditions, parsed; `stays` (L,) tells which classes do."""

    wanted: Wanted
    labels: tuple[Label, ...]
    stays: Bools
    where: list[Condition]
    pictures: list[Condition]
    splits: set[str]

    def chunk(self, chunk: Chunk, told: Told) -> Chunk:
        """The wanted part of a chunk."""
        before = len(chunk.items), len(chunk.annotations)
        chunk = picking.items(chunk, self._in_splits(chunk))
        chunk = picking.rows(chunk, self._objects(chunk))
        chunk = picking.items(chunk, self._pictures(chunk))
        told["picture left out"] += before[0] - len(chunk.items)
        told["object left out"] += before[1] - len(chunk.annotations)
        place = (np.cumsum(self.stays) - 1).astype(np.int32)
        labels = place[chunk.annotations.labels]
        return replace(chunk, annotations=chunk.annotations.with_columns(labels=labels))

    def _in_splits(self, chunk: Chunk) -> Bools:
        if not self.splits:
            return np.ones(len(chunk.items), dtype=bool)
        return np.array([splits.canonical(item.split) in self.splits for item in chunk.items])

    def _objects(self, chunk: Chunk) -> Bools:
        table = chunk.annotations
        kept = self.stays[table.labels] & ~(table.scores < self.wanted.score)
        for condition in self.where:
            kept &= condition.holds(fields.of_objects(chunk, condition.field, self.labels))
        return kept

    def _pictures(self, chunk: Chunk) -> Bools:
        kept = np.ones(len(chunk.items), dtype=bool)
        for condition in self.pictures:
            kept &= condition.holds(fields.of_pictures(chunk, condition.field))
        if self.wanted.empty != "keep":
            filled = np.bincount(chunk.annotations.images, minlength=len(kept)) > 0
            kept &= filled if self.wanted.empty == "drop" else ~filled
        return kept
