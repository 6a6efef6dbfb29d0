"""VIA's files as a data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from formats import pictures, sizes, tables
from formats.dataset import Chunk, Dataset, Item, Label, chunked
from formats.errors import FormatError
from formats.labelme.placing import resolved
from formats.losses import Losses
from formats.split_files import File
from formats.via import layout, regions
from formats.via.choosing import Choice, Seen, chosen, chosen_of_pictures
from formats.via.document import Document, Picture, load
from formats.via.options import ViaOptions
from formats.walks import once

__all__ = ["CLASS", "read"]

CLASS = "via_attribute"
"""Where `Dataset.extra` tells which attribute the class was."""
ADDRESS = "picture named by an address, of which the name is taken"
OUTSIDE = "path of a picture outside of the folder, of which the name is taken"
SAID = ("annotator", "status")


def read(path: Path, options: ViaOptions) -> Dataset:
    """The data set of a file, or of a folder with files; pictures are decoded on every walk."""
    source = _Source(path, options)
    return Dataset(
        tuple(Label(name) for name in source.names),
        once(source.chunks, Losses, source.losses.merge),
        root=options.images or str(source.root),
        extra=source.extra,
        losses=source.losses,
    )


class _Source:
    """The pictures of some files; what is lost is counted on the first walk."""

    def __init__(self, path: Path, options: ViaOptions) -> None:
        self.options, self.losses = options, Losses()
        self.root = path if path.is_dir() else path.parent
        self.parts = [(file, load(file.path, self.losses)) for file in layout.found(path)]
        self.folder = pictures.Folder(options.images or self.root)
        self.sizes = sizes.load(options.sizes)
        self.choice = self._choice()
        seen, bare = self._classes()
        self.names = self.choice.all(seen)
        if bare and options.unlabelled not in self.names:
            self.names.append(options.unlabelled)
        self.index = {name: k for k, name in enumerate(self.names)}
        self.extra = self._extra()

    def _choice(self) -> Choice:
        """The attribute that is the class, with the options that the files declare."""
        seen, whole, declared = Seen(), Seen(), dict[str, Any]()
        for _, document in self.parts:
            declared |= document.declared
            for picture in document.pictures(Losses()):
                whole.add(picture.attributes)
                for region in picture.regions:
                    seen.add(regions.said(region))
        name = self.options.attribute or chosen(seen, declared) or chosen_of_pictures(whole)
        choice = Choice(name)
        for _, document in self.parts:
            choice.declare({**document.declared_of_files, **document.declared})
        if len(seen.counts) > 1 and not self.options.attribute:
            self.losses.note(f"the class is the region attribute {name!r}: -o attribute=NAME")
        return choice

    def _classes(self) -> tuple[set[str], bool]:
        """The classes of all regions and pictures, and whether a region has none."""
        met: set[str] = set()
        bare = False
        for _, document in self.parts:
            for picture in document.pictures(Losses()):
                met.update(self.choice.classes(picture.attributes))
                for region in picture.regions:
                    classes = self.choice.classes(regions.said(region))
                    met.update(classes)
                    bare |= not classes
        return met, bare

    def _extra(self) -> Mapping[str, Any]:
        """What belongs to the whole of a lone project."""
        told = {CLASS: self.choice.attribute} if self.choice.attribute else {}
        return {**(self.parts[0][1].extra if len(self.parts) == 1 else {}), **told}

    def chunks(self, losses: Losses) -> Iterator[Chunk]:
        """The pictures of every file in their order."""
        return chunked(self._items(losses))

    def _items(self, losses: Losses) -> Iterator[Item]:
        by = regions.Reading(self.choice, self.index, self.options.unlabelled, losses)
        for file, document in self.parts:
            for picture in document.pictures(losses):
                yield self._item(picture, file, document, by)

    def _item(self, picture: Picture, file: File, document: Document, by: regions.Reading) -> Item:
        path, extra = _path(picture, by.losses)
        if not path:
            raise FormatError("a picture without a name", where=picture.where)
        path = f"{file.folder}/{path}" if file.folder else path
        told = {k: v for k, v in picture.attributes.items() if k != self.choice.attribute}
        item = Item(path, self.sizes.get(path), split=file.split)
        item = _told(item, told)
        if item.size is None:
            item = replace(item, size=self._size(path))
        rows = [row for region in enumerate(picture.regions) if (row := by.row(region, picture))]
        rows += by.tags(picture)
        extra |= {"file_size": picture.bytes} if picture.bytes >= 0 else {}
        extra |= {"file_attributes": told} if told else {}
        extra |= picture.further
        return replace(item, annotations=tables.table(rows), extra=extra)

    def _size(self, path: str) -> tuple[int, int] | None:
        place = self.folder.find(path)
        try:
            return pictures.size(place) if place else None
        except FormatError:
            return None


def _path(picture: Picture, losses: Losses) -> tuple[str, dict[str, Any]]:
    """The relative path of a picture; of an address or a path outside its name alone."""
    name = picture.name
    if "://" in name[:12]:
        losses.warn(ADDRESS, example=picture.where)
        return name.partition("?")[0].rpartition("/")[2], {"url": name}
    path, absolute = resolved(name, "")
    if absolute or path.startswith("../"):
        losses.warn(OUTSIDE, example=picture.where)
        path = path.rpartition("/")[2]
    return ("" if path in (".", "..") or "\0" in path else path), {}


def _told(item: Item, told: dict[str, Any]) -> Item:
    """The item with what attributes of the file say of it; those are taken out."""
    size = [_pixels(told.get(key)) for key in ("width", "height")]
    known: dict[str, Any] = {}
    if all(size):
        known["size"] = item.size or (size[0], size[1])
        del told["width"], told["height"]
    if type(told.get("id")) is int:
        known["id"] = told.pop("id")
    if not item.split and isinstance(told.get("split"), str):
        known["split"] = told.pop("split")
    for key in SAID:
        if isinstance(told.get(key), str):
            known[key] = told.pop(key)
    return replace(item, **known)


def _pixels(value: Any) -> int:
    """A number of pixels, which VIA's editor makes a text; 0 for none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if type(value) is int and 0 < value < 1 << 31 else 0
