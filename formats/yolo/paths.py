"""Which label file belongs to a picture, and which split its folders name."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from formats import splits

__all__ = [
    "SUFFIXES",
    "Rule",
    "absolute",
    "below",
    "by_loader",
    "inside",
    "is_picture",
    "label_file",
    "rule",
    "split_of",
]

Rule = Callable[[str, str], str]
"""The label file of a picture: of the folder of the set and the path in it."""

SUFFIXES = frozenset(
    ["avif", "bmp", "dng", "heic", "heif", "jp2", "jpeg", "jpeg2000", "jpg", "mpo", "pfm", "png"]
    + ["tif", "tiff", "webp"]
)
"""Endings of the pictures that ultralytics loads, in lower case."""


def is_picture(name: str) -> bool:
    """Whether ultralytics takes a file for a picture, by its name."""
    return name.rpartition(".")[2].lower() in SUFFIXES


def absolute(path: Path | str) -> str:
    """The absolute form of a path without ``..``; symbolic links stay."""
    return os.path.normpath(Path(path).absolute())


def label_file(picture: str) -> str:
    """The label file of a picture, both with ``/``: the LAST ``/images/`` becomes ``/labels/``.

    A path without such a folder has its label file beside it. Only the last ending goes:
    ``15.v2.final.jpg`` has ``15.v2.final.txt``.
    """
    head, found, tail = f"/{picture}".rpartition("/images/")
    placed = f"{head}/labels/{tail}" if found else f"/{picture}"
    folder, _, name = placed.rpartition("/")
    stem = name.rsplit(".", 1)[0]
    return f"{folder}/{stem}.txt"[1:]


def by_loader(root: str, picture: str) -> str:
    """The label file of a picture of a set, where ultralytics looks for it."""
    return label_file(f"{root}/{picture}")


def inside(root: str, picture: str) -> str:
    """The same, whatever the folders above the set are called."""
    return f"{root}/{label_file(picture)}"


def below(root: str, picture: str) -> str:
    """In ``labels/`` beside the picture, as ultralytics writes its predictions."""
    folder, _, name = f"{root}/{picture}".rpartition("/")
    return f"{folder}/labels/{name.rpartition('.')[0]}.txt"


def rule(root: str, pictures: Sequence[str]) -> Rule:
    """The first of these that leads to a label file; ultralytics' own where none does."""
    for one in (by_loader, inside, below):
        if any(os.access(one(root, picture), os.F_OK) for picture in pictures):
            return one
    return by_loader


def split_of(picture: str) -> str:
    """The split that a folder of the path names (``images/train2017/1.jpg``: train), else ""."""
    folders = picture.split("/")[:-1]
    return next((splits.canonical(name) for name in folders if splits.known(name)), "")
