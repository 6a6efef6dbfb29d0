"""The journal of a job: append-only, one line per picture; it *is* a native dataset.

The first line is the header: the dataset's labels, and the fingerprint of everything that changes
results. Every other line is an item with the sha256 of the picture's bytes and its shapes, or the
reason why it failed; the last line of a picture counts. In memory stays where each line is, not
what it says, so memory does not grow with the shapes.

Lines of a batch are written in one call and reach the disk every few seconds. A last line that a
crash cut is taken off when the journal is opened again; one that was damaged does not count, and
its picture is done again.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import msgspec

from formats import native
from prelabel.appendfile import AppendFile, full

__all__ = ["JOURNAL", "Entry", "Journal", "Record"]

JOURNAL = native.NAME
"""The journal's name: that of a native dataset, so that every command reads a job's folder."""
SYNC_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Record:
    """What became of one picture: the journal's `line` about it, with the facts to find it by.

    `sha256` of the picture's bytes, "" where they could not be had; `failure` the reason, "" for
    a result.
    """

    path: str
    sha256: str
    line: bytes
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where the line of a picture is, and what it is about."""

    offset: int
    length: int
    sha256: str
    failed: bool


class _Facts(msgspec.Struct):
    sha256: str = ""
    failure: str = ""


class _Line(msgspec.Struct):
    """What the index needs of an item; its shapes are skipped."""

    path: str
    extra: _Facts = msgspec.field(default_factory=_Facts)


class Journal:
    """An open journal, in a folder that the caller has locked.

    `header`: its first line, empty in a new journal; `entries`: the last line of every picture.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.header = b""
        self.entries: dict[str, Entry] = {}
        self._file = AppendFile(path)
        self._synced = time.monotonic()
        self._load()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _load(self) -> None:
        """Read the index, and cut a last line that is not whole."""
        end = 0
        with self.path.open("rb") as stream:
            for line in stream:
                if not line.endswith(b"\n"):
                    break
                if end:
                    self._note(line, end)
                else:
                    self.header = line
                end += len(line)
        self._file.cut(end)

    def _note(self, line: bytes, offset: int) -> None:
        try:
            found = msgspec.json.decode(line, type=_Line)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return
        facts = found.extra
        sha256 = sys.intern(facts.sha256)  # all frames of a clip share one
        self.entries[found.path] = Entry(offset, len(line), sha256, bool(facts.failure))

    def begin(self, header: bytes) -> None:
        """Write the header of a new journal."""
        self._file.append(header)
        self.sync()
        self.header = header

    def append(self, records: Sequence[Record]) -> None:
        """Add the lines of a batch, all or none; JobError where the disk does not take them."""
        start = self._file.end
        self._file.append(b"".join(record.line for record in records))
        for record in records:
            length = len(record.line)
            self.entries[record.path] = Entry(start, length, record.sha256, bool(record.failure))
            start += length
        if time.monotonic() - self._synced > SYNC_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Have everything that was appended on the disk."""
        self._file.sync()
        self._synced = time.monotonic()

    def lines(self, paths: Iterable[str]) -> Iterator[bytes]:
        """The lines of some pictures, one at a time."""
        entries = (self.entries[path] for path in paths)
        return (self._file.read(entry.offset, entry.length) for entry in entries)

    def rewrite(self, header: bytes, paths: Sequence[str]) -> None:
        """Keep only the last lines of `paths`, in that order: what an uninterrupted run writes.

        The new file is written whole, then takes the place of the old one.
        """
        entries = _moved(self.entries, len(header), paths)
        if entries == self.entries and list(entries) == list(self.entries):
            end = len(header) + sum(entry.length for entry in entries.values())
            if self.header == header and self._file.end == end:
                return
        self._replace(header, paths)
        self.header, self.entries = header, entries

    def _replace(self, header: bytes, paths: Sequence[str]) -> None:
        partial = self.path.with_name(f".{self.path.name}.partial")
        try:
            with partial.open("wb") as stream:
                stream.write(header)
                stream.writelines(self.lines(paths))
                stream.flush()
                os.fsync(stream.fileno())
            partial.replace(self.path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise full(self.path, error) from error
        self._file.close()
        self._file = AppendFile(self.path)
        self._file.cut(self.path.stat().st_size)

    def close(self) -> None:
        """Sync and close."""
        try:
            self.sync()
        finally:
            self._file.close()


def _moved(entries: dict[str, Entry], offset: int, paths: Sequence[str]) -> dict[str, Entry]:
    """The entries of `paths` as they are when their lines follow each other from `offset` on."""
    moved = {}
    for path in paths:
        old = entries[path]
        moved[path] = Entry(offset, old.length, old.sha256, old.failed)
        offset += old.length
    return moved
