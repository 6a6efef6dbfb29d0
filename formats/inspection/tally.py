"""What there is in a data set, counted: pictures, objects, classes, kinds, splits, sizes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.columns import Flag, Kind
from formats.dataset import Chunk
from formats.editing.fields import OBJECT

__all__ = ["SIZES", "Part", "Tally"]

Ints = NDArray[np.int64]
SIZES: Mapping[str, float] = {"small": 32.0**2, "medium": 96.0**2, "large": np.inf}
"""COCO's sizes of objects: the area in square pixels below which each is."""


@dataclass(slots=True)
class Part:
    """Counts of one split, or of the whole."""

    classes: Ints
    """(L,) objects of each class."""
    pictures_by_class: Ints
    """(L,) pictures with an object of each class."""
    pictures: int = 0
    unseen: int = 0
    """Pictures that nobody looked at (no label file)."""
    empty: int = 0
    """Pictures that were looked at and have no object."""
    objects: int = 0
    most: int = 0
    """Objects of the picture that has most."""
    kinds: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)
    """Objects by COCO's sizes."""
    annotators: Counter[str] = field(default_factory=Counter)
    picture_sizes: Counter[tuple[int, int] | None] = field(default_factory=Counter)
    scored: int = 0
    tracked: int = 0
    attributes: Counter[str] = field(default_factory=Counter)


class Tally:
    """Counts of the whole and of every split."""

    def __init__(self, classes: int) -> None:
        def part() -> Part:
            return Part(np.zeros(classes, np.int64), np.zeros(classes, np.int64))

        self.whole = part()
        self.splits: dict[str, Part] = defaultdict(part)

    def add(self, chunk: Chunk) -> None:
        """Count a chunk."""
        filled = np.bincount(chunk.annotations.images, minlength=len(chunk.items))
        self._pictures(chunk, filled)
        self._classes(chunk)
        _shapes(self.whole, chunk)
        self.whole.most = max(self.whole.most, int(filled.max(initial=0)))

    def _pictures(self, chunk: Chunk, filled: Ints) -> None:
        looked = chunk.looked.tolist()
        for item, seen, objects in zip(chunk.items, looked, filled.tolist(), strict=True):
            for part in (self.whole, self.splits[item.split]):
                part.pictures += 1
                part.unseen += not seen
                part.empty += seen and not objects
                part.objects += objects
            self.whole.annotators[item.annotator] += 1
            self.whole.picture_sizes[item.size] += 1

    def _classes(self, chunk: Chunk) -> None:
        table, n = chunk.annotations, len(self.whole.classes)
        names = np.array([item.split for item in chunk.items], dtype=object)
        for split in dict.fromkeys(names.tolist()):
            rows = np.flatnonzero((names == split)[table.images])
            labels, images = table.labels[rows].astype(np.int64), table.images[rows]
            pairs = np.unique(images.astype(np.int64) * max(n, 1) + labels)
            for part in (self.whole, self.splits[split]):
                part.classes += np.bincount(labels, minlength=n)
                part.pictures_by_class += np.bincount(pairs % max(n, 1), minlength=n)


def _shapes(whole: Part, chunk: Chunk) -> None:
    table = chunk.annotations
    for k, count in enumerate(np.bincount(table.kinds, minlength=len(Kind)).tolist()):
        whole.kinds[Kind(k).name.lower()] += count
    for flag in Flag:
        whole.flags[(flag.name or "").lower()] += int(table.flagged(flag).sum())
    areas: Any = OBJECT["area"](chunk, ())
    bins = np.searchsorted(list(SIZES.values()), areas[np.isfinite(areas)], side="right")
    for k, name in enumerate(SIZES):
        whole.sizes[name] += int((bins == k).sum())
    whole.scored += int((~np.isnan(table.scores)).sum())
    whole.tracked += 0 if table.tracks is None else int((table.tracks >= 0).sum())
    if table.attributes is not None:
        whole.attributes.update(name for cell in table.attributes for name in cell)
