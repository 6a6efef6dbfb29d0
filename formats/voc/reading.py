"""A folder of XML files as a data set: parsed once, tables made chunk by chunk on every walk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from formats import files, pictures, sizes, tables
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Chunk, Dataset, Item
from formats.errors import FormatError
from formats.losses import Losses
from formats.voc import classes, layout, lists, origin, pages
from formats.voc.layout import Entry, Layout
from formats.voc.maps import Maps
from formats.voc.objects import Found
from formats.voc.options import VocOptions
from formats.voc.pages import Page
from formats.walks import Spans
from geometry import polygons, rotated
from geometry.rings import Rings

__all__ = ["read"]

Row = dict[str, Any]
DECIMALS = 9
TWIN = "picture left out, whose name another one has but for the ending"
TAGGED = "classes of pictures in ImageSets/Main that no object is of are read as tags"


def read(path: Path, options: VocOptions) -> Dataset:
    """The data set of VOC's layout, of XML files beside pictures, or of one XML file."""
    losses = Losses()
    found = layout.found(path, losses)
    told = {e.key: _page(found, e, losses) for e in found.entries if e.xml}
    met = (one.name for page in told.values() for one in page.objects)
    base = found.tree.base
    labels = classes.gathered(base, met, found.classes, options.names, losses)
    first, why = origin.told(base, told.values(), options.origin)
    if why and any(page.objects for page in told.values()):
        losses.note(why)
    place = {label.name.strip(): k for k, label in reversed(list(enumerate(labels)))}
    maps = Maps(base, labels) if options.masks != "none" else None
    walk = _Walk(found, told, place, origin.shift(first), maps, options, losses)
    return Dataset(labels, walk.chunks, root=str(found.tree.root), losses=losses)


def _page(found: Layout, entry: Entry, losses: Losses) -> Page:
    return pages.read(found.tree.xml_root / entry.xml, losses)


class _Walk:
    """The chunks of a set; what is odd is told on the first walk alone."""

    def __init__(
        self,
        found: Layout,
        told: dict[str, Page],
        place: dict[str, int],
        shift: float,
        maps: Maps | None,
        options: VocOptions,
        losses: Losses,
    ) -> None:
        self.found, self.pages, self.place, self.shift = found, told, place, shift
        self.maps = maps
        self.lists = {lists.file_name(name): k for name, k in place.items()} | place
        self.given = sizes.load(options.sizes)
        self.spans = Spans(losses)

    def chunks(self) -> Iterator[Chunk]:
        """Chunks of up to 2,000 pictures, in the order of the set."""
        for span, losses in self.spans.over(len(self.found.entries)):
            yield self._chunk(self.found.entries[span], losses)

    def _chunk(self, entries: list[Entry], losses: Losses) -> Chunk:
        items: list[Item] = []
        rows: list[Row] = []
        looked: list[bool] = []
        for entry in entries:
            page = self.pages.get(entry.key)
            own = [self._row(one) for one in page.objects] if page else []
            seen = self.maps.add(entry.key, own, losses) if self.maps else {}
            own += self._tags(entry, own, losses)
            rows += [row | {"images": len(items)} for row in own]
            items.append(self._item(entry, page, seen, losses))
            told = entry.shown is not None
            looked.append(page is not None or told or bool(own) or bool(seen))
        return Chunk(items, _table(rows), np.array(looked, dtype=bool))

    def _tags(self, entry: Entry, rows: list[Row], losses: Losses) -> list[Row]:
        """A tag for each class that a list says the picture shows and that no object is of."""
        there = {row["labels"] for row in rows}
        places = {self.lists[name]: sign for name, sign in (entry.shown or {}).items()}
        tags = [
            {"kinds": Kind.TAG, "labels": k, "flags": 0 if sign else int(Flag.DIFFICULT)}
            for k, sign in sorted(places.items())
            if k not in there
        ]
        if tags:
            losses.note(TAGGED)
        return tags

    def _item(self, entry: Entry, page: Page | None, seen: Row, losses: Losses) -> Item:
        losses.add(TWIN, max(len(entry.twins) - 1, 0), entry.key)
        if page is None:
            path = entry.path()
            size = self._size(entry, path, None, losses)
            return Item(path, size, split=entry.split, extra=seen)
        path = files.safe(entry.path(page.name), page.path)
        stated = path.rpartition("/")[2]
        other = page.name and page.name.replace("\\", "/").rpartition("/")[2] != stated
        where = f"{page.path}: {page.name}"
        losses.warn("filename that is not that of the picture", bool(other), where)
        return Item(
            path,
            self._size(entry, path, page, losses),
            id=page.id,
            split=entry.split,
            status=page.status,
            extra=page.extra | seen,
        )

    def _size(
        self, entry: Entry, path: str, page: Page | None, losses: Losses
    ) -> tuple[int, int] | None:
        """The stated size, held against the header of the picture where that is there."""
        stated = (page.size if page else None) or self.given.get(path)
        if not entry.picture:
            return stated
        try:
            header = pictures.header(self.found.tree.root / path)
        except FormatError as error:
            losses.warn("picture that cannot be read", example=str(error))
            return stated
        if stated is not None and stated != header.size:
            turned = stated == header.stored
            what = "the stored size of a turned (EXIF) picture" if turned else "a size it has not"
            place = page.path if page else path
            losses.warn(f"picture that is said to have {what}", example=f"{place}: {stated}")
        return stated or header.size

    def _row(self, one: Found) -> Row:
        """The columns of an object, in edges from 0."""
        row: Row = {"labels": self.place[one.name], "flags": one.flags, "scores": one.score}
        if one.attributes:
            row["attributes"] = one.attributes
        parts = [self._part(part) for part in one.parts]
        if extra := one.extra | ({"parts": parts} if parts else {}):
            row["extra"] = extra
        return row | self._shape(one)

    def _part(self, part: dict[str, Any]) -> dict[str, Any]:
        return {**part, "box": self._edges(part["box"])} if "box" in part else part

    def _edges(self, sides: Any) -> list[float]:
        """Edges from 0; rounded as they are written, so that 1.41 - 1 is .41."""
        x, y = (round(side - self.shift, DECIMALS) for side in sides[:2])
        return [x, y, sides[2], sides[3]]

    def _shape(self, one: Found) -> Row:
        """Box, rotated box or polygon, with the stated box, else the bounds."""
        row: Row = {"kinds": Kind.BOX}
        if one.rings:
            row = {"kinds": Kind.POLYGON, "rings": [[ring - self.shift] for ring in one.rings]}
            row["boxes"] = polygons.bounds(Rings.of([row["rings"]]))[0]
        elif one.rotated is not None:
            row = {"kinds": Kind.ROTATED, "rotated": one.rotated}
            row["boxes"] = rotated.bounds(np.array([one.rotated]))[0]
        return row | ({} if one.box is None else {"boxes": self._edges(one.box)})


def _table(rows: list[Row]) -> Annotations:
    table = tables.table(rows)
    flags = table.flags
    return table if flags is None or flags.any() else table.with_columns(flags=None)
