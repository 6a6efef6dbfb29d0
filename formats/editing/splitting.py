"""A data set divided into splits: by shares or counts, seeded, every class in its share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from formats import pictures, splits
from formats.changing import Told, edited
from formats.dataset import Chunk, Dataset, Item
from formats.editing import picking, shares
from formats.editing.shares import Share
from formats.editing.stratifying import dealt
from formats.editing.units import Units, grouping

__all__ = ["Division", "Part", "divide"]


@dataclass(slots=True)
class Part:
    """One split: its pictures, the groups that they came in, and its pictures by class."""

    name: str
    pictures: int = 0
    units: int = 0
    classes: Counter[int] = field(default_factory=Counter)
    """Class -> pictures with an object of it; `units.BACKGROUND` for those without any."""


@dataclass(frozen=True, slots=True)
class Division:
    """A data set that was divided, and the parts that it was divided into."""

    dataset: Dataset
    parts: list[Part]

    def lacking(self) -> dict[str, list[str]]:
        """Classes that have pictures, but none in a part: {part: classes}."""
        filled = [part for part in self.parts if part.pictures]
        names = dict(enumerate(label.name for label in self.dataset.labels))
        seen = {k for part in filled for k in part.classes}
        found = {part.name: sorted(seen - set(part.classes)) for part in filled}
        return {part: [names[k] for k in ks if k in names] for part, ks in found.items()}


def divide(
    dataset: Dataset,
    parts: Mapping[str, Share],
    *,
    seed: int = 0,
    group: str = "auto",
    stratify: bool = True,
    of: Collection[str] = (),
) -> Division:
    """The data set with a split for every picture: the same for the same pictures and seed.

    `group` says what stays together (`units.grouping`). `of` names the splits that are divided,
    others stay as they are; none: all of them.
    """
    only = {splits.canonical(name) for name in of} or None
    units = Units(dataset, grouping(group, dataset), only)
    wanted = shares.counts(parts, sum(unit.size for unit in units.by_key.values()))
    given = dealt(units.by_key, wanted, seed, stratify)
    job = _Divide(units, list(parts), given, pictures.Finder(dataset.root))
    return Division(edited(dataset, job.chunk), _parts(units, given, list(parts)))


def _parts(units: Units, given: Mapping[str, int], names: Sequence[str]) -> list[Part]:
    found = [Part(name) for name in names]
    for key, unit in units.by_key.items():
        part = found[given[key]]
        part.pictures += unit.size
        part.units += 1
        part.classes.update(unit.classes)
    return found


@dataclass(frozen=True, slots=True)
class _Divide:
    units: Units
    names: list[str]
    given: Mapping[str, int]
    finder: pictures.Finder

    def chunk(self, chunk: Chunk, _: Told) -> Chunk:
        """The same chunk with the new splits."""
        return picking.relisted(chunk, [self._item(item) for item in chunk.items])

    def _item(self, item: Item) -> Item:
        if not self.units.divides(item):
            return item
        split = self.names[self.given[self.units.key(item)]]
        if split == item.split:
            return item
        return replace(item, split=split, file=self.finder.find(item))
