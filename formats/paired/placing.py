"""Which place a picture and its label file take, and what happens when two take one."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from itertools import count

from formats import files, splits
from formats.dataset import Item
from formats.errors import FormatError
from formats.options import Collision
from formats.paired.layout import DEFAULT, split_of
from formats.paired.rule import Rule
from formats.paired.tree import label_file

__all__ = ["Places", "picture_place"]


def picture_place(path: str, split: str, rule: Rule) -> str:
    """Where a picture goes: below the folder of pictures in that of its split.

    A path that has a folder of pictures stays, if its folders tell the split.
    """
    placed = any(name in rule.picture_folders for name in path.split("/")[:-1])
    if placed and (rule.lists or split_of(path, rule) == splits.canonical(split)):
        return path
    folder = rule.folder(split) if split or rule.lists else ""
    if not placed:
        path = f"{rule.pictures}/{path}"
    if not folder and split_of(path, rule):
        folder = DEFAULT
    return f"{folder}/{path}" if folder else path


@dataclass(slots=True)
class Places:
    """Gives places out, each once. `renamed` maps a new place to the path that it was given for."""

    rule: Rule
    on_collision: Collision
    taken: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)

    def place(self, item: Item) -> tuple[str, str]:
        """The places of an item's picture and label file, relative to the set's folder."""
        name = posixpath.normpath(files.safe(item.path))
        if "\n" in name or "\r" in name:
            raise FormatError("a line break in the name, which no list can hold", where=repr(name))
        if item.split:
            files.safe(item.split, "split")
        picture = picture_place(name, item.split, self.rule)
        labels = label_file(picture, self.rule)
        if labels in self.taken:
            picture = self._renamed(item, picture, labels)
            labels = label_file(picture, self.rule)
        self.taken[labels] = item.path
        return picture, labels

    def _renamed(self, item: Item, picture: str, labels: str) -> str:
        if self.on_collision == "error":
            raise FormatError(
                f"{self.taken[labels]} and {item.path} both map to the label file {labels}",
                hint="on_collision=rename gives the later one a new name",
            )
        stem, dot, ending = picture.rpartition(".")
        tries = (f"{stem}-{n}{dot}{ending}" for n in count(2))
        free = next(name for name in tries if label_file(name, self.rule) not in self.taken)
        self.renamed[free] = item.path
        return free
