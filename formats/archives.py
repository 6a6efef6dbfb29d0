"""Zip files that may be damaged, encrypted or packed in a way that is not known; new entries."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from formats.errors import FormatError

__all__ = ["entry", "opened", "reading"]

ALWAYS = 200_000_000
"""Bytes that an archive may always hold once it is unpacked."""
TIMES = 100
"""How often its own size any other may hold; labels as text pack to a tenth, or a fiftieth."""

BROKEN = (
    OSError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    RuntimeError,
)
"""What `zipfile` raises: the last two for a method that it does not know, and for a password."""


@contextmanager
def reading(where: str) -> Iterator[None]:
    """What goes wrong inside becomes a FormatError that names the place."""
    try:
        yield
    except BROKEN as error:
        raise FormatError(f"cannot read: {error}", where=where) from error


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """An archive to read; FormatError where it is none, or where unpacked it would be a bomb.

    Members that lie over one another are counted each: together they may be no larger either.
    """
    with reading(str(path)), zipfile.ZipFile(path) as archive:
        total = sum(member.file_size for member in archive.infolist())
        if total > max(ALWAYS, TIMES * path.stat().st_size):
            raise FormatError(f"{total:,} bytes once it is unpacked, too many", where=path)
        yield archive


def entry(name: str, packing: int = zipfile.ZIP_STORED) -> zipfile.ZipInfo:
    """A file to write into an archive, without a time: the same bytes whenever it is written."""
    made = zipfile.ZipInfo(name)
    made.compress_type = packing
    return made
