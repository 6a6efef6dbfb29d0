"""Where the datasets of a project lie, and which file tells of which picture.

::

    meta.json                                 classes and tags of the project
    <dataset>/ann/1.jpg.json                  what is in the picture
    <dataset>/img/1.jpg                       the picture
    <dataset>/datasets/<inner>/ann, img       a dataset inside another one
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from formats import files, splits
from formats.dataset import Item
from formats.format import Match
from formats.pictures import is_picture

__all__ = ["ANN", "IMG", "META", "Place", "as_read", "found", "picture_place", "sniff"]

META, ANN, IMG, INNER = "meta.json", "ann", "img", "datasets"
ENDING = ".json"
OTHERS = frozenset({ANN, IMG, "img_info", "meta", "seg", "blob"})
"""Folders of a dataset that hold no further dataset."""
NO_SPLIT = "dataset"
HEAD = 1 << 16


@dataclass(frozen=True, slots=True)
class Place:
    """A picture's `path` below the project, its split, and its file; None where it has none."""

    path: str
    split: str
    file: Path | None


def found(root: Path) -> list[Place]:
    """The pictures of a project, by dataset and name."""
    return [place for name in _datasets(str(root), "") for place in _pictures(root, name)]


def _datasets(folder: str, name: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_dir())
    if name and ANN in names:
        yield name
    for inner in names:
        if inner not in OTHERS:
            yield from _datasets(f"{folder}/{inner}", f"{name}/{inner}" if name else inner)


def as_read(split: str) -> str:
    """A split as it is read again: one with a year stands for itself."""
    return split if split[-4:].isdecimal() else splits.canonical(split)


def _pictures(root: Path, dataset: str) -> Iterator[Place]:
    """Each annotation file with its picture, and pictures without one.

    A file is named after its picture, in old projects without the picture's ending.
    """
    outermost = dataset.split("/")[0]
    split = as_read(outermost) if splits.known(outermost) else ""
    told = _names(root / dataset / ANN, ENDING)
    pictures = _names(root / dataset / IMG)
    stems = {name.rpartition(".")[0]: name for name in pictures}
    seen = {}
    for name in told:
        title = name.removesuffix(ENDING)
        picture = title if title in pictures or is_picture(title) else stems.get(title, title)
        seen[picture] = root / dataset / ANN / name
    for picture in sorted({*seen, *filter(is_picture, pictures)}):
        yield Place(f"{dataset}/{IMG}/{picture}", split, seen.get(picture))


def _names(folder: Path, ending: str = "") -> set[str]:
    try:
        with os.scandir(folder) as entries:
            return {entry.name for entry in entries if entry.name.endswith(ending)}
    except (FileNotFoundError, NotADirectoryError):
        return set()


def sniff(path: Path) -> Match | None:
    """A claim on a folder (or its ``meta.json``) whose classes have titles and shapes."""
    file = path / META if path.is_dir() else path
    if file.name != META or not file.is_file():
        return None
    with file.open("rb") as stream:
        start = stream.read(HEAD)
    if b'"classes"' not in start:
        return None
    if b'"projectType"' not in start and not next(_datasets(str(file.parent), ""), None):
        return None
    return Match("meta.json and datasets with ann/", 0.9)


def picture_place(item: Item) -> str:
    """Where an item's picture goes below the project.

    The folders of its path become datasets inside each other, of which the outermost tells the
    split: ``a/1.jpg`` of the split train lies in ``train/datasets/a/img``.
    """
    *folders, name = files.safe(item.path).replace("\\", "/").split("/")
    dataset = f"/{INNER}/".join(_outermost(folders, item.split))
    return f"{dataset}/{IMG}/{name}"


def _outermost(folders: list[str], split: str) -> list[str]:
    """The names of the datasets; folders that only say how a set is laid out are left out."""
    names = [name for name in folders if name not in ("", ".", INNER, "images", *OTHERS)]
    canonical = splits.canonical(split)
    if split and not (names and splits.canonical(names[0]) == canonical):
        return [files.safe(split, "split").replace("/", "-"), *names]
    return names or [NO_SPLIT]
