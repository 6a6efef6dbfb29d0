"""The pictures of a set: an id, a split, and where the picture lies."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from formats import files, size_list, splits
from formats.columns import NOTHING
from formats.losses import Losses
from formats.namesakes import stem
from formats.openimages.layout import Layout, prefix
from formats.openimages.rows import cells
from formats.pictures import is_picture

__all__ = ["Catalogue", "Picture", "picture_place", "walk"]

DEEPEST = 5
FOLDERS = ("images/{split}", "{split}/data", "{split}/images", "{split}", "images", "data", "")
"""Where the picture of an id is looked for; ``{split}`` is train, validation or val, test."""
ENDING = ".jpg"


@dataclass(slots=True)
class Picture:
    """One picture: `path` below the root ("" until it is looked for)."""

    id: str
    split: str
    path: str = ""
    listed: bool = False
    """Whether a list of pictures or a row names it: somebody looked at it."""
    extra: Mapping[str, Any] = field(default_factory=lambda: NOTHING)


@dataclass(slots=True)
class Catalogue:
    """Pictures in their order, found by split and id."""

    root: Path
    pictures: list[Picture] = field(default_factory=list)
    index: dict[tuple[str, str], int] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)

    def add(self, split: str, name: str) -> int:
        """The number of a picture, which is new unless its split and id are known."""
        key = (split, name)
        if key not in self.index:
            self.index[key] = len(self.pictures)
            self.ids.setdefault(name, len(self.pictures))
            self.pictures.append(Picture(name, split))
        return self.index[key]

    def number(self, split: str, name: str) -> int:
        """The number of the picture of a row, whose file may not tell its split."""
        known = self.index.get((split, name))
        if known is None and (not split or ("", name) in self.index):
            known = self.ids.get(name)
        if known is None:
            known = self.add(split, name)
        self.pictures[known].listed = True
        return known

    def gather(self, layout: Layout, losses: Losses) -> None:
        """Add the pictures of ``sizes.csv`` in their order, then those of the lists."""
        for path in _stated(self.root):
            split, name = _placed(path)
            self.pictures[self.add(split, name)].path = path
        for table in layout.of("images"):
            for _, row in cells(table, losses):
                split = splits.canonical(row["Subset"]) if row["Subset"] else table.split
                split = "" if split == prefix("") else split
                picture = self.pictures[self.add(split, row["ImageID"])]
                picture.listed = True
                further = {k: v for k, v in row.items() if v and k not in ("ImageID", "Subset")}
                picture.extra = further or NOTHING

    def locate(self, names: list[str]) -> None:
        """Find the file of every picture, and add those that no list and no row names.

        An id is a name without its ending; some tools, such as globox, write the whole name.
        """
        whole = {name: name for name in names}
        by_stem = whole | {stem(name): name for name in reversed(names)}
        used = set()
        for picture in self.pictures:
            found = next((by_stem[p] for p in _tries(picture) if p in by_stem), None)
            files.safe(picture.id or "?", self.root)
            name = picture.id if is_picture(picture.id) else picture.id + ENDING
            picture.path = found or picture.path or picture_place(name, picture.split)
            used.add(picture.path)
        for name in names:
            if name.startswith("images/") and name not in used:
                self.pictures[self.add(*_placed(name))].path = name


def _tries(picture: Picture) -> Iterator[str]:
    if picture.path:
        yield stem(picture.path)
    for name in dict.fromkeys([prefix(picture.split), picture.split]):
        for folder in FOLDERS:
            place = folder.format(split=name)
            yield f"{place}/{picture.id}" if place else picture.id


def picture_place(path: str, split: str) -> str:
    """Where a picture goes: ``images/`` and its split; those folders are not repeated."""
    parts = path.split("/")
    if parts[0] == "images" and len(parts) > 1:
        parts = parts[1:]
    name = prefix(splits.canonical(split) if split else "")
    if len(parts) > 1 and parts[0] in (split, name):
        parts = parts[1:]
    return "/".join(["images", name, *parts])


def _placed(path: str) -> tuple[str, str]:
    """The split and id of a picture from its place."""
    parts = stem(path).split("/")
    if parts[0] == "images" and len(parts) > 2:
        split = "" if parts[1] == prefix("") else splits.canonical(parts[1])
        return split, "/".join(parts[2:])
    return "", "/".join(parts[1:] if parts[0] == "images" else parts)


def _stated(root: Path) -> list[str]:
    file = root / size_list.FILE
    if not file.is_file():
        return []
    rows = csv.reader(line for _, line in files.lines(file) if line.strip())
    return [files.safe(row[0], file) for row in rows if row]


def walk(root: Path) -> tuple[list[str], dict[str, str]]:
    """The pictures below a folder, and the masks among them by their path and bare name."""
    pictures: list[str] = []
    masks: dict[str, str] = {}
    for path in filter(is_picture, files.below(root, DEEPEST)):
        folder, _, name = path.rpartition("/")
        if "masks" in folder:
            masks[path] = path
            masks.setdefault(name, path)
        else:
            pictures.append(path)
    return pictures, masks
