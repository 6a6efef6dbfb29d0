"""Writing: a line per picture, its objects as YOLO's label lines have them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import orjson
from numpy.typing import NDArray

from formats import files, json_text, staging, unheld
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import Chunk, Dataset, Item
from formats.errors import FormatError
from formats.losses import Losses
from formats.options import Crowd
from formats.putting import Putter
from formats.sizing import Sizing
from formats.tracks import stills
from formats.ultralytics_ndjson import header
from formats.ultralytics_ndjson.layout import NAME, SUFFIX
from formats.ultralytics_ndjson.options import NdjsonOptions
from formats.ultralytics_ndjson.placing import SPLITS, Places, split_of
from formats.ultralytics_ndjson.records import OWN
from formats.ultralytics_ndjson.tasks import KEYS, TASKS
from formats.unheld import stated
from formats.yolo import coding, crowds, sidecar, skeletons, text
from formats.yolo.coding import CARRIED

__all__ = ["write"]

LISTS = bytes.maketrans(b" ", b",")


def write(task: str, dataset: Dataset, path: Path, options: NdjsonOptions) -> Losses:
    """Write an ``.ndjson`` file, or a folder of one and of the pictures that it names."""
    dataset = stills.of_frames(dataset)
    lone = path.suffix.lower() == SUFFIX
    with staging.opened(dataset, path, options, lone=lone) as (place, losses):
        putter = Putter(dataset.root, place, "none" if lone else options.images)
        with files.create(place if lone else place / NAME) as stream:
            writer = _Writer(task, dataset, stream, options, losses, putter)
            writer.lone = lone
            writer.write()
        if lone:
            losses.note(f"pictures have no place beside a lone {SUFFIX} file; a folder links them")
        else:
            putter.report(losses)
    return losses


class _Writer:
    """One set in the making."""

    lone = False

    def __init__(
        self,
        task: str,
        dataset: Dataset,
        stream: BinaryIO,
        options: NdjsonOptions,
        losses: Losses,
        putter: Putter,
    ) -> None:
        self.name, self.task, self.dataset = task, TASKS.get(task), dataset
        self.stream, self.options, self.losses, self.putter = stream, options, losses, putter
        self.keypoints = skeletons.count(dataset) if task == "pose" else 0
        self.sizing = Sizing(options.sizes, dataset.root)
        self.lead = f',"annotations":{{"{KEYS[task]}":['.encode()

    def write(self) -> None:
        """The first line, then one for every picture."""
        told = ("" if self.lone else ".", self.losses)
        self.stream.write(header.encode(self.name, self.dataset, self.keypoints, *told) + b"\n")
        self.places = Places(not self.lone, self.options.on_collision, self.losses)
        for chunk in self.dataset.chunks():
            self._add(chunk)
        if self.task and SPLITS[0] not in self.places.names:
            self.losses.note("no picture is for training: ultralytics does not load such a set")

    def _add(self, chunk: Chunk) -> None:
        items = [self.sizing.sized(item) for item in chunk.items]
        crowd: Crowd = "keep" if self.options.crowd == "keep" else "skip"
        rows, _ = crowds.without(chunk.annotations, crowd, self.losses, chunk.paths())
        table, objects = self._classes(rows) if self.task is None else self._lines(rows, items)
        bounds = np.searchsorted(table.images, np.arange(len(items) + 1)).tolist()
        held = CARRIED | (self.task.holds if self.task else frozenset())
        further = [name for name in sidecar.present(table) if name in held]
        for i, item in enumerate(items):
            record = self._record(item)
            start, stop = bounds[i], bounds[i + 1]
            if further and start < stop:
                record |= _columns(table[start:stop], further)
            line = json_text.dumps(record, option=orjson.OPT_SERIALIZE_NUMPY, where=item.path)
            if chunk.looked[i]:
                line = line[:-1] + self.lead + objects(start, stop) + b"]}}"
            self.stream.write(line + b"\n")

    def _record(self, item: Item) -> dict[str, Any]:
        """The keys of a picture but for its objects; the picture is put in its place."""
        split = split_of(item, self.losses)
        name = self.places.name(item, split)
        self.putter.put(item, f"images/{split}/{name}")
        told: dict[str, Any] = {"type": "image", "file": name, "split": split}
        if item.id is not None:
            told["id"] = item.id
        if item.size is not None:
            told["width"], told["height"] = item.size
        kept = {k: v for k, v in item.extra.items() if k not in OWN}
        lost = len(kept) < len(item.extra)
        self.losses.add("picture with unknown keys", lost, item.path)
        return told | kept

    def _lines(self, rows: Annotations, items: Sequence[Item]) -> tuple[Annotations, _Objects]:
        """The rows that a task holds, and the text of some of them."""
        assert self.task is not None
        pairs, paths = self._pairs(rows, items), [item.path for item in items]
        rows, coded = coding.coded(rows, self.task, pairs, self.keypoints, paths, self.losses)
        lines, ends = text.lines(rows.labels.astype(np.int64), coded.counts, coded.values)
        bounds = ends.tolist()

        def objects(start: int, stop: int) -> bytes:
            body = lines[bounds[start] : bounds[stop]].rstrip(b"\n").translate(LISTS)
            return b"[" + body.replace(b"\n", b"],[") + b"]" if body else b""

        return rows, objects

    def _pairs(self, rows: Annotations, items: Sequence[Item]) -> NDArray[np.float64]:
        """The sizes of all pictures; FormatError where one with objects has none."""
        pairs = np.array([item.size or (np.nan, np.nan) for item in items]).reshape(-1, 2)
        unknown = np.isnan(pairs[rows.images, 0])
        if unknown.any():
            raise FormatError(
                "the picture's size is unknown, which shares of it need",
                where=items[int(rows.images[unknown][0])].path,
                hint="sizes=FILE states sizes",
            )
        return pairs

    def _classes(self, rows: Annotations) -> tuple[Annotations, _Objects]:
        """The tags, and the class numbers of some of them."""
        tags = rows.kinds == Kind.TAG
        self.losses.add("shape in a picture", int((~tags).sum()))
        rows = rows[tags]
        unheld.report(rows, CARRIED, self.losses)
        _, counts = np.unique(rows.images, return_counts=True)
        self.losses.warn(
            "further class of a picture, ultralytics takes one", int((counts - 1).sum())
        )
        numbers = [str(label).encode() for label in rows.labels.tolist()]
        return rows, lambda start, stop: b",".join(numbers[start:stop])


_Objects = Callable[[int, int], bytes]
"""The text of the rows from `start` to `stop`: members of a JSON list."""


def _columns(rows: Annotations, names: Sequence[str]) -> dict[str, Any]:
    """Columns that label lines have no place for, where these rows state them."""
    return {k: np.ascontiguousarray(getattr(rows, k)) for k in names if stated(rows, k).any()}
