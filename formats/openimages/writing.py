"""A data set as OpenImages' files: CSV tables for each split, and masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import class_list, files, marks, size_list, staging, unheld
from formats.annotations import Annotation, Annotations
from formats.columns import Flag, Kind
from formats.dataset import Chunk, Dataset, Item
from formats.errors import FormatError
from formats.losses import Losses
from formats.namesakes import Namesakes, stem, tidy
from formats.openimages import encoding, mask_files
from formats.openimages.catalogue import picture_place
from formats.openimages.classes import codes
from formats.openimages.columns import ABSENT, BOXES, FLAGS, IMAGES, LABELS, LACKS, MASKS, TRAITS
from formats.openimages.encoding import Entry
from formats.openimages.options import OpenImagesOptions
from formats.openimages.sheets import Sheets
from formats.putting import Putter
from formats.tracks import stills
from geometry.masks import Mask

__all__ = ["HOLDS", "write"]

HOLDS = {
    **dict.fromkeys(("images", "kinds", "labels", "scores", "flags", "masks"), 0.0),
    "boxes": 1e-5,
}
"""Boxes up to sides of 10,000 pixels: shares have 9 decimals."""
PARTLY = {"attributes", "extra"}
HELD = sum(FLAGS.values())


def write(dataset: Dataset, path: Path, options: OpenImagesOptions) -> Losses:
    """Write ``annotations/*.csv``, ``masks/`` and ``images/``; what could not be held.

    Frames of clips are written as pictures.
    """
    dataset = stills.of_frames(dataset)
    with staging.opened(dataset, path, options) as (folder, losses):
        writer = _Writer(dataset, folder, options, losses)
        with writer.sheets:
            staging.fill(writer, dataset)
    return losses


class _Writer:
    """One set in the making."""

    def __init__(
        self, dataset: Dataset, folder: Path, options: OpenImagesOptions, losses: Losses
    ) -> None:
        self.dataset, self.folder, self.options = dataset, folder, options
        self.losses, self.codes = losses, codes(dataset.labels)
        self.places = Namesakes(options.on_collision)
        self.putter = Putter(dataset.root, folder, options.images)
        self.sheets = Sheets(folder / "annotations")
        self.sizes: list[str] = []
        self.masks: set[str] = set()

    def add(self, chunk: Chunk) -> None:
        """Write the rows of a chunk."""
        table = self._cut(chunk)
        bounds = np.searchsorted(table.images, np.arange(len(chunk.items) + 1)).tolist()
        rows = list(table.rows())
        for i, item in enumerate(chunk.items):
            if item.split:
                files.safe(item.split, "split")
            wanted = picture_place(files.safe(item.path), item.split)
            picture = self.places.place(tidy(wanted), wanted)
            self.putter.put(item, picture)
            self.sizes.append(size_list.row(picture, item.size))
            self._list(item, picture, bool(chunk.looked[i]))
            self._rows(item, picture, rows[bounds[i] : bounds[i + 1]])

    def _list(self, item: Item, picture: str, looked: bool) -> None:
        """A line of the list of pictures, for one that was looked at."""
        further = {k: v for k, v in item.extra.items() if k in IMAGES and isinstance(v, str)}
        lacks = _lacking(item)
        others = item.extra.keys() - further.keys() - ({LACKS} if lacks else set())
        self.losses.add("picture with unknown keys", bool(others), item.path)
        if not looked:
            self.losses.add(
                "picture nobody looked at, whose keys are lost", bool(further or lacks), item.path
            )
            return
        _, split, name = picture.split("/", 2)
        told = {**further, "ImageID": stem(name), "Subset": split}
        self.sheets.row(f"{split}-images-with-rotation.csv", IMAGES, told)
        for code, source in lacks.items():
            told = {
                "ImageID": stem(name),
                "Source": source,
                "LabelName": code,
                "Confidence": ABSENT,
            }
            self.sheets.row(f"{split}-annotations-human-imagelabels.csv", LABELS, told)

    def _rows(self, item: Item, picture: str, rows: Sequence[Annotation]) -> None:
        """The rows of a picture: image-level labels, boxes and masks."""
        _, split, name = picture.split("/", 2)
        for row in (row for row in rows if row.kind == Kind.TAG):
            told = encoding.tag(stem(name), self.codes[row.label], row)
            self.sheets.row(f"{split}-annotations-human-imagelabels.csv", LABELS, told)
        for k, row in enumerate(row for row in rows if row.kind != Kind.TAG):
            entry = Entry(stem(name), self.codes[row.label], row, item.size or (0, 0))
            self.sheets.row(f"{split}-annotations-bbox.csv", BOXES, encoding.box(entry))
            if row.kind == Kind.MASK and row.mask is not None:
                self._mask(entry, row.mask, k, split)

    def _mask(self, entry: Entry, mask: Mask, k: int, split: str) -> None:
        """The file of a mask, and its line."""
        place, told = encoding.mask(entry, k, split, self.masks)
        mask_files.write(self.folder / "masks" / place, mask)
        self.sheets.row(f"{split}-annotations-object-segmentation.csv", MASKS, told)

    def _cut(self, chunk: Chunk) -> Annotations:
        """The rows to write; what of them is lost is counted."""
        losses, rows = self.losses, chunk.annotations
        where = chunk.paths()
        tags = rows.kinds == Kind.TAG
        left = tags | np.isfinite(rows.boxes).all(axis=1)
        unheld.count(losses.add, "object without a usable box", rows, ~left, where)
        if self.options.crowd == "skip":
            crowds = rows.flagged(Flag.CROWD) & left
            unheld.count(losses.add, "ignore region left out", rows, crowds, where)
            left &= ~crowds
        _check_sizes(chunk, rows.images[left & ~tags])
        _report(rows[left], losses, where)
        return rows[left]

    def finish(self) -> None:
        """Write the classes, the order of the pictures and the maps."""
        names = [label.name for label in self.dataset.labels]
        file = "class-descriptions-boxable.csv"
        self.sheets.open(file)
        for code, name in zip(self.codes, names, strict=True):
            self.sheets.line(file, [code, name])
        self._write(size_list.FILE, "".join(self.sizes).encode())
        self._write(class_list.FILE, class_list.written(self.dataset.labels))
        self.places.write(self.folder, self.losses)
        self.putter.report(self.losses)

    def _write(self, name: str, data: bytes) -> None:
        files.put(self.folder / name, data)


def _lacking(item: Item) -> Mapping[str, Any]:
    """The LabelNames of what people found an item not to show, with who said so."""
    found = item.extra.get(LACKS)
    return found if isinstance(found, Mapping) else {}


def _check_sizes(chunk: Chunk, images: NDArray[np.int32]) -> None:
    """FormatError for a picture with shapes whose size is not known."""
    unknown = images[np.isnan(chunk.sizes()[images]).any(axis=1)]
    if len(unknown):
        raise FormatError(
            "the picture's size is unknown, which shares need",
            where=chunk.items[int(unknown[0])].path,
            hint="sizes=FILE states sizes",
        )


def _report(rows: Annotations, losses: Losses, where: list[str]) -> None:
    """Count what no column of a file can hold."""
    tags = rows.kinds == Kind.TAG
    shapes = rows[~tags]
    unheld.report(shapes, HOLDS.keys() | PARTLY, losses, where)
    unheld.report(rows[tags], {"scores", "extra", "images", "kinds", "labels"}, losses, where)
    unheld.kinds(shapes, {Kind.BOX, Kind.MASK}, losses, where)
    unheld.hidden(shapes, losses, where)
    marks.report(shapes, HELD, losses, where)
    if shapes.attributes is not None:
        lost = np.array([bool(_said(cell) - set(TRAITS)) for cell in shapes.attributes], dtype=bool)
        unheld.count(losses.add, "attributes", shapes, lost, where)
    if rows.extra is not None:
        lost = np.array([_odd(row) for row in rows.rows()], dtype=bool)
        unheld.count(losses.add, "unknown keys", rows, lost, where)


def _said(cell: Any) -> set[str]:
    """The keys of a mapping that say something: false is what is not set."""
    return {key for key, value in cell.items() if value is not False}


def _odd(row: Annotation) -> bool:
    """Whether there is a key that has no column in the line of a row, or no text or number."""
    columns = {Kind.TAG: encoding.OF_TAG, Kind.MASK: encoding.OF_MASK}.get(
        row.kind, encoding.OF_BOX
    )
    return bool(_said(row.extra) - encoding.held(row, columns).keys())
