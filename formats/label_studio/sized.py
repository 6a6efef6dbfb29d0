"""The size of a picture that is written about: as the item says, a file, or its own header."""

from __future__ import annotations

from formats import pictures, sizes
from formats.dataset import Item
from formats.errors import FormatError

__all__ = ["Sized"]

Size = tuple[int, int]


class Sized:
    """Looks sizes up; each picture is opened once at most."""

    def __init__(self, option: str, root: str) -> None:
        self._given = sizes.load(option)
        self._root = root

    def find(self, item: Item) -> Size | None:
        """Width and height as displayed; None where nothing tells them."""
        found = item.size or self._given.get(item.path)
        if found is not None:
            return found
        file = pictures.locate(self._root, item)
        if file is None:
            return None
        try:
            return pictures.size(file)
        except FormatError:
            return None
