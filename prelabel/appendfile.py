"""A file that only grows, by whole pieces: a piece is in it entirely or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from prelabel.errors import JobError

__all__ = ["AppendFile", "full"]


class AppendFile:
    """An open file; `end` is where the next piece goes."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; JobError where that is not allowed."""
        self.path = path
        self.end = 0
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise JobError(f"cannot be written: {error.strerror}", where=path) from error

    def cut(self, end: int) -> None:
        """Take off everything from byte `end` on."""
        os.ftruncate(self._file, end)
        self.end = end

    def append(self, data: bytes) -> None:
        """Write a piece; where that fails, what reached the file is taken off again."""
        try:
            self._write(data)
        except BaseException as error:
            os.ftruncate(self._file, self.end)
            if isinstance(error, OSError):
                raise full(self.path, error) from error
            raise
        self.end += len(data)

    def _write(self, data: bytes) -> None:
        view, offset = memoryview(data), self.end
        while view:
            written = os.pwrite(self._file, view, offset)
            view, offset = view[written:], offset + written

    def read(self, offset: int, length: int) -> bytes:
        """`length` bytes from `offset` on."""
        return os.pread(self._file, length, offset)

    def sync(self) -> None:
        """Have everything on the disk; JobError where the disk refuses."""
        try:
            os.fsync(self._file)
        except OSError as error:
            raise full(self.path, error) from error

    def close(self) -> None:
        """Close without syncing."""
        os.close(self._file)


def full(path: Path, error: OSError) -> JobError:
    """A fault of the disk in the middle of a job, as the user is told."""
    return JobError(
        f"cannot be written: {error.strerror or error}",
        where=path,
        hint="finished pictures are kept; make room and go on with --resume",
    )
