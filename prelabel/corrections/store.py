"""`Store`: events and corrections in one file that only grows, for any number of threads.

An event is in the operating system's hands before whoever told it is answered, so a server that is
killed has lost none: what was not worked off is worked off by the next one. A last line that a
crash cut is taken off when the file is opened; one that is damaged does not count. Lines that do
not count any more are cleared away when they are the larger part; beyond the limit the oldest
corrections go.
"""

from __future__ import annotations

import builtins
import logging
import os
import threading
import time
from collections.abc import Collection, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from prelabel.appendfile import AppendFile, full
from prelabel.corrections import line
from prelabel.corrections.correction import Correction
from prelabel.corrections.event import Event
from prelabel.corrections.index import Known, Place
from prelabel.corrections.loading import FILE, load
from prelabel.errors import JobError
from prelabel.locks import exclusive, made

__all__ = ["Mark", "Store"]

LOG = logging.getLogger("prelabel.server")
SYNC_SECONDS = 3.0
SLACK = 1 << 20
"""Bytes of lines that do not count, from which clearing them away is worth it."""
REMEMBERED = 1000
"""Deletions that are kept, for events that come in after the deletion of what they are about."""
LEFT = 7 / 8
"""Part of the limit that is filled after the oldest corrections went."""

Mark = tuple[tuple[str, str], float]
"""An event: which annotation, and when it was saved."""


