"""CVAT's XML for images as a data set: one item for each picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from formats import files, sizes, tables
from formats.annotations import Annotations
from formats.cvat import layout as xml
from formats.cvat import markup, task
from formats.cvat.images import heads, layout
from formats.cvat.images.options import CvatOptions
from formats.cvat.images.shapes import Reader, Row
from formats.cvat.layout import Source
from formats.cvat.markup import Node
from formats.cvat.shapes import whole
from formats.cvat.task import Head, Task
from formats.cvat.vocabulary import Vocabulary
from formats.dataset import CHUNK_ITEMS, Chunk, Dataset, Item
from formats.errors import FormatError
from formats.losses import Losses

__all__ = ["read"]

KNOWN = frozenset({"id", "name", "width", "height", "subset"})


def read(path: Path, options: CvatOptions) -> Dataset:
    """The data set of an XML file, of a ``.zip``, or of a folder of them."""
    gathered = _Gathered(Losses(), sizes.load(options.sizes))
    for source in xml.found(path):
        gathered.add(source)
    gathered.close()
    known = gathered.known
    return Dataset(
        tuple(known.labels),
        lambda: iter(gathered.chunks),
        sources=tuple(known.sources),
        root=options.root or str(_root(path)),
        extra={heads.KEY: gathered.head} if gathered.head else {},
        losses=gathered.losses,
    )


def _root(path: Path) -> Path:
    return path if path.is_dir() else path.parent


@dataclass
class _Gathered:
    """The classes and pictures of all files, as they are read."""

    losses: Losses
    sizes: sizes.Sizes
    known: Vocabulary = field(default_factory=Vocabulary)
    chunks: list[Chunk] = field(default_factory=list)
    head: Mapping[str, Any] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    files: int = 0

    def add(self, source: Source) -> None:
        """Read one file."""
        known = Head((), ())
        reader = Reader(self.known, self.losses, source.name)
        with source.open() as stream:
            for node in markup.elements(stream, source.name):
                if node.tag == "meta":
                    known = self._started(node)
                elif node.tag == "image":
                    self._image(node, known, reader, source)
                elif node.tag == "track":
                    what = "a file of CVAT for video (with tracks), expected one for images"
                    raise FormatError(what, where=f"{source.name}:{node.line}")
        self.files += 1

    def _started(self, meta: Node) -> Head:
        """The classes of a file; what else its head tells, where it is the only file."""
        known = task.head(meta)
        for label in known.labels:
            self.known.add(label)
        self.head = {} if self.files else heads.told(meta)
        return known

    def _image(self, node: Node, known: Head, reader: Reader, source: Source) -> None:
        where = f"{source.name}:{node.line}"
        name = files.safe(node.attributes.get("name", ""), where)
        size = self._size(node, name, where)
        for child in node.children:
            row = reader.row(child, size or (0, 0))
            if row is not None:
                self.rows.append({**row, "images": len(self.items)})
        told: dict[str, str] = node.attributes
        number = _id(node)
        unread = number is None and bool(told.get("id"))
        self.losses.add("number of a picture that cannot be read", int(unread), where)
        of = _task(known, told.get("task_id", ""))
        split = layout.split(told.get("subset", ""), of, source)
        extra = {key: value for key, value in told.items() if key not in KNOWN}
        self.items.append(Item(name, size, id=number, split=split, extra=extra))
        if len(self.items) == CHUNK_ITEMS:
            self.close()

    def _size(self, node: Node, name: str, where: str) -> tuple[int, int] | None:
        """Width and height in pixels, None where they are not told."""
        try:
            size = whole(node, "width", 0), whole(node, "height", 0)
        except FormatError as error:
            self.losses.add("size of a picture that cannot be read", example=f"{where}: {error}")
            return self.sizes.get(name)
        return size if min(size) > 0 else self.sizes.get(name)

    def close(self) -> None:
        """Make a chunk of what is gathered."""
        if self.items:
            table = tables.table(self.rows) if self.rows else Annotations.empty()
            self.chunks.append(Chunk(self.items, table, np.ones(len(self.items), dtype=bool)))
        self.items, self.rows = [], []


def _task(known: Head, number: str) -> Task:
    tasks = known.tasks
    return tasks[task.task_of(tasks, number)] if tasks else Task()


def _id(node: Node) -> int | None:
    said = node.attributes.get("id", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 19 else None
