"""The image entries of a COCO file: typed at once, made into items chunk by chunk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import unquote

import msgspec
from msgspec import Raw

from formats import files, json_file, pictures, sizes
from formats.coco.categories import whole
from formats.coco.layout import File
from formats.coco.options import CocoOptions
from formats.coco.schema import Picture
from formats.coco.videos import Videos
from formats.dataset import Item
from formats.errors import FormatError
from formats.json_places import Entries, Held
from formats.losses import Losses

__all__ = ["Pictures"]

SIDES = ("width", "height")
NUMBERS = frozenset({"id", *SIDES})
TYPED = NUMBERS | {"file_name"}
BATCH = 10_000
BROKEN = "image without a usable id or file name, left out"
REPEATED = "image whose id an earlier one has, left out"


class Pictures:
    """The images of a file, in its order; what is none, or has an id once more, is counted."""

    def __init__(
        self, entries: Entries | Sequence[Raw], file: File, options: CocoOptions, losses: Losses
    ) -> None:
        self.entries = Held(entries) if isinstance(entries, list) else cast(Entries, entries)
        self.file, self.options, self.losses = file, options, losses
        self.numbers: list[int] | None = None
        self.place = self._places()
        self.given = sizes.load(options.sizes)
        self.folder = pictures.Folder(file.root, file.split)
        self.held: dict[int, tuple[int, int] | None] = {}
        self.videos = Videos()

    def __len__(self) -> int:
        return len(self.entries)

    def items(self, start: int, stop: int) -> list[Item]:
        """The items of a span, without tables."""
        heads = self._entries(start, stop, Picture)
        told = self._entries(start, stop, dict[str, Any])
        return list(map(self._item, range(start, stop), heads, told))

    def told(self) -> list[dict[str, Any]]:
        """Every entry with all its keys."""
        return self._entries(0, len(self), dict[str, Any])

    def _entries(self, start: int, stop: int, kind: Any) -> list[Any]:
        """The entries of a span as a type, decoded in one go, or one by one to name a wrong one."""
        try:
            return msgspec.json.decode(self.entries.listed(slice(start, stop)), type=list[kind])
        except msgspec.DecodeError:
            places = range(start, stop)
            return [self._picture(k) if kind is Picture else self._decoded(k, kind) for k in places]

    def _decoded(self, k: int, kind: Any) -> Any:
        return json_file.decoded(self.entries.one(k), kind, self._where(k))

    def _picture(self, k: int) -> Picture:
        """An entry whose numbers may be written as ``1.0`` or as texts, as some tools do.

        A side that is no number at all is none. LVIS has the name in the ``coco_url`` alone.
        """
        entry = self._decoded(k, dict[str, Any])
        known = {
            key: whole(entry[key]) if key in NUMBERS else entry[key] for key in TYPED & entry.keys()
        }
        for side in SIDES:
            if type(known.get(side)) not in (int, float):
                known.pop(side, None)
        if "file_name" not in known and (name := _name_in(entry.get("coco_url"))):
            known["file_name"] = name
            self.losses.note("pictures are named by the end of their coco_url: they have no name")
        try:
            return msgspec.convert(known, Picture)
        except msgspec.ValidationError as error:
            raise FormatError(str(error), where=self._where(k)) from error

    def _places(self) -> dict[int, int]:
        """The position of every image by its id; names that lead out of the folder are refused."""
        place: dict[int, int] = {}
        for start in range(0, len(self), BATCH):
            stop = min(start + BATCH, len(self))
            for k, head in enumerate(self._heads(start, stop), start):
                if head is None:
                    continue
                if self.options.names == "refuse" and not files.is_plain(head.file_name):
                    files.safe(head.file_name, f"{self._where(k)}/file_name")
                if place.setdefault(head.id, k) != k:
                    told = f"{self._where(k)}: {head.id}, as {self._where(place[head.id])}"
                    self.losses.add(REPEATED, example=told)
        return place if len(place) == len(self) else self._without(place)

    def _without(self, place: dict[int, int]) -> dict[int, int]:
        """Keep the images at some positions alone."""
        self.numbers = list(place.values())
        self.entries = Held([Raw(self.entries.one(k)) for k in self.numbers])
        return {number: k for k, number in enumerate(place)}

    def _heads(self, start: int, stop: int) -> list[Picture | None]:
        """The typed keys of a span; None for what is no image, where any other is one."""
        try:
            return self._entries(start, stop, Picture)
        except FormatError:
            found = [self._head(k) for k in range(start, stop)]
            if not any(found):
                raise
            return found

    def _head(self, k: int) -> Picture | None:
        try:
            return self._picture(k)
        except FormatError as error:
            self.losses.add(BROKEN, example=error)
            return None

    def _where(self, k: int) -> str:
        number = k if self.numbers is None else self.numbers[k]
        return files.pointer(self.file.path, "images", number)

    def _item(self, k: int, head: Picture, entry: dict[str, Any]) -> Item:
        for key in TYPED:
            entry.pop(key, None)
        size = self._size(k, head)
        item = Item(head.file_name, size, id=head.id, split=self.file.split, extra=entry)
        return self.videos.item(item, entry)

    def _size(self, k: int, head: Picture) -> tuple[int, int] | None:
        """The stated size, held against the picture's header where the picture is found."""
        width, height = head.width or 0, head.height or 0
        size = (int(width), int(height)) if width >= 1 and height >= 1 else None
        size = size or self.given.get(head.file_name)
        if size is not None and self.options.pictures == "trust":
            return size
        path = self.folder.find(head.file_name)
        if path is None:
            return size
        if k not in self.held:
            self.held[k] = self._held(size, path, self._where(k))
        return self.held[k]

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


def _name_in(address: object) -> str:
    """The folder and name that an address ends with (``train2017/000000000009.jpg``), else ""."""
    path = address.partition("://")[2].split("?")[0] if isinstance(address, str) else ""
    _, *parts = path.split("/")
    return unquote("/".join(parts[-2:])) if len(parts) > 1 and parts[-1] else ""
