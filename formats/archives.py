"""Zip files that may be damaged, encrypted or packed in a way that is not known."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from formats.errors import FormatError

__all__ = ["reading"]

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
