"""Reading: lines of pictures with their labels, or of single annotations, as a data set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from formats import tables
from formats.dataset import Dataset, Item, chunked
from formats.labelbox import imports
from formats.labelbox.classes import Classes
from formats.labelbox.exports import Reader, Seen
from formats.labelbox.layout import file_of, is_export, lines
from formats.labelbox.options import LabelboxOptions
from formats.losses import Losses

__all__ = ["read"]

OTHER = "single annotation among data rows with their labels, left out"


def read(path: Path, options: LabelboxOptions) -> Dataset:
    """The pictures of an export or of annotations to import.

    The file is read once for its classes, which it does not list, and again on every walk.
    """
    file = file_of(path)
    walk = _Walk(file, options)
    walk.first()
    return Dataset(
        tuple(walk.classes.labels),
        lambda: chunked(walk.items()),
        root=str(file.parent),
        losses=walk.losses,
    )


class _Walk:
    """The pictures of a file; what is odd is told once."""

    def __init__(self, file: Path, options: LabelboxOptions) -> None:
        self.file, self.options = file, options
        first = next((row for _, row in lines(file, Losses())), {})
        self.exported = is_export(first)
        self.classes = Classes(() if self.exported else imports.known(file.parent))
        self.sizes = imports.sizes_beside(file.parent, options.sizes)
        self.losses = Losses()

    def first(self) -> None:
        """Meet the classes, and count what cannot be kept."""
        for _ in self._seen(self.losses):
            pass

    def items(self) -> Iterator[Item]:
        """The pictures with their own tables."""
        for item, rows in self._seen(Losses()):
            yield item if rows is None else replace(item, annotations=tables.table(rows))

    def _seen(self, losses: Losses) -> Iterator[Seen]:
        reader = Reader(self.classes, self.options, self.sizes, losses)
        if not self.exported:
            yield from imports.gathered(self.file, reader)
            return
        for where, row in lines(self.file, losses):
            if is_export(row):
                yield from reader.seen(row, where)
            else:
                losses.add(OTHER, example=where)
