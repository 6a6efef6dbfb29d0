"""Label files of LabelMe and X-AnyLabeling as a data set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from formats import clip_list, pictures, sizes
from formats.annotations import Annotations
from formats.columns import Kind
from formats.counting import counted
from formats.dataset import Chunk, Dataset, Item, Label, chunked
from formats.errors import FormatError
from formats.labelme import document, grouping, naming
from formats.labelme.dialect import Dialect
from formats.labelme.document import Document
from formats.labelme.entries import Entry, entries
from formats.labelme.grouping import Object
from formats.labelme.layout import Tree
from formats.labelme.options import AnyLabelingOptions
from formats.labelme.placing import CLIPS, split_of
from formats.labelme.rows import Reading, table
from formats.losses import Losses
from formats.walks import once

__all__ = ["CHECKED", "reader"]

BLANK = frozenset({"text", "description", "lineColor", "fillColor"})
"""Keys that the tools write themselves, also where they have nothing to tell: one of `NOTHING`."""
NOTHING = (None, "")
CHECKED = "checked"
"""The status of an item whose file says so."""


def reader(dialect: Dialect) -> Callable[[Path, AnyLabelingOptions], Dataset]:
    """The reading function of one of the two formats."""

    def read(path: Path, options: AnyLabelingOptions) -> Dataset:
        source = _Source(dialect, path, options)
        return Dataset(
            source.labels,
            once(source.chunks, Losses, source.losses.merge),
            media=source.clips.media,
            root=str(source.root),
            losses=source.losses,
        )

    return read


class _Source:
    """The label files of a folder, read anew on every walk; losses are counted on the first."""

    def __init__(self, dialect: Dialect, path: Path, options: AnyLabelingOptions) -> None:
        self.dialect, self.options = dialect, options
        self.losses = Losses()
        tree = Tree.of(path)
        self.names = naming.Names.of(tree.root, dialect, options)
        self.root, self.entries = entries(tree, self._files(tree), self.losses)
        if path.is_file() and not self.entries:
            raise FormatError("no label file: it has no shapes and imagePath", where=path)
        self.labels: tuple[Label, ...] = self.names.labels(self.losses)
        self.sizes = sizes.load(options.sizes)
        self.clips = clip_list.load(tree.root / CLIPS)
        self.folder = pictures.Folder(self.root)

    def _files(self, tree: Tree) -> Iterator[tuple[str, str]]:
        """(label file, stated picture) of every label file; their classes are noted."""
        others = 0
        for name in tree.labels:
            found = document.load(tree.root / name, Losses())
            if found is None:
                others += 1
                continue
            self.names.add(self._objects(found, Losses()), found.flags)
            yield name, found.image
        if others:
            self.losses.note(f"{counted(others, 'JSON file')} passed over: no shapes and imagePath")

    def _objects(self, found: Document, losses: Losses) -> list[Object]:
        shapes = list(grouping.shapes(found.shapes, found.where("shapes"), losses))
        joined = self.names.skeletons if self.options.points == "join" else None
        return grouping.objects(shapes, self.dialect, joined)

    def chunks(self, losses: Losses) -> Iterator[Chunk]:
        """The pictures in the order of the set."""
        as_track = self.options.group_id == "track"
        by = Reading(self.names.index, self.names.skeletons, as_track, losses)
        return chunked(self._item(entry, by) for entry in self.entries)

    def _item(self, entry: Entry, by: Reading) -> Item:
        item = Item(entry.picture, self.sizes.get(entry.picture), split=split_of(entry.picture))
        item = self.clips.item(entry.picture, item)
        if entry.labels is None:
            return self._sized(item, None)
        found = document.load(entry.labels, by.losses)
        if found is None:
            raise FormatError("no label file any more", where=entry.labels)
        item = self._sized(item, found.size)
        rows = table(self._objects(found, by.losses), item.size, by)
        return _told(self._tagged(item, rows, found), found)

    def _sized(self, item: Item, stated: tuple[int, int] | None) -> Item:
        """The item with its size: of the option, as stated, or of the picture."""
        size = item.size or stated
        place = None if size else self.folder.find(item.path)
        if place is not None:
            try:
                size = pictures.size(place)
            except FormatError:
                size = None
        return replace(item, size=size)

    def _tagged(self, item: Item, rows: Annotations, found: Document) -> Item:
        """The item with its rows and a tag for every flag that is a class."""
        tags = [name for name, on in found.flags.items() if on is True and self.names.is_tag(name)]
        kept = {name: on for name, on in found.flags.items() if name not in tags}
        if tags:
            classes = [self.names.index[name] for name in tags]
            more = Annotations.of(len(tags), kinds=[Kind.TAG] * len(tags), labels=classes)
            rows = Annotations.concat([rows, more]) if len(rows) else more
        return replace(item, annotations=rows, extra={"flags": kept} if kept else {})


def _told(item: Item, found: Document) -> Item:
    """The item with what further keys of its file say."""
    further = {k: v for k, v in found.further.items() if k not in BLANK or v not in NOTHING}
    known: dict[str, Any] = {}
    if type(further.get("id")) is int:
        known["id"] = further.pop("id")
    if further.pop(CHECKED, False) is True:
        known["status"] = CHECKED
    for key in ("annotator", "status"):
        if isinstance(further.get(key), str):
            known[key] = further.pop(key)
    return replace(item, **known, extra={**item.extra, **further})
