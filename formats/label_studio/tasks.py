"""The head of a task that is written: its data and what is known about its picture."""

from __future__ import annotations

from typing import Any

from formats.dataset import Dataset, Item
from formats.label_studio.addresses import address
from formats.label_studio.config import LabelConfig
from formats.label_studio.options import LabelStudioOptions
from formats.label_studio.sized import Sized

__all__ = ["Head"]

Size = tuple[int, int]


class Head:
    """Makes heads of tasks. `key` is where their data has the picture's address."""

    def __init__(self, dataset: Dataset, known: LabelConfig, options: LabelStudioOptions) -> None:
        shown = (o.data_key for o in known.objects if o.kind == "image" and o.data_key)
        self.key = options.image_key or next(shown, "image")
        self._prefix = options.image_prefix
        self._sized = Sized(options.sizes, dataset.root)

    def size(self, item: Item) -> Size | None:
        """The size of an item's picture, None where nothing tells it."""
        return self._sized.find(item)

    def of(self, item: Item, size: Size | None) -> dict[str, Any]:
        """A task without answers; ``meta``, which Label Studio keeps, has what its data has not."""
        data = self._data(item)
        meta: dict[str, Any] = {} if size is None else {"width": size[0], "height": size[1]}
        meta |= {"path": item.path} if data[self.key] != item.path else {}
        meta |= {"split": item.split} if item.split else {}
        number: dict[str, Any] = {} if item.id is None else {"id": item.id}
        return {**number, "data": data, "meta": meta}

    def _data(self, item: Item) -> dict[str, Any]:
        """The data that an export had, with the picture's address."""
        told = item.extra.get("data")
        kept = dict(told) if isinstance(told, dict) else {}
        if kept.get(self.key) and not self._prefix:
            return kept
        return {**kept, self.key: address(item.path, self._prefix)}
