"""Which place a picture takes in a set."""

from __future__ import annotations

from formats import files, splits
from formats.dataset import Item
from formats.errors import FormatError
from formats.namesakes import tidy
from formats.yolo import darknet
from formats.yolo.options import Tree

__all__ = ["Placing", "picture_place", "split_folder"]


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


class Placing:
    """Where pictures go in a set; what the folder and the split of one tell holds for the next."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._leads: dict[tuple[str, str], str] = {}

    def place(self, item: Item) -> str:
        """Where the picture of an item goes, relative to the set's folder.

        FormatError for a name that leaves it, or that no list can hold.
        """
        name = tidy(item.path)
        key = (name.rpartition("/")[0], item.split)
        lead = self._leads.get(key)
        if lead is not None and files.is_plain(name):
            return lead + name
        split_folder(item.split, item.path)
        if len(name.splitlines()) > 1:  # the loader takes U+2028 for one, too
            raise FormatError("a line break in the name, which no list can hold", where=repr(name))
        found = picture_place(name, item.split, self.tree)
        if found.endswith(name):
            self._leads[key] = found.removesuffix(name)
        return found
