"""What a split keeps together: frames of a clip, copies of a picture, all its annotators."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import PurePosixPath

import numpy as np

from formats import splits
from formats.dataset import Chunk, Dataset, Item
from formats.errors import FormatError

__all__ = ["BACKGROUND", "Unit", "Units", "grouping"]

Key = Callable[[Item], str]
BACKGROUND = -1
"""Stands for a class in pictures without an object."""
_COPY = re.compile(r"(.+)\.rf\.[0-9A-Za-z]+\.\w+")
"""Roboflow's names of augmented copies: ``name_jpg.rf.<hash>.jpg``."""


def grouping(how: str, dataset: Dataset) -> Key:
    """Which group an item is in.

    ``auto``: its clip, else the picture that it is a copy of (Roboflow's ``.rf.`` names), else its
    path; ``none``: its path; ``folder``: its folder; anything else is a regular expression that is
    looked for in the path: its first group, or what it matched.
    """
    if how == "none":
        return lambda item: item.path
    if how == "folder":
        return lambda item: str(PurePosixPath(item.path).parent)
    if how == "auto":
        return lambda item: _origin(item, dataset)
    try:
        pattern = re.compile(how)
    except re.error as error:
        what = f"{how!r} is neither auto, none, folder nor a regular expression: {error}"
        raise FormatError(what) from error
    return lambda item: _matched(pattern, item.path)


def _origin(item: Item, dataset: Dataset) -> str:
    if item.media is not None:
        return f"clip {item.media} {dataset.media[item.media].path}"
    copy = _COPY.fullmatch(PurePosixPath(item.path).name)
    return copy[1] if copy else item.path


def _matched(pattern: re.Pattern[str], path: str) -> str:
    found = pattern.search(path)
    if found is None:
        return path
    return found[1] or "" if pattern.groups else found[0]


@dataclass(slots=True)
class Unit:
    """Pictures that stay together: how many, and how many of them each class is in."""

    size: int = 0
    classes: dict[int, int] = field(default_factory=dict)

    def add(self, classes: Iterable[int]) -> None:
        """One more picture, with objects of some classes."""
        self.size += 1
        for k in classes:
            self.classes[k] = self.classes.get(k, 0) + 1


class Units:
    """The units of a data set by their keys; items of other splits than `of` are no part of it."""

    def __init__(self, dataset: Dataset, key: Key, of: Container[str] | None = None) -> None:
        self.key, self.of = key, of
        pictures: dict[tuple[int | None, str], tuple[str, set[int]]] = {}
        for chunk in dataset.chunks():
            for item, classes in _classes(chunk):
                if self.divides(item):
                    place = (item.media, item.path)
                    pictures.setdefault(place, (key(item), set()))[1].update(classes)
        self.by_key: dict[str, Unit] = {}
        for name, found in pictures.values():
            self.by_key.setdefault(name, Unit()).add(found or {BACKGROUND})

    def divides(self, item: Item) -> bool:
        """Whether an item is given a new split."""
        return self.of is None or splits.canonical(item.split) in self.of


def _classes(chunk: Chunk) -> Iterator[tuple[Item, list[int]]]:
    """Every item with the classes of its objects, each once."""
    table = chunk.annotations
    wide = int(table.labels.max(initial=0)) + 1
    pairs = np.unique(table.images.astype(np.int64) * wide + table.labels)
    bounds = np.searchsorted(pairs, np.arange(len(chunk.items) + 1) * wide).tolist()
    classes = (pairs % wide).tolist()
    for item, (start, stop) in zip(chunk.items, pairwise(bounds), strict=True):
        yield item, classes[start:stop]
