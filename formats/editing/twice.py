"""Pictures that several data sets have: found before anything is merged, and checked."""

from __future__ import annotations

import filecmp
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from formats import pictures, splits
from formats.annotations import Annotations
from formats.dataset import Chunk, Dataset, Item
from formats.editing.paths import below
from formats.errors import FormatError
from formats.losses import Losses

__all__ = ["Key", "Place", "Same", "Twice", "find", "key_of"]

Same = Literal["error", "join", "first"]
Key = tuple[str, str, str, str]
"""Clip, path, annotator and split."""
Place = tuple[int, Key]
"""A picture of one of the sets."""
ANY = "*"
"""Stands for every split."""
HINT = "--same join or --same first for one picture, --prefix for two pictures of one name"
UNJOINED = "picture that an earlier set has below another folder (--same join makes them one)"
OF_SEVERAL = "picture that may be one of several of an earlier set, kept apart"
UNLIKE = "picture called like one of an earlier set, but of other size or bytes, kept apart"


@dataclass(slots=True)
class Twice:
    """The pictures of later sets that an earlier one has too, and their rows by the first's."""

    owners: dict[Place, Place] = field(default_factory=dict)
    tables: dict[Place, list[Annotations]] = field(default_factory=dict)
    """Filled where rows are to be joined."""


@dataclass(slots=True)
class _Seen:
    """The first picture of a name; not `alone` where one set has several, so it tells none."""

    place: Place
    item: Item
    alone: bool = True


def key_of(item: Item, dataset: Dataset) -> Key:
    """What tells a picture from others: one annotator's view of it, in one split."""
    clip = "" if item.media is None else dataset.media[item.media].path
    return clip, item.path, item.annotator, splits.canonical(item.split)


def _names(key: Key) -> Iterator[Key]:
    """What a picture may be known by in other sets, the surest first.

    Its path in its split, its path in any; then the same of its path below the folder of pictures,
    with a ``/`` before it.
    """
    clip, path, annotator, split = key
    for name in (path, f"/{below(path, split)}"):
        yield clip, name, annotator, split
        yield clip, name, annotator, ANY


def find(datasets: Sequence[Dataset], names: Sequence[str], same: Same, losses: Losses) -> Twice:
    """The pictures that several sets have; FormatError where that may not be.

    With ``join`` the tables of later sets are held in memory.
    """
    search = _Search(names, same, losses)
    for k, dataset in enumerate(datasets):
        search.dataset(k, dataset)
    return search.found


class _Search:
    """The pictures that were seen so far, by all that they may be known by."""

    def __init__(self, names: Sequence[str], same: Same, losses: Losses) -> None:
        self.names, self.same, self.losses = names, same, losses
        self.known: dict[Key, _Seen] = {}
        self.found = Twice()

    def dataset(self, k: int, dataset: Dataset) -> None:
        """Look at all pictures of set `k`, then which of them earlier sets have."""
        own: dict[Key, _Seen] = {}
        met: list[tuple[Key, Item]] = []
        for chunk in dataset.chunks():
            keys = [key_of(item, dataset) for item in chunk.items]
            for key, item in zip(keys, chunk.items, strict=True):
                for name in _names(key):
                    seen = own.setdefault(name, _Seen((k, key), item))
                    seen.alone &= seen.place[1] == key
            met += self._met(chunk, keys)
        for key, item in met:
            self._match((k, key), item, own)
        for name, seen in own.items():
            seen.place = self.found.owners.get(seen.place, seen.place)
            self.known.setdefault(name, seen)

    def _met(self, chunk: Chunk, keys: Sequence[Key]) -> Iterator[tuple[Key, Item]]:
        """The items that may be pictures of earlier sets; with their tables if rows are joined."""
        if not self.known:
            return
        is_met = [any(name in self.known for name in _names(key)) for key in keys]
        if any(is_met):
            items = chunk.walk() if self.same == "join" else chunk.items
            found = zip(keys, items, is_met, strict=True)
            yield from ((key, item) for key, item, is_one in found if is_one)

    def _match(self, place: Place, item: Item, own: dict[Key, _Seen]) -> None:
        """Find the picture of an earlier set that an item is, and settle it."""
        names = [name for name in _names(place[1]) if name in self.known]
        by_path = [self.known[name] for name in names if name[1] == item.path]
        if by_path and self.same == "error":
            earlier, later = self.names[by_path[0].place[0]], self.names[place[0]]
            raise FormatError(f"{item.path} stands in {earlier} and in {later}", hint=HINT)
        alone = [self.known[n] for n in names if own[n].alone and self.known[n].alone]
        if not alone:
            self.losses.warn(OF_SEVERAL, example=item.path)
        elif self._is_one(item, alone[0], place[0]):
            self._settle(place, item, alone[0])

    def _is_one(self, item: Item, seen: _Seen, k: int) -> bool:
        """Whether two pictures of one name are one; FormatError where they share the path."""
        why = _unlike(item, seen.item)
        if why and item.path == seen.item.path:
            where = f"{self.names[seen.place[0]]} and {self.names[k]}"
            raise FormatError(f"{item.path} is two pictures{why}", where, HINT)
        what = UNLIKE if why else UNJOINED
        self.losses.warn(what, bool(why) or self.same == "error", f"{item.path}, {seen.item.path}")
        return not why and self.same != "error"

    def _settle(self, place: Place, item: Item, seen: _Seen) -> None:
        self.found.owners[place] = seen.place
        other = item.split not in ("", seen.item.split)
        self.losses.add("split of a picture that an earlier set has too", int(other), item.path)
        if self.same == "join" and item.annotations is not None:
            self.found.tables.setdefault(seen.place, []).append(item.annotations)


def _unlike(a: Item, b: Item) -> str:
    """In what two pictures differ; "" where they can be the same."""
    if a.size is not None and b.size is not None and a.size != b.size:
        return f" of {b.size[0]}x{b.size[1]} and {a.size[0]}x{a.size[1]} pixels"
    files = [pictures.locate("", item) for item in (a, b)]
    if all(file is not None for file in files) and not _alike(*map(Path, map(str, files))):
        return f": {files[1]} and {files[0]}"
    return ""


def _alike(a: Path, b: Path) -> bool:
    try:
        return filecmp.cmp(a, b, shallow=False)
    except OSError as error:
        raise FormatError(f"cannot read: {error.strerror}", where=a) from error
