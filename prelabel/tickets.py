"""`Ticket`: how urgent a request is, until when its answer counts, whether it is still wanted.

Whoever works for a request calls `check` between its steps. Whoever waits for something else than
time registers with `watch`, so that a cancelled request wakes at once and nothing is polled.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Self

from prelabel.errors import CancelledError, DeadlineError

__all__ = ["Priority", "Ticket"]


class Priority(IntEnum):
    """Who goes first where places are few: somebody who waits, or a pile of work."""

    INTERACTIVE = 0
    BULK = 1


class Ticket:
    """One request's right to be worked on; any thread may cancel it.

    `deadline`: value of `time.monotonic` after which the answer is of no use, None for never.
    `priority` may be raised while the request waits, when somebody more urgent wants its answer;
    then that of its parts is raised with it.
    """

    def __init__(
        self, priority: Priority = Priority.INTERACTIVE, deadline: float | None = None
    ) -> None:
        self.deadline = deadline
        self._priority = priority
        self._parts: list[Ticket] = []
        self._lock = threading.Lock()
        self._cancelled = False
        self._watchers: dict[object, Callable[[], None]] = {}

    @classmethod
    def within(cls, seconds: float, priority: Priority = Priority.INTERACTIVE) -> Self:
        """A ticket that ends so many seconds from now."""
        return cls(priority, time.monotonic() + seconds)

    @property
    def priority(self) -> Priority:
        """How urgent it is."""
        return self._priority

    @priority.setter
    def priority(self, priority: Priority) -> None:
        with self._lock:
            self._priority = priority
            parts = list(self._parts)
        for part in parts:
            part.priority = min(part.priority, priority)

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the answer any more."""
        return self._cancelled

    def cancel(self) -> None:
        """The answer is not wanted any more: wake whoever waits for it. Twice is once."""
        with self._lock:
            self._cancelled = True
            watchers, self._watchers = list(self._watchers.values()), {}
        for wake in watchers:
            wake()

    def remaining(self) -> float | None:
        """Seconds until the deadline, 0 where it is past; None without a deadline."""
        if self.deadline is None:
            return None
        return max(0.0, self.deadline - time.monotonic())

    def check(self) -> None:
        """CancelledError or DeadlineError where the work is of no use any more."""
        if self._cancelled:
            raise CancelledError("the request was given up")
        if self.remaining() == 0:
            raise DeadlineError("the time for the request is over")

    @contextmanager
    def watch(self, wake: Callable[[], None]) -> Iterator[None]:
        """`wake` is called once, by the thread that cancels; at once where that has happened."""
        token = object()
        with self._lock:
            late = self._cancelled
            if not late:
                self._watchers[token] = wake
        if late:
            wake()
        try:
            yield
        finally:
            with self._lock:
                self._watchers.pop(token, None)

    @contextmanager
    def part(self) -> Iterator[Ticket]:
        """A ticket of its own for one piece of the work; it is cancelled together with this one."""
        with self._lock:
            piece = Ticket(self._priority, self.deadline)
            self._parts.append(piece)
        try:
            with self.watch(piece.cancel):
                yield piece
        finally:
            with self._lock:
                self._parts.remove(piece)
