"""Which place a picture and its label file take in a folder."""

from __future__ import annotations

import posixpath

from formats import files, splits
from formats.dataset import Item
from formats.namesakes import stem, tidy

__all__ = ["CLIPS", "RENAMED", "label_file", "picture_place", "resolved", "split_of"]

CLIPS, RENAMED = "clips.prelabel", "renamed.prelabel"
"""Maps beside label files; tools take every ``.json`` for a label file."""


def label_file(picture: str) -> str:
    """The label file of a picture; only the last ending goes: ``15.v2.jpg`` has ``15.v2.json``."""
    return f"{stem(picture)}.json"


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


def picture_place(item: Item) -> str:
    """The place of an item's picture: below a folder of its split, unless its path has one."""
    picture = tidy(item.path.replace("\\", "/"))
    if item.split and splits.canonical(split_of(picture)) != splits.canonical(item.split):
        return f"{files.safe(item.split, 'split')}/{picture}"
    return picture
