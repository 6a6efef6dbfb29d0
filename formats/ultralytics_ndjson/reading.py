"""Reading: the lines of a chunk of pictures become one table, by the tasks of YOLO."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import pictures
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import CHUNK_ITEMS, Chunk, Dataset, Item
from formats.errors import FormatError
from formats.sizes import load
from formats.ultralytics_ndjson import header, records
from formats.ultralytics_ndjson.header import Header
from formats.ultralytics_ndjson.layout import file_of
from formats.ultralytics_ndjson.options import NdjsonOptions
from formats.ultralytics_ndjson.records import Record, Unreadable
from formats.ultralytics_ndjson.tasks import CLASSIFY, KEYS, TASKS
from formats.yolo import checking, restoring
from formats.yolo.lines import parse
from formats.yolo.problems import Problems
from formats.yolo.rows import Rows
from formats.yolo.sidecar import Kept

__all__ = ["read"]

LABEL_LINES = bytes.maketrans(b"[],", b" \n ")
"""A JSON list of lists of numbers read as lines of numbers."""


def read(path: Path, options: NdjsonOptions) -> Dataset:
    """The set of a file, or of the one in a folder; pictures are read on every walk."""
    file = file_of(path)
    number, line = next(records.lines(file), (1, b""))
    found = header.decode(line, f"{file}:{number}")
    walk = _Walk(file, found, options)
    if not found.labels:
        found = replace(found, labels=header.names(walk.count()))
        walk.found = found
    return Dataset(
        found.labels,
        walk.chunks,
        root=str(file.parent / found.path),
        extra=found.extra,
        losses=walk.problems.losses,
    )


class _Walk:
    """The chunks of a file; what is odd is told on the first walk alone."""

    def __init__(self, file: Path, found: Header, options: NdjsonOptions) -> None:
        self.file, self.found = file, found
        self.problems = Problems(options.strict)
        self.strict = options.strict
        self.told = self.line = 0
        self.sizes = load(options.sizes)
        self.folder = pictures.Folder(file.parent / found.path)
        if found.task == "pose" and found.keypoints == (0, 0):
            self.found = replace(found, keypoints=self._shape())

    def chunks(self) -> Iterator[Chunk]:
        """Chunks of up to 2,000 pictures, in the order of the file."""
        for k, part in enumerate(_parts(self._records())):
            problems = self.problems if k >= self.told else Problems(self.strict)
            self.told = max(self.told, k + 1)
            yield self._chunk(part, problems)

    def count(self) -> int:
        """One more than the largest class number, for a set that names no class."""
        largest = -1.0
        for part in _parts(self._records()):
            rows = _rows([record.objects or b"" for _, record in part], self.found.task)
            whole = rows.classes[rows.classes <= header.LARGEST]
            largest = max(largest, float(whole.max(initial=-1)))
        return int(largest) + 1

    def _records(self) -> Iterator[tuple[str, Record]]:
        """The pictures; a line that is none is counted, FormatError where no line is one."""
        key, path = KEYS[self.found.task], self.found.path
        found = records.lines(self.file)
        next(found, None)
        broken, read = None, 0
        for number, line in found:
            place, record = f"{self.file}:{number}", None
            what = "its type is not that of a picture"
            try:
                record = records.decode(line, key, path, place)
            except Unreadable as error:
                broken, what = broken or error, error.what
            if record is not None:
                read += 1
                yield f"{place}#/annotations/{key}", record
            elif number > self.line:
                self.problems.left_out("line", place, what)
            self.line = max(self.line, number)
        if broken is not None and not read:
            raise broken

    def _shape(self) -> tuple[int, int]:
        """Keypoints per object as ultralytics infers them: all lines of one length."""
        first = next((r.objects for _, r in self._records() if r.objects not in (None, b"[]")), b"")
        counts = set(_rows([first or b""], "pose").counts.tolist())
        width = counts.pop() - 4 if len(counts) == 1 else 0
        for dims in (3, 2):
            if width > 0 and width % dims == 0:
                return width // dims, dims
        raise FormatError("no kpt_shape", where=f"{self.file}:1")

    def _chunk(self, part: Sequence[tuple[str, Record]], problems: Problems) -> Chunk:
        places = [place for place, _ in part]
        found = [record for _, record in part]
        items = [self._sized(record.item) for record in found]
        rows = _rows([record.objects or b"" for record in found], self.found.task)
        others = sum(record.others for record in found)
        problems.odd("list of another task", others, places[0])
        table = self._table(rows, items, places, problems)
        before = np.bincount(rows.files, minlength=len(items))
        kept = _kept(places, found, before.tolist(), problems)
        table = restoring.restored(table, kept, places, before, problems)
        return Chunk(items, table, np.array([r.objects is not None for r in found], dtype=bool))

    def _sized(self, item: Item) -> Item:
        """The item with its size: of the option, as stated, or from the picture."""
        size = self.sizes.get(item.path) or item.size
        if size is None and (file := self.folder.find(item.path)):
            size = pictures.size(file)
        return replace(item, size=size)

    def _table(
        self, rows: Rows, items: Sequence[Item], places: Sequence[str], problems: Problems
    ) -> Annotations:
        rows = checking.finite(rows, places, problems)
        task = TASKS.get(self.found.task)
        if task is not None:
            unsized = np.array([item.size is None for item in items], dtype=bool)
            rows = problems.drop(rows, unsized[rows.files], places, lambda _: "no width and height")
            good = task.good(rows.counts, self.found.keypoints)
            rows = checking.widths(rows, good, task.expected, places, problems)
        ranks = {k: k for k in range(len(self.found.labels))}
        rows, classes = checking.classes(rows, ranks, places, problems)
        columns: dict[str, Any] = {"kinds": np.full(len(rows), Kind.TAG, np.uint8)}
        if task is not None:
            sizes = _pairs(items)[rows.files]
            columns = task.decode(rows, sizes, self.found.keypoints, places, problems)
        return Annotations.of(len(rows), images=rows.files, labels=classes, **columns)


def _pairs(items: Sequence[Item]) -> NDArray[np.float64]:
    return np.array([item.size or (np.nan, np.nan) for item in items]).reshape(-1, 2)


def _rows(texts: Sequence[bytes], task: str) -> Rows:
    """The objects of pictures as label lines; a list of class numbers has one a line."""
    if task == CLASSIFY:
        return parse([text.translate(None, b"[]").replace(b",", b"\n") for text in texts])
    return parse([text.translate(LABEL_LINES) for text in texts])


def _kept(
    places: Sequence[str], found: Sequence[Record], rows: Sequence[int], problems: Problems
) -> dict[str, Kept]:
    """The scores and tracks of pictures that tell them, for as many objects as they have."""
    kept: dict[str, Kept] = {}
    for place, record, count in zip(places, found, rows, strict=True):
        if not record.kept:
            continue
        columns = record.columns()
        if columns is None or any(len(values) != count for values in columns.values()):
            problems.odd("list of scores or tracks that is not one number per object", 1, place)
        else:
            kept[place] = Kept(count, columns)
    return kept


def _parts(records: Iterator[tuple[str, Record]]) -> Iterator[list[tuple[str, Record]]]:
    while part := list(islice(records, CHUNK_ITEMS)):
        yield part
