"""Which label file belongs to a picture, and which split its folders name."""

from __future__ import annotations

import os
from pathlib import Path

from formats import splits

__all__ = ["SUFFIXES", "absolute", "is_picture", "label_file", "split_of"]

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
    stem = name.rpartition(".")[0] or name
    return f"{folder}/{stem}.txt"[1:]


def split_of(picture: str) -> str:
    """The split that a folder of the path names (``images/train2017/1.jpg``: train), else ""."""
    folders = picture.split("/")[:-1]
    return next((splits.canonical(name) for name in folders if splits.known(name)), "")
