"""What is wrong with names and ids: of classes, pictures and annotations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from formats import labels
from formats.dataset import Chunk, Item, Label
from formats.inspection.problems import PLACES, Problems

__all__ = ["Ids", "Paths", "classes", "place"]

Ints = NDArray[np.int64]


def place(chunk: Chunk, i: int) -> str:
    """Where a row is, for people: ``a.jpg: object 2``, with its id where it has one."""
    table = chunk.annotations
    image = int(table.images[i])
    number = i - int(np.searchsorted(table.images, image)) + 1
    known = table.ids is not None and table.ids[i] >= 0
    told = f" (id {table.ids[i]})" if known and table.ids is not None else ""
    return f"{chunk.items[image].path}: object {number}{told}"


def classes(found: Sequence[Label], problems: Problems) -> None:
    """Classes without a name, and names that are the same or nearly so."""
    seen: dict[str, str] = {}
    for k, label in enumerate(found):
        if not label.name.strip():
            problems.add("class-nameless", 1, [f"class {k}"])
            continue
        first = seen.setdefault(labels.plain(label.name), label.name)
        if any(other.name == label.name for other in found[:k]):
            problems.add("class-twice", 1, [repr(label.name)])
        elif first != label.name:
            problems.add("class-alike", 1, [f"{label.name!r} and {first!r}"])


class Paths:
    """The paths of pictures, held against each other; `find` tells where a picture lies.

    Of one path in the folders of two splits, as COCO has them, each has a picture of its own.
    """

    def __init__(self, problems: Problems, find: Callable[[Item], str] | None = None) -> None:
        self.problems, self.find = problems, find
        self._files: dict[str, dict[str, str]] = {}
        self._listed: set[tuple[int | None, str, str]] = set()
        self._splits: dict[str, str] = {}
        self._stems: dict[str, str] = {}
        self._folded: dict[str, str] = {}

    def add(self, item: Item) -> None:
        """Look at the path of an item."""
        if item.media is not None:
            return
        path, apart = item.path, self._is_apart(item)
        key = (item.media, f"{item.split}/{path}" if apart else path, item.annotator)
        if key in self._listed:
            self.problems.add("picture-twice", 1, [path])
        self._listed.add(key)
        split = self._splits.setdefault(path, item.split)
        if split != item.split and not apart:
            self.problems.add("two-splits", 1, [f"{path} ({split}, {item.split})"])
        for name, seen, alike in (
            ("one-label-file", self._stems, path.rpartition(".")[0] or path),
            ("names-alike", self._folded, path.casefold()),
        ):
            first = seen.setdefault(alike, path)
            if first != path:
                self.problems.add(name, 1, [f"{path} and {first}"])

    def _is_apart(self, item: Item) -> bool:
        """Whether another file than that of its path in the first split is this picture."""
        if self.find is None:
            return False
        files = self._files.setdefault(item.path, {})
        if item.split not in files:
            files[item.split] = self.find(item)
        first, own = next(iter(files.values())), files[item.split]
        return bool(first and own) and own != first


class Ids:
    """The ids of annotations: none may be 0 or occur twice in a split."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self._seen: dict[str, list[Ints]] = defaultdict(list)

    def add(self, chunk: Chunk) -> None:
        """Look at the ids of a chunk."""
        ids = chunk.annotations.ids
        if ids is None:
            return
        zero = np.flatnonzero(ids == 0)
        self.problems.add("id-zero", len(zero), (place(chunk, i) for i in zero.tolist()))
        splits = np.array([item.split for item in chunk.items], dtype=object)
        for split in dict.fromkeys(splits.tolist()):
            of_split = (splits == split)[chunk.annotations.images]
            self._seen[split].append(ids[of_split & (ids >= 0)])

    def finish(self) -> None:
        """Count the ids that occurred before."""
        for parts in self._seen.values():
            values, counts = np.unique(np.concatenate(parts), return_counts=True)
            twice = values[counts > 1]
            told = (f"id {value}" for value in twice[:PLACES].tolist())
            self.problems.add("id-twice", int((counts - 1).sum()), told)
