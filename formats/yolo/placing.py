"""Which place a picture and its label file take in a set, and what happens when two take one."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from itertools import count

from formats import files, splits
from formats.dataset import Item
from formats.errors import FormatError
from formats.options import Collision
from formats.yolo import darknet
from formats.yolo.options import Tree
from formats.yolo.paths import label_file

__all__ = ["Places", "picture_place", "split_folder"]


def picture_place(path: str, split: str, tree: Tree) -> str:
    """Where a picture goes: below ``images/`` and its split, unless its path has that already.

    ``a/1.jpg`` of the split val: ``images/val/a/1.jpg``; ``images/val/1.jpg`` and
    ``val/images/1.jpg`` stay, ``val2017/1.jpg`` becomes ``images/val2017/1.jpg``.
    Darknet's tree has a folder for each split.
    """
    folders = path.split("/")[:-1]
    if tree == "darknet":
        return darknet.place(path, split)
    if tree == "beside" or "images" in folders:
        return path
    named = bool(folders) and splits.known(folders[0])
    if not split or (named and splits.canonical(folders[0]) == splits.canonical(split)):
        return f"images/{path}"
    return f"images/{split}/{path}"


def split_folder(split: str, where: object) -> str:
    """The name of a split, which becomes a folder; FormatError where it would lead elsewhere."""
    if split and ("/" in files.safe(split, where) or "\\" in split):
        raise FormatError(f"the split {split!r} is no name of a folder", where=where)
    return split


@dataclass(slots=True)
class Places:
    """Gives places out, each once. `renamed` maps a new place to the path that it was given for."""

    tree: Tree
    on_collision: Collision
    taken: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)

    def place(self, item: Item) -> tuple[str, str]:
        """The places of an item's picture and label file, relative to the set's folder."""
        name = posixpath.normpath(files.safe(item.path))
        split_folder(item.split, item.path)
        if "\n" in name or "\r" in name:
            raise FormatError("a line break in the name, which no list can hold", where=repr(name))
        picture = picture_place(name, item.split, self.tree)
        labels = label_file(picture)
        if labels in self.taken:
            picture = self._renamed(item, picture, labels)
            labels = label_file(picture)
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
        free = next(name for name in tries if label_file(name) not in self.taken)
        self.renamed[free] = item.path
        return free