class Store:
    """Events by the order in which they came, corrections by annotation; one process at a time."""

    def __init__(self, folder: Path, limit: int, slack: int = SLACK) -> None:
        """Open the store in a folder of its own; `limit` of the file, in bytes.

        JobError where another process has it, the disk does not allow it, or another program wrote
        the file.
        """
        self.path = folder / FILE
        self.limit = limit
        self._slack = slack
        self._lock = threading.Lock()
        self._clearing = threading.Lock()
        self._closed = False
        self._synced = time.monotonic()
        self._closing = ExitStack()
        self._closing.enter_context(exclusive(made(folder)))
        try:
            self._index, end = load(self.path)
            self._file = AppendFile(self.path)
            self._file.cut(end)
            if not end:
                self._file.append(line.FIRST)
        except BaseException:
            self._closing.close()
            raise
        self._checked = self._file.end

    def __len__(self) -> int:
        with self._lock:
            return sum(1 for _ in self._index.corrections())

    @property
    def bytes(self) -> int:
        """Of the file."""
        return self._file.end

    @property
    def pending(self) -> int:
        """Events that are not worked off."""
        return len(self._index.pending)

    def arrive(self, events: Sequence[Event]) -> int:
        """Keep events, all or none; how many of them tell anything new.

        A state of an annotation that was told before, is older than one that was, or belongs to a
        deleted annotation, is passed over. JobError where the disk is full, or after `close`.
        """
        return self._add([line.of_event(event) for event in events])

    def delete(self, protocol: str, numbers: Iterable[str], at: float) -> None:
        """The annotations of these numbers were deleted: what is known of them counts no more."""
        gone = (Event(protocol, "", number, at) for number in numbers)
        self._add([line.of_event(event, "deleted") for event in gone])

    def oldest(self, without: Collection[Mark] = ()) -> tuple[Known, Event] | None:
        """The event that waits for longest, but for those `without`; None where none waits."""
        with self._lock:
            waiting = (k for k in self._index.pending.values() if (k.name, k.at) not in without)
            known = None if self._closed else next(waiting, None)
            text = self._read(known) if known else b""
        return (known, line.event_of(text, self.path)) if known else None

    def finish(self, event: Event, correction: Correction | None) -> bool:
        """Keep what an event came to, None for nothing to be learned; whether it still counts.

        It does not where a later state of the annotation, or its deletion, came in meanwhile.
        """
        text = line.encode(event, correction) if correction else line.of_event(event, "passed")
        with self._lock:
            known = self._index.pending.get((event.protocol, event.key))
            if self._closed or known is None or known.at != event.at:
                return False
            self._write([text])
        self._tidy()
        return True

    def told(self) -> list[Known]:
        """What is known of the corrections that count, from memory."""
        with self._lock:
            return list(self._index.corrections())

    def read(self, known: Known) -> Correction:
        """A correction with its tables; FormatError where it is damaged."""
        with self._lock:
            text = self._read(known)
        return line.decode(text, self.path)

    def _add(self, lines: Sequence[builtins.bytes]) -> int:
        with self._lock:
            if self._closed:
                raise JobError("the store is closed", where=self.path)
            heads = [(text, line.head_of(text)) for text in lines]
            new = [text for text, head in heads if self._index.is_new(head)]
            return self._write(new)

    def _write(self, lines: Sequence[builtins.bytes]) -> int:
        """Append lines and note them; how many of them count."""
        offset = self._file.end
        self._file.append(b"".join(lines))
        count = 0
        for text in lines:
            count += self._index.note(line.head_of(text), Place(offset, len(text)))
            offset += len(text)
        return count

    def _read(self, known: Known) -> builtins.bytes:
        return self._file.read(known.place.offset, known.place.length)

    def _tidy(self) -> None:
        """Sync every few seconds; clear lines away that do not count, where that is worth it."""
        self._sync()
        with self._lock:
            full_, grown = self._file.end > self.limit, self._file.end - self._checked > self._slack
            if not (full_ or grown):
                return
            self._checked = self._file.end
            live = sum(known.place.length for known in self._index.live())
        if full_ or self._file.end - live > max(live, self._slack):
            self.clear()

    def _sync(self) -> None:
        with self._clearing:
            if time.monotonic() - self._synced > SYNC_SECONDS and not self._closed:
                self._file.sync()
                self._synced = time.monotonic()

    def clear(self) -> None:
        """Write the lines that count to a new file, which takes the old one's place.

        Events come in meanwhile. JobError where the disk is full; then the old file stays.
        """
        with self._clearing:
            if self._closed:
                return
            partial = self.path.with_name(f".{FILE}.partial")
            try:
                self._replace(partial)
            except OSError as error:
                raise full(self.path, error) from error
            finally:
                partial.unlink(missing_ok=True)

    def _replace(self, partial: Path) -> None:
        with self._lock:
            self._make_room()
            live, end = self._index.live(), self._file.end
        moved = {}
        with partial.open("wb") as stream:
            stream.write(line.FIRST)
            for known in live:
                moved[known.place.offset] = stream.tell()
                stream.write(self._read(known))
            stream.flush()
            os.fsync(stream.fileno())
            with self._lock:
                start = stream.tell()
                stream.write(self._file.read(end, self._file.end - end))
                stream.flush()
                os.fsync(stream.fileno())
                partial.replace(self.path)
                self._reopen()
                self._index.move(lambda offset: moved.get(offset, offset - end + start))

    def _reopen(self) -> None:
        self._file.close()
        self._file = AppendFile(self.path)
        self._file.cut(self.path.stat().st_size)
        self._checked = self._file.end

    def _make_room(self) -> None:
        """Forget the oldest corrections beyond the limit, and old deletions."""
        for known in list(self._index.gone.values())[:-REMEMBERED]:
            self._index.forget(known)
        live = self._index.live()
        size, lost = sum(known.place.length for known in live), 0
        if size <= self.limit:
            return
        for known in live:
            if size <= self.limit * LEFT:
                break
            self._index.forget(known)
            size, lost = size - known.place.length, lost + 1
        LOG.warning(
            "the store of corrections is full, the %d oldest lines went: corrections_store", lost
        )

    def close(self) -> None:
        """Have everything on the disk, and let another process in; nothing more is kept."""
        with self._clearing, self._lock, self._closing:
            if self._closed:
                return
            self._closed = True
            try:
                self._file.sync()
            finally:
                self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
