"""Sizes of the pictures of a set: a file that states them, the pictures, a list beside the set."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from formats import pictures, sizes
from formats.errors import FormatError

__all__ = ["FILE", "Size", "Sizes", "row"]

FILE = "sizes.csv"
"""Written beside a set, and read for pictures that are not there."""

Size = tuple[int, int]


class Sizes:
    """Looks sizes up: in the file of the option, in the picture, in the file of the set."""

    def __init__(self, option: str, folder: Path | None = None) -> None:
        self._beside = folder / FILE if folder else None
        self.stated = sizes.load(option)

    @cached_property
    def kept(self) -> sizes.Sizes:
        """What the file of the set tells."""
        there = self._beside is not None and self._beside.is_file()
        return sizes.load(str(self._beside) if there else "")

    def find(self, path: str, root: str) -> Size | None:
        """Width and height as displayed of a picture below `root`; None where nothing tells it."""
        if found := self.stated.get(path):
            return found
        picture = f"{root}/{path}"
        if root and os.access(picture, os.F_OK):
            try:
                return pictures.size(picture)
            except FormatError:
                pass
        return self.kept.get(path)


def row(path: str, size: Size | None) -> str:
    """A line of a file of sizes, quoted where the path holds a comma or a quote.

    Without a size there are no numbers: ``path,,``.
    """
    if "," in path or '"' in path:
        quoted = path.replace('"', '""')
        path = f'"{quoted}"'
    return f"{path},{size[0]},{size[1]}\n" if size else f"{path},,\n"
