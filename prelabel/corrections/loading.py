"""From the file of corrections to the index of the lines that count."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import BinaryIO

from formats.errors import FormatError
from prelabel.corrections import line
from prelabel.corrections.index import Index, Place
from prelabel.errors import JobError

__all__ = ["FILE", "load", "scan"]

LOG = logging.getLogger("prelabel.server")
FILE = "corrections.jsonl"


def load(path: Path) -> tuple[Index, int]:
    """(what counts, where the last whole line ends) of a file; 0 where there is none yet.

    A damaged line does not count. JobError for a file that is none of corrections.
    """
    try:
        with path.open("rb") as stream:
            return scan(stream, path)
    except FileNotFoundError:
        return Index(), 0
    except OSError as error:
        raise JobError(f"cannot be read: {error.strerror}", where=path) from error


def scan(stream: BinaryIO, path: Path) -> tuple[Index, int]:
    """As `load`, of a file that is open."""
    index, end = Index(), 0
    for text in stream:
        if not text.endswith(b"\n"):
            break
        _note(index, text, end, path)
        end += len(text)
    return index, end


def _note(index: Index, text: bytes, offset: int, path: Path) -> None:
    if not offset:
        if text != line.FIRST:
            raise JobError("is no file of corrections", where=path)
        return
    try:
        index.note(line.head_of(text), Place(offset, len(text)))
    except FormatError as error:
        LOG.warning("a damaged line, which does not count: %s", error)
