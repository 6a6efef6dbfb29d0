"""Many pictures at a time: one table per rater, read from the datasets as they are needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.dataset import Chunk, Dataset, Item
from geometry.overlaps import expand
from prelabel.compare.keypoint_order import Orders, reordered

__all__ = ["Block", "Rater", "Store"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Neighbouring pictures of a panel, from picture `first` on.

    By rater: `tables`, whose `images` are places in the block (rows sorted by them) and whose
    labels are the panel's; `items` without tables, None where the rater did not look.
    """

    first: int
    paths: tuple[str, ...]
    sizes: tuple[tuple[int, int] | None, ...]
    items: tuple[tuple[Item | None, ...], ...]
    tables: tuple[Annotations, ...]

    def __len__(self) -> int:
        return len(self.paths)

    def looked(self, rater: int) -> NDArray[np.bool_]:
        """(B,) whether a rater looked at each picture."""
        return np.array([item is not None for item in self.items[rater]], dtype=bool)

    def seen(self, rater: int) -> list[Item | None]:
        """The items of a rater with their tables, None where the rater did not look."""
        table = self.tables[rater]
        bounds = np.searchsorted(table.images, np.arange(len(self) + 1)).tolist()
        return [
            None if item is None else replace(item, annotations=_alone(table, *bounds[k : k + 2]))
            for k, item in enumerate(self.items[rater])
        ]


def _alone(table: Annotations, start: int, stop: int) -> Annotations:
    rows = table[start:stop]
    return rows.with_columns(images=np.zeros(stop - start, np.int32))


@dataclass(slots=True, eq=False)
class Store:
    """The chunks of one dataset, read in order; `keep` holds all that were read once.

    `starts`: first item of each chunk, and the number of items. `place`: the panel's label of each
    label of the dataset. `orders`: where this dataset keeps the keypoints of the panel's labels.
    """

    dataset: Dataset
    starts: Ints
    place: NDArray[np.int32]
    orders: Orders
    keep: bool
    held: dict[int, Chunk] = field(default_factory=dict)
    walk: Iterator[Chunk] | None = None
    next: int = 0
    """Number of the chunk that the walk gives next."""

    def gather(self, numbers: Ints) -> tuple[tuple[Item | None, ...], Annotations]:
        """Items (B,) and their rows; `numbers` of items in the walk, -1 for none."""
        items: list[Item | None] = [None] * len(numbers)
        there = np.flatnonzero(numbers >= 0)
        chunk_of = np.searchsorted(self.starts, numbers[there], "right") - 1
        tables = []
        for k in np.unique(chunk_of).tolist():
            chunk, places = self._chunk(k), there[chunk_of == k]
            within = numbers[places] - self.starts[k]
            for place, item in zip(places.tolist(), within.tolist(), strict=True):
                items[place] = chunk.items[item]
            tables.append(self._rows(chunk, within, places))
        table = Annotations.concat(tables)
        sorted_ = len(tables) < 2 or bool((np.diff(table.images) >= 0).all())
        return tuple(items), table if sorted_ else table[np.argsort(table.images, kind="stable")]

    def _rows(self, chunk: Chunk, within: Ints, places: Ints) -> Annotations:
        """The rows of some items of a chunk, numbered by their places."""
        table = chunk.annotations
        bounds = np.searchsorted(table.images, np.arange(len(chunk.items) + 1))
        nth, rows = expand(bounds[within], bounds[within + 1])
        found = table if _whole(rows, len(table)) else table[rows]
        labels = self.place[found.labels]
        found = reordered(found, labels, self.orders)
        return found.with_columns(images=places[nth].astype(np.int32), labels=labels)

    def release(self, number: int) -> None:
        """Let go of the chunks before item `number`, if all need not be kept."""
        first = int(np.searchsorted(self.starts, number, "right")) - 1
        if not self.keep:
            self.held = {k: chunk for k, chunk in self.held.items() if k >= first}

    def _chunk(self, number: int) -> Chunk:
        if number not in self.held:
            self._read(number)
        return self.held[number]

    def _read(self, number: int) -> None:
        """Walk on to a chunk, from the start where the walk has passed it."""
        if self.walk is None or number < self.next:
            self.walk, self.next = self.dataset.chunks(), 0
        for chunk in self.walk:
            self.next += 1
            if self.keep or self.next > number:
                self.held[self.next - 1] = chunk
            if self.next > number:
                return


def _whole(rows: Ints, count: int) -> bool:
    return len(rows) == count and bool((rows == np.arange(count)).all())


@dataclass(frozen=True, slots=True, eq=False)
class Rater:
    """One rater: the store of the dataset and, for each picture of the panel, the item or -1."""

    name: str
    store: Store
    numbers: Ints
