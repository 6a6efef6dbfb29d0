"""Create ML's files as a data set of boxes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from formats import class_list, class_names, files, pictures, sizes, tables
from formats.createml import layout
from formats.createml.options import CreateMLOptions
from formats.dataset import Chunk, Dataset, Item, Label, chunked
from formats.errors import FormatError
from formats.json_file import decoded, document
from formats.labelme.placing import resolved
from formats.losses import Losses
from formats.split_files import File
from formats.walks import once

__all__ = ["IMAGE", "read"]

IMAGE = ("image", "imagefilename")
BOXES = ("annotations", "annotation")
PLACE = ("x", "y", "width", "height")
NO_LIST = "classes come in the order of the alphabet: -o names=FILE"
NO_SIZE = "box in a picture of unknown size, which is needed for its place"
FAR = 1 << 53
Size = tuple[int, int] | None


def read(path: Path, options: CreateMLOptions) -> Dataset:
    """The data set of a file, or of the files of a folder; boxes are decoded on every walk."""
    source = _Source(path, options)
    return Dataset(
        source.labels,
        once(source.chunks, Losses, source.losses.merge),
        root=str(source.root),
        losses=source.losses,
    )


class _Source:
    """The pictures of some files; what is lost is counted on the first walk."""

    def __init__(self, path: Path, options: CreateMLOptions) -> None:
        self.options, self.losses = options, Losses()
        self.root = path if path.is_dir() else path.parent
        self.parts = [(file, _entries(file.path, self.losses)) for file in layout.found(path)]
        self.folder = pictures.Folder(self.root)
        self.sizes = sizes.load(options.sizes)
        self.labels = self._labels()
        self.index = {label.name: k for k, label in enumerate(self.labels)}

    def _labels(self) -> tuple[Label, ...]:
        """The classes of the list, then others by name."""
        if self.options.names:
            known = tuple(Label(name) for name in class_list.names(Path(self.options.names)))
        else:
            known = class_names.beside(self.root, layout.CLASSES)
        met: set[str] = set()
        for file, raws in self.parts:
            for number, raw in enumerate(raws):
                told = decoded(raw, Any, files.pointer(file.path, number))
                met.update(name for box in _boxes(told) if (name := _label(box)))
        further = met - {label.name for label in known}
        if further and not known:
            self.losses.note(NO_LIST)
        return (*known, *(Label(name) for name in sorted(further)))

    def chunks(self, losses: Losses) -> Iterator[Chunk]:
        """The pictures of every file in their order."""
        return chunked(self._items(losses))

    def _items(self, losses: Losses) -> Iterator[Item]:
        for file, raws in self.parts:
            for number, raw in enumerate(raws):
                where = files.pointer(file.path, number)
                told: Any = decoded(raw, Any, where)
                path = _path(told, file, where, losses)
                if path:
                    yield self._item(path, told, file, where, losses)

    def _item(self, path: str, told: Any, file: File, where: str, losses: Losses) -> Item:
        size = self.sizes.get(path) or self._size(path)
        rows = []
        for number, box in enumerate(_boxes(told)):
            try:
                rows.append(self._row(box, size))
            except FormatError as error:
                losses.add(f"{error.what} left out", 1, f"{where}/annotations/{number}")
        extra = {k: v for k, v in told.items() if k not in (*IMAGE, *BOXES)}
        return Item(path, size, tables.table(rows), split=file.split, extra=extra)

    def _row(self, box: Any, size: Size) -> dict[str, Any]:
        name = _label(box)
        place = box.get("coordinates") if isinstance(box, dict) else None
        if not name or not isinstance(place, dict):
            raise FormatError("box without a label or coordinates")
        try:
            numbers = np.array([place.get(key) for key in PLACE], dtype=np.float64)
        except (ValueError, TypeError, OverflowError):
            numbers = np.full(len(PLACE), np.nan)
        if not (np.abs(numbers) < FAR).all():
            raise FormatError("box with coordinates that are no numbers")
        extra = {k: v for k, v in box.items() if k not in ("label", "coordinates")}
        row = {"labels": self.index[name], "boxes": self._sides(numbers, size)}
        if type(extra.get("confidence")) is float:
            row["scores"] = extra.pop("confidence")
        return row | ({"extra": extra} if extra else {})

    def _sides(self, place: NDArray[np.float64], size: Size) -> NDArray[np.float64]:
        """x0 y0 x1 y1 in pixels from the top left."""
        options = self.options
        if size is None and (options.units != "pixel" or options.origin != "topleft"):
            raise FormatError(NO_SIZE)
        width, height = size or (1, 1)
        if options.units == "normalized":
            place = place * [width, height, width, height]
        x, y, w, h = place.tolist()
        if options.anchor == "center":
            x, y = x - w / 2, y - h / 2
        top = height - y - h if options.origin == "bottomleft" else y
        return np.array([x, top, x + w, top + h])

    def _size(self, path: str) -> Size:
        place = self.folder.find(path)
        try:
            return pictures.size(place) if place else None
        except FormatError:
            return None


def _entries(path: Path, losses: Losses) -> list[Raw]:
    try:
        found = document(path, losses)
    except RecursionError as error:
        raise FormatError("lists or objects too deep inside each other", where=path) from error
    if isinstance(found, dict):
        raise FormatError("expected a list of pictures, found an object", where=path)
    return decoded(found, list[Raw], str(path))


def _boxes(told: Any) -> list[Any]:
    found = next((told[k] for k in BOXES if k in told), None) if isinstance(told, dict) else None
    return found if isinstance(found, list) else []


def _label(box: Any) -> str:
    found = box.get("label") if isinstance(box, Mapping) else None
    return found if isinstance(found, str) else str(found) if type(found) is int else ""


def _path(told: Any, file: File, where: str, losses: Losses) -> str:
    """The path of a picture, "" and counted where it has none; of an absolute one the name."""
    name = next((told[k] for k in IMAGE if k in told), None) if isinstance(told, dict) else None
    if not isinstance(name, str) or not name.strip("/\\. ") or "\0" in name:
        losses.add("entry without the name of a picture left out", example=where)
        return ""
    path, absolute = resolved(name, "")
    if absolute or path.startswith("../"):
        what = "path of a picture outside of the folder, of which the name is taken"
        losses.warn(what, example=where)
        path = path.rpartition("/")[2]
    return f"{file.folder}/{path}" if file.folder else path
