"""Which place a picture and its label file take in a folder."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from itertools import count

from formats import files, splits
from formats.dataset import Item
from formats.errors import FormatError
from formats.options import Collision

__all__ = ["CLIPS", "RENAMED", "Places", "label_file", "resolved", "split_of"]

CLIPS, RENAMED = "clips.prelabel", "renamed.prelabel"
"""Maps beside label files; tools take every ``.json`` for a label file."""


def label_file(picture: str) -> str:
    """The label file of a picture; only the last ending goes: ``15.v2.jpg`` has ``15.v2.json``."""
    folder, slash, name = picture.rpartition("/")
    return f"{folder}{slash}{name.rpartition('.')[0] or name}.json"


def split_of(path: str) -> str:
    """The split that a folder of a path names, else ""."""
    return next((folder for folder in path.split("/")[:-1] if splits.known(folder)), "")


def resolved(image: str, folder: str) -> tuple[str, bool]:
    """The path of a picture, relative to where `folder` is, from what a label file in it says.

    ``\\`` divides folders, too. An absolute path is of another machine: its name alone counts, and
    the second value is true.
    """
    stated = image.replace("\\", "/")
    absolute = stated.startswith("/") or stated[1:2] == ":"
    stated = stated.rpartition("/")[2] if absolute else stated
    return posixpath.normpath(posixpath.join(folder, stated)), absolute


@dataclass(slots=True)
class Places:
    """Gives places out, each once. `renamed` maps a new place to the path that it was given for."""

    on_collision: Collision
    taken: dict[str, str] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)

    def place(self, item: Item) -> tuple[str, str]:
        """The places of an item's picture and label file; below a folder of its split."""
        picture = posixpath.normpath(files.safe(item.path).replace("\\", "/"))
        if item.split and splits.canonical(split_of(picture)) != splits.canonical(item.split):
            picture = f"{files.safe(item.split, 'split')}/{picture}"
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
