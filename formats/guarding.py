"""What no reader can know beforehand: data nested too deeply, or too large for the memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from formats.dataset import Chunk, Dataset
from formats.errors import FormatError

__all__ = ["guarded", "told"]


@contextmanager
def told(path: Path) -> Iterator[None]:
    """The limits of the interpreter and of the machine as a FormatError about a path."""
    try:
        yield
    except RecursionError as error:
        raise FormatError("values nested too deeply", where=path) from error
    except MemoryError as error:
        raise FormatError("too large for the memory there is", where=path) from error


def guarded(dataset: Dataset, path: Path) -> Dataset:
    """The data set of a path, whose walks tell of these limits too."""

    def chunks() -> Iterator[Chunk]:
        with told(path):
            yield from dataset.chunks()

    return replace(dataset, chunks=chunks)
