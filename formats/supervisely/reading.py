"""Reading: the annotation files of a chunk of pictures become one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from formats import files, json_text, pictures, tables
from formats.columns import Kind
from formats.dataset import Chunk, Dataset, Item
from formats.errors import FormatError
from formats.losses import Losses
from formats.sizes import load
from formats.supervisely import layout, meta
from formats.supervisely.layout import META, Place
from formats.supervisely.objects import Reader, further
from formats.supervisely.options import SuperviselyOptions
from formats.supervisely.shapes import numbers
from formats.walks import Spans

__all__ = ["read"]

SAMPLE = 200
"""Files that are looked at for whether coordinates are whole pixels."""
OWN = frozenset({"size", "objects", "imageId", "tags"})
BLANK: dict[str, Any] = {"description": "", "customBigData": {}, "name": None}
"""What a file says of which nothing is to be kept."""


def read(path: Path, options: SuperviselyOptions) -> Dataset:
    """The pictures of a project's datasets; files are read on every walk."""
    root = path if path.is_dir() else path.parent
    walk = _Walk(root, options)
    return Dataset(
        walk.meta.labels,
        walk.chunks,
        root=str(root),
        extra=walk.meta.extra,
        expected=len(walk.places),
        losses=walk.losses,
    )


class _Walk:
    """The chunks of a project; what is odd is told on the first walk alone."""

    def __init__(self, root: Path, options: SuperviselyOptions) -> None:
        self.root = root
        self.meta = meta.read(root / META)
        self.places = layout.found(root)
        self.sizes = load(options.sizes)
        self.losses = Losses()
        self.spans = Spans(self.losses)
        stated = options.coordinates
        self.pixels = _are_whole(self.places) if stated == "auto" else stated == "pixels"

    def chunks(self) -> Iterator[Chunk]:
        """Chunks of up to 2,000 pictures."""
        for span, losses in self.spans.over(len(self.places)):
            yield self._chunk(self.places[span], Reader(self.meta, self.pixels, losses))

    def _chunk(self, places: Sequence[Place], reader: Reader) -> Chunk:
        items, rows = [], []
        for k, place in enumerate(places):
            item, own = self._item(place, reader)
            items.append(item)
            rows += [{**row, "images": k} for row in own]
        looked = np.array([place.file is not None for place in places], dtype=bool)
        return Chunk(items, tables.table(rows), looked)

    def _item(self, place: Place, reader: Reader) -> tuple[Item, list[dict[str, Any]]]:
        item = Item(place.path, self.sizes.get(place.path), split=place.split)
        if place.file is None:
            return self._measured(item), []
        told = _document(place.file)
        number = told.get("imageId")
        kept = {k: v for k, v in told.items() if k not in OWN and BLANK.get(k, ...) != v}
        named, others = self._tags(told.get("tags"))
        item = replace(
            item,
            size=item.size or _size(told.get("size")),
            id=number if type(number) is int and 0 <= number < 1 << 62 else None,
            extra={**kept, **({"tags": others} if others else {})},
        )
        item = self._measured(item)
        rows = reader.rows(told.get("objects"), item.size, f"{place.file}#")
        for k, row in named:
            rows.insert(k, row)
        return item, rows

    def _measured(self, item: Item) -> Item:
        """The item with its size, from the picture where nothing tells it."""
        file = self.root / item.path
        if item.size is None and files.is_file(file):
            return replace(item, size=pictures.size(file))
        return item

    def _tags(self, tags: Any) -> tuple[list[tuple[int, dict[str, Any]]], list[Any]]:
        """Tags of a picture that are classes too, as rows with their places, and the others."""
        place = {label.name: k for k, label in enumerate(self.meta.labels)}
        named: list[tuple[int, dict[str, Any]]] = []
        others: list[Any] = []
        for entry in tags if isinstance(tags, list) else ():
            title = entry.get("name") if isinstance(entry, dict) else entry
            if isinstance(title, str) and title in place:
                own = entry.get("object") if isinstance(entry, dict) else None
                own = dict(own) if isinstance(own, dict) else {}
                row = own.pop("row", len(named))
                told = {"kinds": Kind.TAG, "labels": place[title], **further(own, ())}
                named.append((row if type(row) is int else len(named), told))
            else:
                others.append(entry)
        return named, others


def _document(file: Path) -> Mapping[str, Any]:
    """The JSON of an annotation file; FormatError where it is none, or that of a clip."""
    try:
        found = msgspec.json.decode(json_text.strict(files.read(file)))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise FormatError(f"not JSON: {error}", where=file) from error
    if not isinstance(found, dict):
        raise FormatError("a list, expected an object with size and objects", where=file)
    if "frames" in found or "figures" in found:
        raise FormatError("the annotation of a clip or cloud; pictures are read", where=file)
    return found


def _size(told: Any) -> tuple[int, int] | None:
    """(width, height) in pixels; None where it is not stated or cannot be one."""
    sides = [told.get(key) for key in ("width", "height")] if isinstance(told, dict) else []
    numbers = [side for side in sides if isinstance(side, int | float) and 0 < side < 1 << 31]
    whole = [int(side) for side in numbers if side == int(side) and side is not True]
    return (whole[0], whole[1]) if len(whole) == 2 else None


def _are_whole(places: Sequence[Place]) -> bool:
    """Whether the numbers of a sample of files from all over a project are whole."""
    told = [place.file for place in places if place.file is not None]
    for file in told[:: max(1, len(told) // SAMPLE)]:
        try:
            objects = _document(file).get("objects")
        except FormatError:
            continue
        for entry in objects if isinstance(objects, list) else ():
            found = numbers(entry) if isinstance(entry, dict) else []
            if any(isinstance(n, float) and n != int(n) for n in found if n == n):
                return False
    return True
