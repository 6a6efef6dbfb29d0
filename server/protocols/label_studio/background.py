"""`Background`: what is still to be looked at, each picture once; and the threads that do it.

A request hands in what it wants and waits as long as it can; what is not finished by then stays,
and is worked on while no request waits for anything else. The number of entries is bounded.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from prelabel.errors import BusyError, PrelabelError

__all__ = ["Background"]

LOG = logging.getLogger("prelabel.server")
PAUSE = 0.2
"""Seconds until a thread that was refused as one too many tries again."""

Unit = TypeVar("Unit")
Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class Entry(Generic[Unit, Result]):
    """One thing to do; `waiting`: how many requests wait for it now."""

    key: str
    unit: Unit
    future: Future[Result] = field(default_factory=Future)
    waiting: int = 0


class Background(Generic[Unit, Result]):
    """Threads that work through entries; those that a request waits for come first.

    `work` of a unit may raise: a BusyError is tried again a little later, any other error is the
    entry's outcome. `places`: how many entries may wait.
    """

    def __init__(self, work: Callable[[Unit], Result], threads: int, places: int) -> None:
        self._work = work
        self._places = places
        self._changed = threading.Condition()
        self._urgent: OrderedDict[str, Entry[Unit, Result]] = OrderedDict()
        self._later: OrderedDict[str, Entry[Unit, Result]] = OrderedDict()
        self._running: dict[str, Entry[Unit, Result]] = {}
        self._closed = False
        self._threads = [
            threading.Thread(target=self._serve, name=f"prelabel-background-{i}", daemon=True)
            for i in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """How many entries wait."""
        return len(self._urgent) + len(self._later)

    @property
    def running(self) -> int:
        """How many are being worked on."""
        return len(self._running)

    def want(self, units: Sequence[tuple[str, Unit]]) -> list[Future[Result] | None]:
        """A future for each (key, unit), in that order; None where there is no place left.

        A key that is there already is not entered twice. To be followed by `leave`.
        """
        with self._changed:
            found = [self._enter(key, unit) for key, unit in units]
            self._changed.notify_all()
        return [None if entry is None else entry.future for entry in found]

    def _enter(self, key: str, unit: Unit) -> Entry[Unit, Result] | None:
        entry = self._running.get(key) or self._urgent.get(key) or self._later.pop(key, None)
        if entry is None:
            if self._closed or self.waiting >= self._places:
                return None
            entry = Entry(key, unit)
        entry.waiting += 1
        if key not in self._running:
            self._urgent[key] = entry
        return entry

    def leave(self, keys: Iterable[str]) -> None:
        """A request waits no longer; what nobody waits for stays, behind everything else."""
        with self._changed:
            for key in keys:
                self._release(key)

    def _release(self, key: str) -> None:
        entry = self._running.get(key) or self._urgent.get(key)
        if entry is None:
            return
        entry.waiting -= 1
        if entry.waiting <= 0 and key in self._urgent:
            self._later[key] = self._urgent.pop(key)

    def _serve(self) -> None:
        while (entry := self._next()) is not None:
            try:
                self._finish(entry, self._work(entry.unit), None)
            except BusyError:
                self._again(entry)
            except Exception as error:  # noqa: BLE001 - the error is the entry's outcome
                self._finish(entry, None, error)

    def _next(self) -> Entry[Unit, Result] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._urgent or self._later)
            if self._closed:
                return None
            key, entry = (self._urgent or self._later).popitem(last=False)
            self._running[key] = entry
            return entry

    def _finish(
        self, entry: Entry[Unit, Result], result: Result | None, error: Exception | None
    ) -> None:
        with self._changed:
            self._running.pop(entry.key, None)
        if error is not None:
            _tell(error)
            entry.future.set_exception(error)
        else:
            entry.future.set_result(result)  # type: ignore[arg-type]

    def _again(self, entry: Entry[Unit, Result]) -> None:
        """Put an entry back where it was, first in line, and let others go on for a moment."""
        with self._changed:
            self._running.pop(entry.key, None)
            line = self._urgent if entry.waiting else self._later
            line[entry.key] = entry
            line.move_to_end(entry.key, last=False)
            if self._closed:
                self._cancel()
            else:
                self._changed.wait(PAUSE)

    def close(self) -> None:
        """Finish what is being worked on, and nothing else; whoever waits is told at once."""
        with self._changed:
            self._closed = True
            self._cancel()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _cancel(self) -> None:
        for line in (self._urgent, self._later):
            for entry in line.values():
                entry.future.cancel()
            line.clear()


def _tell(error: Exception) -> None:
    """A fault of ours with its traceback; a picture that cannot be had or read in one line."""
    if isinstance(error, PrelabelError):
        LOG.info("a picture was not labelled: %s: %s", type(error).__name__, error)
    else:
        LOG.error("a picture was not labelled", exc_info=error)
