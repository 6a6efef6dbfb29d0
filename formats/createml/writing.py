"""A data set as Create ML's files: one in each folder of a split, beside its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from formats import class_names, files, json_text, staging, unheld
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.createml.layout import CLASSES, NAME
from formats.createml.options import CreateMLOptions
from formats.dataset import Chunk, Dataset, Item
from formats.losses import Losses
from formats.namesakes import Namesakes, tidy
from formats.putting import Putter
from formats.tracks import stills

__all__ = ["HOLDS", "KINDS", "write"]

HOLDS = {**dict.fromkeys(("images", "kinds", "labels"), 0.0), "boxes": 1e-9}
KINDS = frozenset({Kind.BOX})
DECIMALS = 9


def write(dataset: Dataset, path: Path, options: CreateMLOptions) -> Losses:
    """Write a ``.json`` file, or a folder with one for every split and its pictures beside it."""
    dataset = stills.of_frames(dataset)
    lone = path.suffix.lower() == ".json"
    opened = staging.opened(dataset, path, options, lone=lone)
    with opened as (place, losses), ExitStack() as stack:
        staging.fill(_Writer(dataset, place, lone, options, losses, stack), dataset)
    return losses


class _Writer:
    """One set in the making."""

    def __init__(
        self,
        dataset: Dataset,
        place: Path,
        lone: bool,
        options: CreateMLOptions,
        losses: Losses,
        stack: ExitStack,
    ) -> None:
        self.labels, self.place, self.lone = dataset.labels, place, lone
        self.options, self.losses, self.stack = options, losses, stack
        self.streams: dict[str, BinaryIO] = {}
        self.places = Namesakes(options.on_collision, str, "")
        images = "none" if lone else options.images
        self.putter = Putter(dataset.root, place, images)

    def add(self, chunk: Chunk) -> None:
        """Write the entries of a chunk."""
        for item in chunk.walk():
            split = "" if self.lone else item.split
            self.losses.add("split", int(self.lone and bool(item.split)), item.path)
            name = tidy(item.path.replace("\\", "/"))
            name = name.removeprefix(f"{split}/") if split else name
            where = f"{files.safe(split, 'split')}/{name}" if split else name
            where = self.places.place(where, item.path)
            self.putter.put(item, where)
            entry = {"image": where.removeprefix(f"{split}/") if split else where}
            self._line(split, {**entry, "annotations": list(self._boxes(item))})

    def _line(self, split: str, entry: dict[str, Any]) -> None:
        start = b",\n" if split in self.streams else b"[\n"
        self._stream(split).write(start + json_text.dumps(entry))

    def _stream(self, split: str) -> BinaryIO:
        if split not in self.streams:
            path = self.place if self.lone else self.place / split / NAME
            self.streams[split] = self.stack.enter_context(files.create(path))
        return self.streams[split]

    def _boxes(self, item: Item) -> Iterator[dict[str, Any]]:
        looked = item.annotations is not None
        what = "picture that nobody looked at (written as one without boxes)"
        self.losses.add(what, int(not looked), item.path)
        table = item.annotations if item.annotations is not None else Annotations.empty()
        table = self._cut(table, item.path)
        unheld.report(table, HOLDS, self.losses, item.path)
        unheld.kinds(table, KINDS, self.losses, item.path)
        for label, box in zip(table.labels.tolist(), table.boxes.tolist(), strict=True):
            x0, y0, x1, y1 = box
            width, height = (round(side, DECIMALS) for side in (x1 - x0, y1 - y0))
            place = {"x": (x0 + x1) / 2, "y": (y0 + y1) / 2, "width": width, "height": height}
            yield {"label": self.labels[label].name, "coordinates": place}

    def _cut(self, table: Annotations, where: str) -> Annotations:
        """The rows that have a box; those left out are counted."""
        tags = table.kinds == Kind.TAG
        odd = ~np.isfinite(table.boxes).all(axis=1) & ~tags
        crowd = table.flagged(Flag.CROWD) & (self.options.crowd == "skip")
        self.losses.add("tag of a whole picture", int(tags.sum()), where)
        unheld.unsound(table, odd, self.losses, where)
        self.losses.add("crowd region", int((crowd & ~odd & ~tags).sum()), where)
        return table[~(tags | odd | crowd)]

    def finish(self) -> None:
        """End the lists; write the classes and the order of the splits."""
        for stream in self.streams.values() or [self._stream("")]:
            stream.write(b"\n]\n" if stream.tell() else b"[]\n")
        self.stack.close()
        if not self.lone:
            class_names.put(self.place, self.labels, CLASSES)
            self.putter.report(self.losses)
