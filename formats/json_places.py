"""The members of a list in a JSON file, by their places in it: decoded when they are wanted.

A file of many objects is asked for some at a time, so that neither its values nor, where it is
left on the disk, its text lie in memory.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from formats import files
from formats.errors import FormatError

__all__ = ["Entries", "Held", "Placed", "Text", "opened"]

Ints = NDArray[np.int64]


class Entries(Protocol):
    """The members of a list, in its order."""

    def __len__(self) -> int: ...

    def one(self, k: int) -> bytes | Raw:
        """The text of one member."""

    def listed(self, rows: Ints | slice) -> bytes:
        """Some members, in the order asked for, as the text of a list."""


class Text(Protocol):
    """The bytes of a file, by place."""

    def __len__(self) -> int: ...

    def piece(self, start: int, stop: int) -> bytes:
        """The bytes from `start` to `stop`, or to the end."""

    def pieces(self, starts: list[int], stops: list[int]) -> list[bytes]:
        """Many pieces."""


class _Memory:
    """A text in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data)

    def piece(self, start: int, stop: int) -> bytes:
        return self._data[start:stop]

    def pieces(self, starts: list[int], stops: list[int]) -> list[bytes]:
        data = self._data
        return [data[a:b] for a, b in zip(starts, stops, strict=True)]


class _Disk:
    """A text that stays on the disk; FormatError where the file has changed since."""

    def __init__(self, path: Path) -> None:
        self._path, self._told = path, self._state(path.stat())

    def __len__(self) -> int:
        return self._told[0]

    def piece(self, start: int, stop: int) -> bytes:
        return self.pieces([start], [min(stop, len(self))])[0]

    def pieces(self, starts: list[int], stops: list[int]) -> list[bytes]:
        try:
            handle = os.open(self._path, os.O_RDONLY)
            try:
                if self._state(os.fstat(handle)) != self._told:
                    raise FormatError("the file was changed while it was read", where=self._path)
                read = os.pread
                return [read(handle, b - a, a) for a, b in zip(starts, stops, strict=True)]
            finally:
                os.close(handle)
        except OSError as error:
            what = f"cannot read: {error.strerror or error}"
            raise FormatError(what, where=self._path) from error

    @staticmethod
    def _state(stat: os.stat_result) -> tuple[int, int, int]:
        return stat.st_size, stat.st_mtime_ns, stat.st_ino


def opened(path: Path, low_memory: bool = False) -> Text:
    """The text of a file, in memory, or left on the disk where it is an ordinary file."""
    return _Disk(path) if low_memory and path.is_file() else _Memory(files.read(path))


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Members of a list by where they begin in a text and how long they are, (N,) each."""

    text: Text
    starts: Ints
    lengths: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.starts)

    def one(self, k: int) -> bytes:
        """The text of one member."""
        start = int(self.starts[k])
        return self.text.piece(start, start + int(self.lengths[k]))

    def listed(self, rows: Ints | slice) -> bytes:
        """Members that stand one after the other are taken as they stand."""
        starts = self.starts[rows]
        stops = starts + self.lengths[rows]
        if not len(starts):
            return b"[]"
        in_row = isinstance(rows, slice) or bool((np.diff(rows) == 1).all())
        if in_row:
            return b"[%b]" % self.text.piece(int(starts[0]), int(stops[-1]))
        pieces = self.text.pieces(starts.tolist(), stops.tolist())
        return b"[%b]" % b",".join(pieces)


class Held:
    """Members of a list that are in memory."""

    def __init__(self, raws: Sequence[Raw]) -> None:
        self._raws = raws

    def __len__(self) -> int:
        return len(self._raws)

    def one(self, k: int) -> Raw:
        """The text of one member."""
        return self._raws[k]

    def listed(self, rows: Ints | slice) -> bytes:
        """Some members as the text of a list."""
        if isinstance(rows, slice):
            return b"[%b]" % b",".join(map(bytes, self._raws[rows]))
        return b"[%b]" % b",".join(bytes(self._raws[k]) for k in rows.tolist())
