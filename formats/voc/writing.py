"""A data set as Pascal VOC: XML files, lists of splits, label maps, and what stands beside them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import class_list, files, staging, unheld
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Chunk, Dataset, Item
from formats.errors import FormatError
from formats.losses import Losses
from formats.namesakes import Namesakes, stem, tidy
from formats.putting import Putter
from formats.tracks import filling, stills
from formats.voc import labelmap, lists, origin
from formats.voc.elements import document, parts, shape
from formats.voc.lists import DEFAULT, MAIN, SEGMENTATION
from formats.voc.objects import FLAGS
from formats.voc.options import VocOptions
from formats.voc.pages import VERIFIED
from formats.voc.painting import Painted, painted
from formats.voc.tree import ANNOTATIONS, CLASSES, OBJECTS, PICTURES, SETS

__all__ = ["HOLDS", "KINDS", "write"]

HOLDS = {
    **dict.fromkeys(("images", "kinds", "labels", "scores", "masks", "flags"), 0.0),
    **dict.fromkeys(("attributes", "extra"), 0.0),
    "boxes": 1e-9,
}
KINDS = frozenset({Kind.BOX, Kind.MASK})
ASIDE = frozenset({"splits", filling.KEY})
"""Keys of `Dataset.extra` that say nothing of the pictures."""
CROWD = "crowd region"


def write(dataset: Dataset, path: Path, options: VocOptions) -> Losses:
    """Write a folder in VOC's layout; what could not be held. Frames are written as pictures."""
    dataset = stills.of_frames(dataset)
    with staging.opened(dataset, path, options) as (folder, losses):
        staging.fill(_Writer(dataset, folder, options, losses), dataset)
    return losses


