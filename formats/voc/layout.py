"""The pictures of a set in their order, each with its XML file, its split and its label maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from formats import files, splits
from formats.losses import Losses
from formats.namesakes import stem
from formats.pictures import is_picture
from formats.voc import lists, tree
from formats.voc.lists import DEFAULT, Lists
from formats.voc.tree import SETS, Tree

__all__ = ["Entry", "Layout", "found"]

ENDING = ".jpg"
"""Of pictures that neither lie there nor are named in full."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A picture: `key` is its path without the ending; `xml` and `picture` are "" for none.

    `shown` are the classes that lists say it shows, see `Lists`; None where no list has it.
    """

    key: str
    xml: str
    picture: str
    split: str
    shown: Mapping[str, int] | None = None
    twins: Sequence[str] = ()
    """Pictures that differ in their ending alone: the XML tells which it is about."""

    def path(self, stated: str = "") -> str:
        """The path of the picture below the root; `stated` is the name that the XML tells."""
        name = stated.replace("\\", "/").rpartition("/")[2]
        if self.picture:
            named = (one for one in self.twins if one.rpartition("/")[2] == name)
            return next(named, self.picture)
        folder = self.key.rpartition("/")[0]
        if name and is_picture(name) and stem(name) == self.key.rpartition("/")[2]:
            return f"{folder}/{name}" if folder else name
        ending = Path(name).suffix if is_picture(name) else ENDING
        return f"{self.key}{ending}"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a set lies, its pictures, and the classes that have lists of their own."""

    tree: Tree
    entries: list[Entry]
    classes: list[str]


def found(path: Path, losses: Losses) -> Layout:
    """The layout of a folder or of one XML file: the order of the lists, then that of names."""
    known = tree.of(path)
    told = lists.read(known.base) if path.is_dir() else Lists()
    match = known.match()
    owned = set(match.values())
    listed = _listed(told, known, losses)
    shown = {_key(name, known): signs for name, signs in told.shown.items()}
    rest = sorted({*known.xml, *known.pictures} - owned | known.xml.keys())
    keys = [*listed, *(key for key in rest if key not in listed)]
    entries = [
        Entry(
            key,
            known.xml.get(key, ""),
            known.pictures.get(match.get(key, key), ""),
            listed[key] if key in listed else ("" if told.splits else _split(known, key)),
            shown.get(key),
            known.twins.get(match.get(key, key), ()),
        )
        for key in keys
    ]
    return Layout(known, entries, told.classes)


def _listed(told: Lists, known: Tree, losses: Losses) -> dict[str, str]:
    """The split of each picture that is in a list; of two lists the first."""
    listed: dict[str, str] = {}
    for split, names in told.splits.items():
        for name in names:
            key = _key(files.safe(name, f"{known.base / SETS}: {split}.txt"), known)
            there = key in known.xml or key in known.pictures
            losses.warn("picture of a list that is not there", not there, f"{split}: {name}")
            if key in listed:
                losses.warn("picture in two splits, of which the first is kept", example=name)
            listed.setdefault(key, "" if split == DEFAULT else split)
    return listed


def _key(name: str, known: Tree) -> str:
    """The key of a picture in a list, where some name it with its ending."""
    if name in known.xml or name in known.pictures or not is_picture(name):
        return name
    bare = stem(name)
    return bare if bare in known.xml or bare in known.pictures else name


def _split(known: Tree, key: str) -> str:
    """The first folder of a path where it is a usual name of a split."""
    path = known.pictures.get(key) or known.xml.get(key, "")
    return next((name for name in path.split("/")[:-1] if splits.known(name)), "")
