"""Datasets side by side: which picture is which, who looked at it, one list of classes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import overload

import numpy as np
from numpy.typing import NDArray

from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from formats.tracks.filling import densified
from prelabel.compare import keypoint_order
from prelabel.compare.blocks import Block, Rater, Store
from prelabel.compare.classes import joined
from prelabel.compare.clip_names import clip_names
from prelabel.compare.listing import Listing, listed
from prelabel.compare.tasks import Shapes, task_for
from prelabel.evaluate.pairing import Path, paired

__all__ = ["Panel", "Picture", "Pictures", "panel"]

Ints = NDArray[np.int64]
Places = dict[str, int]
BLOCK = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture or frame as every rater saw it.

    `items` in the order of `Panel.raters`, None where the rater did not look; their label numbers
    are the panel's. `path` carries ``#frame`` for a frame of a clip; `size` is None where unknown.
    """

    path: str
    size: tuple[int, int] | None
    items: tuple[Item | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pictures(Sequence[Picture]):
    """The pictures of a panel, made as they are asked for; can be walked again and again."""

    paths: tuple[str, ...]
    raters: tuple[Rater, ...]
    frames: Mapping[int, tuple[Path, int]]
    """Clip and frame of the pictures that are frames."""

    def __len__(self) -> int:
        return len(self.paths)

    @overload
    def __getitem__(self, index: int) -> Picture: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Picture]: ...
    def __getitem__(self, index: int | slice) -> Picture | Sequence[Picture]:
        if isinstance(index, slice):
            return [self[k] for k in range(*index.indices(len(self)))]
        k = range(len(self))[index]
        return next(_pictures(self.block(k, k + 1)))

    def __iter__(self) -> Iterator[Picture]:
        for block in self.blocks():
            yield from _pictures(block)

    def blocks(self) -> Iterator[Block]:
        """The pictures some thousand at a time, with one table per rater."""
        for start in range(0, len(self), BLOCK):
            yield self.block(start, min(start + BLOCK, len(self)))

    def block(self, start: int, stop: int) -> Block:
        """Pictures `start` to `stop` as one table per rater."""
        for rater in self.raters:
            _release(rater.store, [r for r in self.raters if r.store is rater.store], start, stop)
        found = [rater.store.gather(rater.numbers[start:stop]) for rater in self.raters]
        items = tuple(items for items, _ in found)
        sizes = (
            next((item.size for item in seen if item is not None and item.size), None)
            for seen in zip(*items, strict=True)
        )
        tables = tuple(table for _, table in found)
        return Block(start, self.paths[start:stop], tuple(sizes), items, tables)


def _release(store: Store, raters: Sequence[Rater], start: int, stop: int) -> None:
    numbers = np.concatenate([rater.numbers[start:stop] for rater in raters])
    if (numbers >= 0).any():
        store.release(int(numbers[numbers >= 0].min()))


def _pictures(block: Block) -> Iterator[Picture]:
    seen = [block.seen(r) for r in range(len(block.tables))]
    columns = zip(block.paths, block.sizes, zip(*seen, strict=True), strict=True)
    return (Picture(path, size, items) for path, size, items in columns)


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """What several raters said about the same pictures.

    `labels` are the classes of all, joined by name; `raters` have unique names; `pictures` come in
    the order of the first dataset, then those that only later ones have. `told` are facts for the
    user, one sentence each.
    """

    labels: tuple[Label, ...]
    raters: tuple[str, ...]
    pictures: Pictures
    told: tuple[str, ...] = ()
    shapes: Shapes = field(default_factory=Shapes)
    """What the rows of all raters have."""

    def task(self, task: str = "auto") -> str:
        """The task asked for; for auto the most exact shape that all rows of all raters have."""
        return task_for(task, self.shapes)


