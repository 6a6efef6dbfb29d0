"""Reading: label files of a chunk of pictures become one table."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from formats import clip_list
from formats.annotations import Annotations
from formats.dataset import Chunk, Dataset, Item
from formats.errors import FormatError
from formats.size_list import Size, Sizes
from formats.yolo import checking, labels, layout, restoring, sidecar, trailing
from formats.yolo.config import DATA_YAML
from formats.yolo.layout import Layout
from formats.yolo.lines import parse
from formats.yolo.options import YoloOptions
from formats.yolo.paths import below
from formats.yolo.problems import Problems
from formats.yolo.rows import Rows
from formats.yolo.task import Task

__all__ = ["read", "sample"]

BLOCK = 1 << 16
ITEMS, LEAN_ITEMS = 1000, 250
"""Pictures of a chunk, and where memory is scarce."""
SAMPLE = 200
"""Label files that the meaning of further columns is guessed from."""


def read(task: Task, path: Path, options: YoloOptions) -> Dataset:
    """The set that a data.yaml, an obj.data or a folder describes; label files are read later."""
    found = layout.found(path, options)
    walk = _Walk(task, found, options)
    if found.rule is below:
        walk.problems.losses.note("label files are read from labels/ beside the pictures")
    if others := layout.passed_over(path, found.config):
        told = f"{found.config.path.name} is read; not read, unless they are named: "
        walk.problems.losses.note(told + ", ".join(others))
    return Dataset(
        labels.of(found.config, walk.folder),
        walk.chunks,
        media=walk.clips.media,
        root=found.root,
        extra={DATA_YAML: found.config.further} if found.config.further else {},
        losses=walk.problems.losses,
        expected=len(found.paths),
    )


class _Walk:
    """The chunks of a set; what is odd is told on the first walk alone."""

    def __init__(self, task: Task, found: Layout, options: YoloOptions) -> None:
        self.task, self.found, self.options = task, found, options
        self.folder = found.config.roots[-1]
        self.problems = Problems(options.strict)
        for entry in found.missing:
            self.problems.losses.warn("split whose pictures are not there", example=entry)
        if orphans := found.orphans():
            what = "label file without a picture"
            self.problems.losses.add(what, len(orphans), orphans[0])
        for picture, split, first in found.again:
            if split == first:
                self.problems.losses.add("picture listed again, read once", example=picture)
            else:
                example = f"{picture}: {split}, as {first}"
                self.problems.losses.add("picture of two splits, read in one", example=example)
        self.told: set[int] = set()
        self.ranks = {number: rank for rank, number in enumerate(found.config.names)}
        self.keypoints = found.config.keypoints
        if task.name == "pose" and self.keypoints == (0, 0):
            raise FormatError(
                "no kpt_shape", where=found.config.path, hint="kpt_shape=17,3 states it"
            )

    @cached_property
    def columns(self) -> trailing.Names:
        """What stands behind the shape on every line."""
        stated = trailing.named(self.options.columns)
        if stated is not None:
            return stated
        rows = sample(self.found)
        rows = rows.keep(np.isfinite(rows.classes))
        found = trailing.guess(rows, self.task.width(self.keypoints), self.found.config.path)
        if found:
            text = f"what stands behind the shape on each line is read as {','.join(found)}"
            self.problems.losses.note(f"{text}; -o columns=none if that is wrong")
        return found

    @cached_property
    def sizes(self) -> Sizes:
        return Sizes(self.options.sizes, self.folder)

    @cached_property
    def kept(self) -> dict[str, sidecar.Kept]:
        return sidecar.load(self.folder / sidecar.FILE)

    @cached_property
    def clips(self) -> clip_list.Known:
        return clip_list.load(self.folder / clip_list.FILE)

    def chunks(self) -> Iterator[Chunk]:
        """Chunks of up to 1,000 pictures, in the order of the set."""
        size = LEAN_ITEMS if self.options.low_memory else ITEMS
        for start in range(0, len(self.found.paths), size):
            problems = self.problems if start not in self.told else Problems(self.options.strict)
            self.told.add(start)
            yield self._chunk(start, start + size, problems)

    def _chunk(self, start: int, stop: int, problems: Problems) -> Chunk:
        paths, splits = self.found.paths[start:stop], self.found.splits[start:stop]
        names = [self.found.rule(self.found.root, path) for path in paths]
        texts = [_bytes(name) for name in names]
        sizes = [self._size(path) for path in paths]
        rows = parse([text or b"" for text in texts])
        rows = self._sized(rows, sizes, paths, problems)
        table = self._table(rows, sizes, names, problems)
        items = [
            self._item(Item(path, size, split=split))
            for path, size, split in zip(paths, sizes, splits, strict=True)
        ]
        return Chunk(items, table, np.array([text is not None for text in texts], dtype=bool))

    def _item(self, item: Item) -> Item:
        """The item, as a frame of its clip where it is one."""
        if not self.clips.frames:
            return item
        return self.clips.item(_key(f"{self.found.root}/{item.path}", self.folder), item)

    def _size(self, path: str) -> Size | None:
        return self.sizes.find(path, self.found.root)

    def _sized(
        self, rows: Rows, sizes: list[Size | None], paths: list[str], problems: Problems
    ) -> Rows:
        """The lines of pictures whose size is known."""
        missing = np.array([size is None for size in sizes], dtype=bool)
        bad = missing[rows.files]
        if not bad.any():
            return rows
        picture = f"{self.found.root}/{paths[int(rows.files[bad][0])]}"
        if bad.all():
            raise FormatError(
                "the picture's size is unknown", where=picture, hint="sizes=FILE states sizes"
            )
        detail = "the picture's size is unknown, so its lines have no place"
        problems.left_out("line", picture, detail, int(bad.sum()))
        return rows.keep(~bad)

    def _table(
        self, rows: Rows, sizes: list[Size | None], names: list[str], problems: Problems
    ) -> Annotations:
        before = np.bincount(rows.files, minlength=len(names))
        rows = checking.finite(rows, names, problems)
        rows = trailing.padded(rows, self.columns, self.task.width(self.keypoints))
        good = self.task.good(rows.counts - len(self.columns), self.keypoints)
        rows = checking.widths(rows, good, self.task.expected, names, problems)
        rows, classes = checking.classes(rows, self.ranks, names, problems)
        rows, scores, tracks = trailing.taken(rows, self.columns)
        pairs = np.array([size or (np.nan, np.nan) for size in sizes]).reshape(-1, 2)
        columns: dict[str, Any] = self.task.decode(
            rows, pairs[rows.files], self.keypoints, names, problems
        )
        columns["scores"] = np.full(len(rows), np.nan) if scores is None else scores
        columns["tracks"] = tracks
        table = Annotations.of(len(rows), images=rows.files, labels=classes, **columns)
        keys = [_key(name, self.folder) for name in names]
        return restoring.restored(table, self.kept, keys, before, problems)


def _bytes(name: str) -> bytes | None:
    """The bytes of a file, without the objects that make `Path.read_bytes` slow."""
    try:
        handle = os.open(name, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as error:  # a NUL in the name, or half a character
        raise FormatError(f"no name of a file: {error}", where=repr(name)) from error
    except OSError as error:
        raise FormatError(f"cannot read: {error.strerror or error}", where=name) from error
    try:
        parts = []
        while part := os.read(handle, BLOCK):
            parts.append(part)
        text = b"".join(parts)
        return text if b"\n" in text else text.replace(b"\r", b"\n")  # lines as old Macs end them
    except OSError as error:
        raise FormatError(f"cannot read: {error.strerror or error}", where=name) from error
    finally:
        os.close(handle)


def _key(name: str, folder: Path) -> str:
    """A label file as the sidecar of the set's folder names it."""
    return name.removeprefix(f"{folder.absolute()}/")


def sample(found: Layout) -> Rows:
    """The lines of up to 200 label files that are not empty, from all over the set."""
    stride = max(1, len(found.paths) // SAMPLE)
    texts: list[bytes] = []
    for path in (path for first in range(stride) for path in found.paths[first::stride]):
        text = _bytes(found.rule(found.root, path))
        if text and text.strip():
            texts.append(text)
        if len(texts) == SAMPLE:
            break
    return parse(texts)