@dataclass(slots=True)
class _Writer:
    """One set in the making."""

    dataset: Dataset
    folder: Path
    options: VocOptions
    losses: Losses
    names: list[str] = field(init=False)
    origin: Any = field(init=False)
    places: Namesakes = field(init=False)
    putter: Putter = field(init=False)
    main: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    segmented: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    shown: dict[str, list[tuple[str, set[int], set[int]]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    parts: dict[int, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    """The names of the parts that objects of each class have."""

    def __post_init__(self) -> None:
        self.names = [label.name for label in self.dataset.labels]
        self.origin = "zero" if self.options.origin == "zero" else "one"
        self.places = Namesakes(self.options.on_collision)
        self.putter = Putter(self.dataset.root, self.folder, self.options.images)

    def add(self, chunk: Chunk) -> None:
        """The XML files and label maps of some pictures."""
        rows, ignored = self._cut(chunk)
        items = replace(chunk, annotations=rows).walk()
        if ignored is None:
            for item in items:
                self._item(item, None)
            return
        for item, other in zip(items, replace(chunk, annotations=ignored).walk(), strict=True):
            self._item(item, other.annotations)

    def _item(self, item: Item, ignored: Annotations | None) -> None:
        """One picture; no XML where nobody looked at it."""
        place = self.places.place(tidy(item.path), item.path, item.split)
        if "\n" in place or "\r" in place:
            raise FormatError("a line break in the name, which no list can hold", where=repr(place))
        self.putter.put(item, f"{PICTURES}/{place}")
        self.main[item.split].append(stem(place))
        table = item.annotations
        if table is not None:
            self._write(item, place, table[table.kinds != Kind.TAG], ignored)
        if self.options.class_lists and table is not None:
            self._show(item, stem(place), table)

    def _show(self, item: Item, name: str, table: Annotations) -> None:
        """Note which classes a picture shows; one class is listed once, by object or tag."""
        plain = table.labels[~table.flagged(Flag.DIFFICULT)].tolist()
        every = {*table.labels.tolist()}
        self.shown[item.split].append((name, {*plain}, every))
        tags = table.labels[table.kinds == Kind.TAG].tolist()
        objects = {*table.labels[table.kinds != Kind.TAG].tolist()}
        repeated = len(tags) - len({*tags} - objects)
        self.losses.add("tag of a class that the picture shows anyway", repeated, item.path)

    def _write(
        self, item: Item, place: str, table: Annotations, ignored: Annotations | None
    ) -> None:
        losses = self.losses
        for name, told in (
            ("annotator of a picture", bool(item.annotator)),
            ("status of a picture", item.status not in ("", VERIFIED)),
        ):
            losses.add(name, told, item.path)
        maps = painted(table, ignored, item, losses) if self.options.masks == "maps" else None
        if maps is not None:
            self._maps(maps, item, place)
        outline = self.options.masks == "polygons"
        shift = origin.shift(self.origin)
        rows = list(table.rows())
        objects = [shape(row, self.names[row.label], shift, outline, losses) for row in rows]
        for row in rows:
            self.parts[row.label].update(dict.fromkeys(parts(row)))
        text = document(item, place, objects, maps is not None, losses)
        files.put(self.folder / ANNOTATIONS / f"{stem(place)}.xml", text.encode())

    def _maps(self, maps: Painted, item: Item, place: str) -> None:
        self.segmented[item.split].append(stem(place))
        maps.objects.save_indices(self.folder / OBJECTS / f"{stem(place)}.png")
        maps.classes.save_indices(self.folder / CLASSES / f"{stem(place)}.png")

    def _cut(self, chunk: Chunk) -> tuple[Annotations, Annotations | None]:
        """The rows to write, and the crowd regions that become void pixels."""
        table, losses, crowd = chunk.annotations, self.losses, self.options.crowd
        tags = table.kinds == Kind.TAG
        broken = ~tags & ~np.isfinite(table.boxes).all(axis=1)
        out = table.flagged(Flag.CROWD) & ~tags & ~broken & (crowd != "keep")
        word = "left out" if crowd == "skip" else "written as void pixels"
        for what, gone in (
            ("tag of a whole picture", tags & (not self.options.class_lists)),
            (f"{CROWD} {word}", out),
        ):
            losses.add(what, int(gone.sum()), _first(chunk, gone))
        unheld.unsound(table, broken, losses, chunk.paths())
        left = broken | out
        _report(table[~left & ~tags], self.options, losses, chunk.paths())
        if self.options.class_lists:
            unheld.report(_plain(table[tags]), (), losses, chunk.paths())
        else:
            left = left | tags
        rows = table[~left] if left.any() else table
        ignored = table[out] if crowd == "mask" and out.any() else None
        return _hard(rows, losses), ignored

    def finish(self) -> None:
        """Write the lists, the classes, and the map of new names."""
        for split, stems in (self.main or {"": []}).items():
            self._list(MAIN, split, stems)
        for split, stems in self.segmented.items():
            self._list(SEGMENTATION, split, stems)
        for split, shown in self.shown.items():
            self._class_lists(split, shown)
        (self.folder / ANNOTATIONS).mkdir(exist_ok=True)
        note = origin.LINES[self.origin]
        self._put(labelmap.FILE, labelmap.text(self.dataset.labels, note, self.parts).encode())
        self._put(class_list.FILE, class_list.written(self.dataset.labels))
        self.places.write(self.folder, self.losses)
        repeated = len(self.names) - len({name.strip() for name in self.names})
        self.losses.add("class of a name that another class has", repeated)
        further = len(self.dataset.extra.keys() - ASIDE)
        self.losses.add("key of the whole data set", further, min(self.dataset.extra, default=""))
        self.putter.report(self.losses)

    def _list(self, task: str, split: str, stems: list[str]) -> None:
        self._put(f"{SETS}/{task}/{_named(split)}.txt", "".join(f"{s}\n" for s in stems).encode())

    def _class_lists(self, split: str, shown: list[tuple[str, set[int], set[int]]]) -> None:
        """1: an object or tag of the class is there, 0: only difficult ones, -1: none.

        A picture that nobody looked at is in no list.
        """
        for k, name in enumerate(self.names):
            signs = (1 if k in plain else 0 if k in every else -1 for _, plain, every in shown)
            lines = (f"{s} {n:2d}\n" for (s, *_), n in zip(shown, signs, strict=True))
            path = f"{SETS}/{MAIN}/{files.safe(lists.file_name(name))}_{_named(split)}.txt"
            self._put(path, "".join(lines).encode())

    def _put(self, name: str, data: bytes) -> None:
        files.put(self.folder / name, data)


def _named(split: str) -> str:
    name = files.safe(split or DEFAULT, "split")
    if "/" in name or "\\" in name:
        raise FormatError(f"the split {split!r} cannot be the name of a list")
    return name


def _first(chunk: Chunk, rows: NDArray[np.bool_]) -> str:
    """The picture of the first of some rows."""
    found = np.flatnonzero(rows)
    return chunk.items[int(chunk.annotations.images[found[0]])].path if len(found) else ""


def _report(table: Annotations, options: VocOptions, losses: Losses, where: list[str]) -> None:
    """What of the rows has no place."""
    held, kinds = {*HOLDS, "rings"}, {*KINDS, Kind.POLYGON}
    if options.masks == "none":
        held, kinds = held - {"rings", "masks"}, {Kind.BOX, Kind.POLYGON}
    if options.masks == "polygons":
        held, kinds = held - {"masks"}, {Kind.BOX, Kind.POLYGON}
        losses.add("hole of a polygon", _holes(table))
        flat = unheld.flat(table) > 0
        unheld.count(losses.add, "ring of fewer than 3 points", table, flat, where)
    unheld.report(table, held, losses, where)
    unheld.kinds(table, kinds, losses, where)
    unheld.hidden(table, losses, where)
    for flag in Flag:
        if flag not in (*FLAGS.values(), Flag.CROWD):
            word = (flag.name or "").lower()
            losses.add(f"{word} flag", int(table.flagged(flag).sum()))


def _holes(table: Annotations) -> int:
    if table.rings is None:
        return 0
    rows = table.rings[table.kinds == Kind.POLYGON]
    return len(rows.ring_offsets) - len(rows.part_offsets)


def _plain(tags: Annotations) -> Annotations:
    """Tags without the flag of difficult ones, which lists of classes tell."""
    if tags.flags is None:
        return tags
    return tags.with_columns(flags=tags.flags & ~np.uint16(Flag.DIFFICULT))


def _hard(table: Annotations, losses: Losses) -> Annotations:
    """Crowd regions as difficult objects, which VOC's evaluation ignores, too."""
    crowd = table.flagged(Flag.CROWD)
    if table.flags is None or not crowd.any():
        return table
    losses.add(f"{CROWD} written as a difficult object", int(crowd.sum()))
    flags = table.flags | np.where(crowd, np.uint16(Flag.DIFFICULT), np.uint16(0))
    return table.with_columns(flags=flags)
