"""Pictures that several data sets have: found before anything is merged, and checked."""

from __future__ import annotations

import filecmp
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from formats import pictures
from formats.annotations import Annotations
from formats.dataset import Chunk, Dataset, Item
from formats.errors import FormatError
from formats.losses import Losses

__all__ = ["Key", "Same", "Twice", "find", "key_of"]

Same = Literal["error", "join", "first"]
Key = tuple[str, str, str]
"""Clip, path and annotator."""
HINT = "--same join or --same first for one picture, --prefix for two pictures of one name"


@dataclass(slots=True)
class Twice:
    """The first set of every picture that several have, and the rows of the others."""

    owner: dict[Key, int] = field(default_factory=dict)
    tables: dict[Key, list[Annotations]] = field(default_factory=dict)
    """Filled where rows are to be joined."""


def key_of(item: Item, dataset: Dataset) -> Key:
    """What tells a picture from others: one annotator's view of it."""
    clip = "" if item.media is None else dataset.media[item.media].path
    return clip, item.path, item.annotator


def find(datasets: Sequence[Dataset], names: Sequence[str], same: Same, losses: Losses) -> Twice:
    """The pictures that several sets have; FormatError where that may not be.

    With ``join`` the tables of later sets are held in memory.
    """
    search = _Search(names, same, losses)
    for k, dataset in enumerate(datasets):
        for chunk in dataset.chunks():
            search.chunk(chunk, k, dataset)
    return search.found


class _Search:
    """The pictures that were seen so far, by their keys, with the set that each was first in."""

    def __init__(self, names: Sequence[str], same: Same, losses: Losses) -> None:
        self.names, self.same, self.losses = names, same, losses
        self.first: dict[Key, tuple[int, Item]] = {}
        self.found = Twice()

    def chunk(self, chunk: Chunk, k: int, dataset: Dataset) -> None:
        """Look at the pictures of a chunk of set `k`."""
        again = [i for i, item in enumerate(chunk.items) if self._is_again(item, k, dataset)]
        if not again or self.same != "join":
            return
        items = list(chunk.walk())
        for item in (items[i] for i in again):
            if item.annotations is not None:
                key = key_of(item, dataset)
                self.found.tables.setdefault(key, []).append(item.annotations)

    def _is_again(self, item: Item, k: int, dataset: Dataset) -> bool:
        """Whether an earlier set has the picture; FormatError where that may not be."""
        key = key_of(item, dataset)
        earlier, known = self.first.setdefault(key, (k, item))
        if earlier == k:
            return False
        if self.same == "error":
            what = f"{item.path} stands in {self.names[earlier]} and in {self.names[k]}"
            raise FormatError(what, hint=HINT)
        _check(item, known, f"{self.names[earlier]} and {self.names[k]}")
        self.found.owner[key] = earlier
        other = item.split not in ("", known.split)
        self.losses.add("split of a picture that an earlier set has too", int(other), item.path)
        return True


def _check(a: Item, b: Item, where: str) -> None:
    """FormatError where two pictures of one name cannot be the same."""
    if a.size is not None and b.size is not None and a.size != b.size:
        sides = f"{b.size[0]}x{b.size[1]} and {a.size[0]}x{a.size[1]}"
        raise FormatError(f"{a.path} is two pictures of {sides} pixels", where, HINT)
    files = [pictures.locate("", item) for item in (a, b)]
    if all(file is not None for file in files) and not _alike(*map(Path, map(str, files))):
        raise FormatError(f"{a.path} is two pictures: {files[1]} and {files[0]}", where, HINT)


def _alike(a: Path, b: Path) -> bool:
    try:
        return filecmp.cmp(a, b, shallow=False)
    except OSError as error:
        raise FormatError(f"cannot read: {error.strerror}", where=a) from error
