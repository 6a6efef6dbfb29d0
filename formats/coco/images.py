"""The image entries of a COCO file: typed at once, made into items chunk by chunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from formats import files, json_file, pictures, sizes
from formats.coco.layout import File
from formats.coco.options import CocoOptions
from formats.coco.schema import Picture
from formats.coco.videos import Videos
from formats.dataset import Item
from formats.errors import FormatError
from formats.losses import Losses

__all__ = ["Pictures"]

TYPED = ("id", "file_name", "width", "height")


class Pictures:
    """The images of a file, in its order."""

    def __init__(self, raws: list[Raw], file: File, options: CocoOptions, losses: Losses) -> None:
        self.raws, self.file, self.options, self.losses = raws, file, options, losses
        self.heads = self._heads()
        self.place = self._places()
        self.given = sizes.load(options.sizes)
        self.folder = pictures.Folder(file.root, file.split)
        self.sizes: dict[int, tuple[int, int] | None] = {}
        self.videos = Videos()

    def __len__(self) -> int:
        return len(self.heads)

    def positions(self, ids: Sequence[int]) -> NDArray[np.int64]:
        """The position of each image id, -1 for one that is not there."""
        place = self.place
        return np.array([place.get(number, -1) for number in ids], dtype=np.int64)

    def items(self, start: int, stop: int) -> list[Item]:
        """The items of a span, without tables."""
        return [self._item(k) for k in range(start, stop)]

    def told(self) -> list[dict[str, Any]]:
        """Every entry with all its keys."""
        return [
            json_file.decoded(raw, dict[str, Any], self._where(k))
            for k, raw in enumerate(self.raws)
        ]

    def _heads(self) -> list[Picture]:
        decoder = msgspec.json.Decoder(Picture)
        heads: list[Picture] = []
        for k, raw in enumerate(self.raws):
            try:
                head = decoder.decode(raw)
            except msgspec.ValidationError as error:
                raise FormatError(str(error), where=self._where(k)) from error
            if self.options.names == "refuse":
                files.safe(head.file_name, f"{self._where(k)}/file_name")
            heads.append(head)
        return heads

    def _places(self) -> dict[int, int]:
        place: dict[int, int] = {}
        for k, head in enumerate(self.heads):
            if place.setdefault(head.id, k) != k:
                first = files.pointer(self.file.path, "images", place[head.id])
                what = f"the image id {head.id} occurs twice, first at {first}"
                raise FormatError(what, where=self._where(k))
        return place

    def _where(self, k: int) -> str:
        return files.pointer(self.file.path, "images", k)

    def _item(self, k: int) -> Item:
        head = self.heads[k]
        extra = json_file.decoded(self.raws[k], dict[str, Any], self._where(k))
        item = Item(head.file_name, id=head.id, split=self.file.split, extra=_rest(extra, head))
        item = self.videos.item(item, extra)
        if k not in self.sizes:
            self.sizes[k] = self._size(k, item)
        return replace(item, size=self.sizes[k])

    def _size(self, k: int, item: Item) -> tuple[int, int] | None:
        """The stated size, held against the picture's header where the picture is found."""
        head = self.heads[k]
        size = (int(head.width), int(head.height)) if head.width and head.height else None
        size = size or self.given.get(item.path)
        if size is not None and self.options.pictures == "trust":
            return size
        path = self.folder.find(item.path)
        return size if path is None else self._held(size, path, self._where(k))

    def _held(self, size: tuple[int, int] | None, path: str, where: str) -> tuple[int, int] | None:
        try:
            header = pictures.header(path)
        except FormatError as error:
            self.losses.warn("picture that cannot be read", example=str(error))
            return size
        if size is not None and size != header.size:
            turned = size == header.stored
            what = "the stored size of a turned (EXIF) picture" if turned else "a size it has not"
            self.losses.warn(f"image that states {what}", example=f"{where}: {size}")
        return size or header.size


def _rest(extra: dict[str, Any], head: Picture) -> dict[str, Any]:
    """The keys that an item has no field for; a size of null or 0 stands for none."""
    for key in TYPED:
        extra.pop(key, None)
    return extra