def panel(
    datasets: Sequence[tuple[str, Dataset]], *, aliases: Mapping[str, str] | None = None
) -> Panel:
    """Set named datasets side by side.

    A dataset is one rater, or several where its items name their annotator. Pictures are paired as
    `evaluate.pair` does it: by path, then by ends of paths that are unique on both sides; frames
    also by their number. Tracks of keyframes are filled in. Classes are joined by name, else by the
    one name that differs in case or blanks; `aliases` maps further names to names. FormatError
    where there is nothing to compare.
    """
    named = [(name, densified(dataset)) for name, dataset in datasets]
    clips = clip_names([dataset.media for _, dataset in named])
    listings = [listed(data, own) for (_, data), own in zip(named, clips, strict=True)]
    labels, places, same = joined([data.labels for _, data in named], aliases or {})
    pictures, numbers = _joined(listings)
    raters: list[Rater] = []
    names = _names([name for name, _ in named], listings)
    for (_, data), listing, place, told, own in zip(
        named, listings, places, numbers, names, strict=True
    ):
        found = {name: _numbers(listing, who, told, len(pictures)) for who, name in own}
        orders = keypoint_order.orders(data.labels, place, labels)
        keep = bool(listing.held) or not all(_rising(n) for n in found.values())
        if listing.spool is not None:
            data = replace(data, chunks=listing.spool.chunks)
        store = Store(data, np.array(listing.chunks), place, orders, keep, listing.held)
        raters += [Rater(name, store, items) for name, items in found.items()]
    if not raters:
        raise FormatError("nobody looked at any picture: there is nothing to compare")
    return Panel(
        labels,
        tuple(rater.name for rater in raters),
        Pictures(tuple(pictures), tuple(raters), _frames(listings, numbers)),
        (*same, *_told(raters, listings, len(pictures))),
        reduce(or_, (listing.shapes for listing in listings)),
    )


def _joined(listings: Sequence[Listing]) -> tuple[Places, list[Ints]]:
    """All pictures, and for each dataset the number of each of its pictures among them."""
    everything: Places = {}
    numbers = []
    for listing in listings:
        same = _same(listing.keys, everything)
        found = [everything.setdefault(same.get(key, key), len(everything)) for key in listing.keys]
        numbers.append(np.array(found, dtype=np.int64))
    return everything, numbers


def _same(keys: Places, everything: Places) -> dict[str, str]:
    """The known picture that is each of those whose path is not known."""
    fresh = [key for key in keys if key not in everything]
    if not fresh or not everything:
        return {}
    found = [tuple(key.split("/")) for key in fresh]
    known = [tuple(key.split("/")) for key in everything if key not in keys]
    return {"/".join(theirs): "/".join(ours) for ours, theirs in paired(found, known).items()}


def _frames(listings: Sequence[Listing], numbers: Sequence[Ints]) -> Mapping[int, tuple[Path, int]]:
    """Clip and frame by picture."""
    return {
        int(told[picture]): place
        for listing, told in zip(listings, numbers, strict=True)
        for picture, place in listing.frames.items()
    }


def _numbers(listing: Listing, rater: str, told: Ints, count: int) -> Ints:
    """The item of each of `count` pictures, -1 where there is none; the last one of several."""
    items = np.full(count, -1, dtype=np.int64)
    pictures, numbers = listing.items_of(rater)
    items[told[pictures]] = numbers
    return items


def _rising(numbers: Ints) -> bool:
    return bool((np.diff(numbers[numbers >= 0]) > 0).all())


def _names(names: Sequence[str], listings: Sequence[Listing]) -> list[list[tuple[str, str]]]:
    """For each dataset its annotators and the unique name of each."""
    plain = [[who or name for who in x.raters] for name, x in zip(names, listings, strict=True)]
    often = Counter(said for row in plain for said in row)
    taken: set[str] = set()
    return [
        [
            (who, _unique(said if often[said] == 1 or not who else f"{name}: {who}", taken))
            for who, said in zip(listing.raters, row, strict=True)
        ]
        for name, listing, row in zip(names, listings, plain, strict=True)
    ]


def _unique(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken."""
    k, found = 2, name
    while found in taken:
        k, found = k + 1, f"{name} ({k})"
    taken.add(found)
    return found


def _told(raters: Sequence[Rater], listings: Sequence[Listing], count: int) -> Iterator[str]:
    for rater in raters:
        looked = int((rater.numbers >= 0).sum())
        if looked < count:
            yield f"{rater.name} looked at {looked} of {count} pictures"
    looks = [listing.items_of(who)[0] for listing in listings for who in listing.raters]
    if twice := sum(len(pictures) - len(np.unique(pictures)) for pictures in looks):
        yield f"{twice} pictures were labelled again by the same annotator: the last one counts"
