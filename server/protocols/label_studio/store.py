"""`Store`: finished answers on disk, so that no picture is looked at twice.

Files of one folder that only grow, each a native dataset with the answers of one model. An answer
is in the operating system's hands before anybody is told of it, so that a killed server has lost
none; a line that a crash cut is taken off when the store is opened. In memory stays where each
answer is. Beyond the limit the oldest file goes.
"""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from formats.errors import FormatError
from prelabel.errors import JobError
from prelabel.label_studio.wanted import Answer
from prelabel.locks import exclusive, made
from server.protocols.label_studio import segment
from server.protocols.label_studio.segment import Segment

__all__ = ["Store"]

LOG = logging.getLogger("prelabel.server")
FILES = 16
"""Files that the limit is divided into: one of them is what goes at once."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the line of an answer is."""

    segment: Segment
    offset: int
    length: int


class Store:
    """Answers by their key, for any number of threads; one process at a time."""

    def __init__(self, folder: Path, limit: int) -> None:
        """Open the store in a folder of its own; `limit` in bytes.

        JobError where another process has it or the disk does not allow it.
        """
        self.folder = folder
        self.limit = limit
        self._lock = threading.Lock()
        self._segments: list[Segment] = []
        self._places: dict[str, Place] = {}
        self._count = 0
        self._closed = False
        self._closing = ExitStack()
        self._closing.enter_context(exclusive(made(folder)))
        try:
            self._load()
        except BaseException:
            self.close()
            raise

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: str) -> bool:
        return key in self._places

    @property
    def bytes(self) -> int:
        """What its files take."""
        with self._lock:
            return self._bytes()

    def find(self, key: str) -> Answer | None:
        """The answer that was kept, None where there is none."""
        with self._lock:
            place = self._places.get(key)
            line = place.segment.read(place.offset, place.length) if place else b""
        if place is None:
            return None
        try:
            return place.segment.answer(line)
        except FormatError as error:
            LOG.warning("a kept answer is damaged, the picture is looked at again: %s", error)
            with self._lock:
                self._places.pop(key, None)
            return None

    def keep(self, key: str, shown: str, answer: Answer) -> None:
        """Add an answer, once it is there for good; one too large for the store is let go.

        `shown`: the picture's address as it may be written down. JobError where the disk is full.
        """
        line = segment.line_of(key, shown, answer)
        group = segment.group_of(answer.labels, answer.task, answer.fingerprint)
        with self._lock:
            if self._closed or key in self._places or len(line) > self.limit:
                return
            where = self._open_segment(group, answer, len(line))
            self._places[key] = Place(where, where.append(key, line), len(line))
            self._make_room()

    def _open_segment(self, group: str, answer: Answer, length: int) -> Segment:
        """The file that takes the answer: the newest of its group, while that has room."""
        fitting = (s for s in reversed(self._segments) if s.group == group)
        newest = next(fitting, None)
        if newest is not None and newest.length + length <= self.limit // FILES:
            return newest
        self._count += 1
        made = Segment.create(self.folder, self._count, answer)
        self._segments.append(made)
        return made

    def _make_room(self) -> None:
        while len(self._segments) > 1 and self._bytes() > self.limit:
            self._drop(self._segments.pop(0))

    def _drop(self, oldest: Segment) -> None:
        for key in oldest.keys:
            if (place := self._places.get(key)) and place.segment is oldest:
                del self._places[key]
        oldest.drop()

    def _bytes(self) -> int:
        return sum(s.length for s in self._segments)

    def _load(self) -> None:
        for path in sorted(self.folder.iterdir(), key=segment.number):
            if (count := segment.number(path)) >= 0:
                self._count = max(self._count, count)
                self._take(path)
        self._make_room()

    def _take(self, path: Path) -> None:
        """A file of an earlier run; one whose header was cut is removed."""
        try:
            loaded, lines = Segment.load(path)
        except FormatError as error:
            LOG.warning("a file of kept answers cannot be read and is removed: %s", error)
            path.unlink(missing_ok=True)
            return
        except OSError as error:
            raise JobError(f"cannot be read: {error.strerror}", where=path) from error
        self._segments.append(loaded)
        for key, offset, length in lines:
            self._places[key] = Place(loaded, offset, length)

    def close(self) -> None:
        """Have everything on the disk, and let another process in. What comes later is not kept."""
        with self._lock, self._closing:
            self._closed = True
            for each in self._segments:
                each.close()
            self._segments.clear()
            self._places.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
