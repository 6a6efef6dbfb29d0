"""The sizes of pictures for writers: as an option states them, as read, or as the picture has."""

from __future__ import annotations

from dataclasses import replace

from formats import pictures, sizes
from formats.dataset import Item
from formats.errors import FormatError

__all__ = ["Sizing"]

Size = tuple[int, int]


class Sizing:
    """Sizes for the items of a data set below `root`; `option` is that of all formats.

    A picture that is looked into and cannot be read is a FormatError; with `lenient` it has no
    size.
    """

    def __init__(self, option: str, root: str, *, lenient: bool = False) -> None:
        self.stated = sizes.load(option)
        self._finder, self._lenient = pictures.Finder(root), lenient

    def of(self, item: Item) -> Size | None:
        """Width and height in pixels as displayed, None where nothing tells them."""
        return self.stated.get(item.path) or item.size or self._seen(item)

    def sized(self, item: Item) -> Item:
        """The item with its size."""
        if item.size is not None and not len(self.stated):
            return item
        return replace(item, size=self.of(item))

    def _seen(self, item: Item) -> Size | None:
        file = self._finder.find(item)
        try:
            return pictures.size(file) if file else None
        except FormatError:
            if self._lenient:
                return None
            raise
