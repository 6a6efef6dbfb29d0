"""Which place a picture takes in a set."""

from __future__ import annotations

from formats import files, splits
from formats.dataset import Item
from formats.errors import FormatError
from formats.paired.layout import DEFAULT, split_of
from formats.paired.rule import Rule

__all__ = ["picture_place"]


def picture_place(item: Item, rule: Rule) -> str:
    """Where a picture goes: below the folder of pictures in that of its split.

    A path that has a folder of pictures stays, if its folders tell the split. FormatError for a
    name that leaves the set's folder, or that no list can hold.
    """
    path, split = files.safe(item.path), item.split
    if "\n" in path or "\r" in path:
        raise FormatError("a line break in the name, which no list can hold", where=repr(path))
    if split:
        files.safe(split, "split")
    placed = any(name in rule.picture_folders for name in path.split("/")[:-1])
    if placed and (rule.lists or split_of(path, rule) == splits.canonical(split)):
        return path
    folder = rule.folder(split) if split or rule.lists else ""
    if not placed:
        path = f"{rule.pictures}/{path}"
    if not folder and split_of(path, rule):
        folder = DEFAULT
    return f"{folder}/{path}" if folder else path
