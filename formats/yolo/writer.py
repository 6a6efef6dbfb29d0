"""Writing: a chunk's table becomes label files, and the whole a set that ultralytics loads."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import files, pictures, unheld
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import Chunk, Dataset, Item
from formats.errors import FormatError
from formats.losses import Losses
from formats.yolo import clips, crowds, sidecar, skeletons, text
from formats.yolo.beside import Beside
from formats.yolo.options import YoloOptions
from formats.yolo.placing import Places
from formats.yolo.putting import Putter
from formats.yolo.sizes import Sizes
from formats.yolo.task import Task

__all__ = ["write"]

CARRIED = frozenset({"scores", "tracks"})
"""Columns that go to the sidecar whatever the task is."""


def write(task: Task, dataset: Dataset, path: Path, options: YoloOptions) -> Losses:
    """Write a data set as label files, lists and a data.yaml; what could not be held."""
    losses = Losses()
    if options.tree == "darknet" and task.name != "detect":
        raise FormatError("Darknet's layout holds boxes alone", where=path, hint="--to yolo")
    dataset = clips.pictured(dataset)
    keep = [Path(dataset.root)] if dataset.root else []
    with files.staged(path, overwrite=options.overwrite, keep=keep) as folder:
        writer = _Writer(task, dataset, folder, options, losses)
        for chunk in dataset.chunks():
            writer.add(chunk)
        writer.finish()
        losses.merge(dataset.losses)
        if options.strict:
            losses.refuse(path)
    return losses


@dataclass(frozen=True, slots=True)
class _Lines:
    """The label lines of a chunk: `table` (M rows) as `text`, where row k ends at `ends[k + 1]`."""

    table: Annotations
    text: bytes
    ends: NDArray[np.int64]

    def bounds(self, items: int) -> list[int]:
        """Where the rows of each item begin, and the end."""
        return np.searchsorted(self.table.images, np.arange(items + 1)).tolist()


class _Writer:
    """One set in the making."""

    def __init__(
        self, task: Task, dataset: Dataset, folder: Path, options: YoloOptions, losses: Losses
    ) -> None:
        self.task, self.dataset, self.folder = task, dataset, folder
        self.options, self.losses = options, losses
        self.keypoints = skeletons.count(dataset) if task.name == "pose" else 0
        self.places = Places(options.tree, options.on_collision)
        self.putter = Putter(dataset.root, folder, options.images)
        self.beside = Beside(folder, options.tree)
        self.frames = clips.Frames()
        self.sizes = Sizes(options.sizes)
        self._made: set[str] = set()

    def add(self, chunk: Chunk) -> None:
        """Write the label files of a chunk."""
        items = [self._sized(item) for item in chunk.items]
        places = [self.places.place(item) for item in items]
        sizes = replace(chunk, items=items).sizes()
        rows, painted = crowds.without(chunk.annotations, self.options.crowd, self.losses)
        self._check_sizes(rows, sizes, items)
        if painted is not None:
            crowds.paint(painted, sizes, [picture for picture, _ in places], self.folder)
        lines = self._lines(rows, sizes)
        self._label_files(lines, chunk.looked.tolist(), places)
        for item, (picture, _) in zip(items, places, strict=True):
            self.putter.put(item, picture)
            self.beside.picture(picture, item)
            self.frames.add(picture, item)

    def _sized(self, item: Item) -> Item:
        """The item with its size, from the option or the picture where it states none."""
        if item.size is not None and not len(self.sizes.stated):
            return item
        stated = self.sizes.stated.get(item.path)
        if stated is None and item.size is None:
            picture = pictures.locate(self.dataset.root, item)
            stated = pictures.size(picture) if picture else None
        return replace(item, size=stated or item.size)

    def _check_sizes(
        self, rows: Annotations, sizes: NDArray[np.float64], items: Sequence[Item]
    ) -> None:
        unknown = np.isnan(sizes[rows.images].sum(axis=1))
        if unknown.any():
            item = items[int(rows.images[unknown][0])]
            raise FormatError(
                "the picture's size is unknown, which label files need",
                where=item.path,
                hint="sizes=FILE states sizes",
            )

    def _lines(self, table: Annotations, sizes: NDArray[np.float64]) -> _Lines:
        tags = table.kinds == Kind.TAG
        self.losses.add("tag of a whole picture", int(tags.sum()))
        rows = table[~tags] if tags.any() else table
        unheld.report(rows, self.task.holds | CARRIED, self.losses)
        unheld.kinds(rows, {self.task.kind}, self.losses)
        coded = self.task.encode(rows, sizes[rows.images], self.keypoints, self.losses)
        written = rows[coded.rows] if len(coded.rows) < len(rows) else rows
        lines, ends = text.lines(written.labels.astype(np.int64), coded.counts, coded.values)
        return _Lines(written, lines, ends)

    def _label_files(
        self, lines: _Lines, looked: Sequence[bool], places: Sequence[tuple[str, str]]
    ) -> None:
        """A file for every picture that was looked at, empty where nothing is there."""
        carried = CARRIED | self.task.holds
        names = [name for name in sidecar.present(lines.table) if name in carried]
        bounds, ends = lines.bounds(len(places)), lines.ends.tolist()
        for i, (_, labels) in enumerate(places):
            if not looked[i]:
                continue
            start, stop = bounds[i], bounds[i + 1]
            self._file(labels, lines.text[ends[start] : ends[stop]])
            if names and start < stop:
                self.beside.scores(sidecar.line(labels, lines.table[start:stop], names))

    def _file(self, name: str, data: bytes) -> None:
        path = f"{self.folder}/{name}"
        parent = path.rpartition("/")[0]
        if parent not in self._made:
            Path(parent).mkdir(parents=True, exist_ok=True)
            self._made.add(parent)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        try:
            while data:
                data = data[os.write(handle, data) :]
        finally:
            os.close(handle)

    def finish(self) -> None:
        """Write the lists, the data.yaml and the maps."""
        labels = self.dataset.labels
        skeleton: dict[str, Any] = {}
        if self.keypoints:
            skeleton = {
                "kpt_shape": [self.keypoints, 3],
                "flip_idx": skeletons.flip(labels, self.keypoints, self.losses),
            }
            if names := skeletons.names(labels):
                skeleton["kpt_names"] = names
        self.beside.finish(self.task.name, labels, skeleton, self.places, self.losses)
        self.frames.write(self.folder, self.dataset.media)
        self.putter.report(self.losses)
