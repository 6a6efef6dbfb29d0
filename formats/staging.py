"""Writing a data set whole or not at all: the place to write it to, and the report of its losses.

The body of every writer is::

    with staging.opened(dataset, path, options) as (folder, losses):
        staging.fill(_Writer(dataset, folder, options, losses), dataset)
    return losses
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from formats import files
from formats.dataset import Chunk, Dataset
from formats.losses import Losses
from formats.options import Options

__all__ = ["Writer", "fill", "opened", "settle"]


class Writer(Protocol):
    """A set in the making, which is given chunk after chunk and is finished then."""

    def add(self, chunk: Chunk) -> None:
        """Write the items of a chunk."""

    def finish(self) -> None:
        """Write what is known at the end alone."""


@contextmanager
def opened(
    dataset: Dataset, path: Path, options: Options, *, lone: bool = False
) -> Iterator[tuple[Path, Losses]]:
    """An empty folder, or the place of a `lone` file, and a report to count losses in.

    At the end of the block the losses of reading join the report, ``strict`` refuses any, and what
    was written becomes `path`; after an error nothing is left of it. A folder that holds the
    pictures of the data set is never replaced.
    """
    losses = Losses()
    stage = files.replaced if lone else files.staged
    keep = [Path(dataset.root)] if dataset.root and not lone else []
    with stage(path, overwrite=options.overwrite, keep=keep) as place:
        yield place, losses
        settle(dataset, path, options, losses)


def settle(dataset: Dataset, path: Path, options: Options, losses: Losses) -> None:
    """Complete a report by the losses of reading; FormatError for any where ``strict``."""
    losses.merge(dataset.losses)
    if options.strict:
        losses.refuse(path, options.allow)


def fill(writer: Writer, dataset: Dataset) -> None:
    """Walk a data set once and finish."""
    for chunk in dataset.chunks():
        writer.add(chunk)
    writer.finish()
