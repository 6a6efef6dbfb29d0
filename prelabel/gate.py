"""`Gate`: so many inside, a bounded number before it, the most urgent first; nobody polls.

A place that becomes free is handed to a waiter by whoever leaves, so that nobody who comes later
can take it. Waiters end on their own when their ticket does.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from prelabel.errors import BusyError
from prelabel.tickets import Priority, Ticket

__all__ = ["Gate"]

SHARE = 4
"""One in so many places of the queue is for interactive requests alone."""

TURNS = 8
"""Interactive requests that may pass one of bulk work: however many come, bulk work goes on."""


@dataclass(slots=True, eq=False)
class Waiter:
    """One request before the gate; `admitted` is set by whoever hands it a place."""

    ticket: Ticket
    turn: threading.Condition
    admitted: bool = False


class Gate:
    """At most `places` requests are inside, `queue` more wait before it.

    Of the queue a share is kept for interactive requests, so that a pile of bulk work cannot keep
    them out: bulk requests may hold three quarters of it (never less than one place). A stream of
    interactive requests that never ends leaves one turn in nine to bulk work.
    """

    def __init__(self, places: int, queue: int) -> None:
        self._lock = threading.Lock()
        self._places = places
        self._queue = queue
        self._inside = 0
        self._waiting: list[Waiter] = []
        self._passed = 0

    @property
    def places(self) -> int:
        """How many may be inside."""
        return self._places

    @property
    def inside(self) -> int:
        """How many are inside."""
        return self._inside

    @property
    def waiting(self) -> int:
        """How many wait before it."""
        return len(self._waiting)

    def widen(self, places: int) -> None:
        """At least so many places from now on."""
        with self._lock:
            self._places = max(self._places, places)
            self._admit()

    @contextmanager
    def entered(self, ticket: Ticket) -> Iterator[None]:
        """A place inside, when it is this ticket's turn.

        BusyError at once where the queue is full; DeadlineError and CancelledError when the ticket
        ends before its turn comes.
        """
        self._enter(ticket)
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                self._admit()

    def _enter(self, ticket: Ticket) -> None:
        ticket.check()
        waiter = Waiter(ticket, threading.Condition(self._lock))
        with self._lock:
            self._line_up(waiter)
        with ticket.watch(lambda: self._wake(waiter)):
            self._wait(waiter)

    def _line_up(self, waiter: Waiter) -> None:
        self._waiting.append(waiter)
        self._admit()
        if not waiter.admitted and self._is_full(waiter):
            self._waiting.remove(waiter)
            raise BusyError("too many requests wait for the models", hint="try again later")

    def _is_full(self, waiter: Waiter) -> bool:
        """Whether the waiter, which is in the queue already, is one too many."""
        if len(self._waiting) > self._queue:
            return True
        bulk = sum(other.ticket.priority == Priority.BULK for other in self._waiting)
        share = max(1, self._queue - self._queue // SHARE)
        return waiter.ticket.priority == Priority.BULK and bulk > share

    def _wait(self, waiter: Waiter) -> None:
        with self._lock:
            try:
                while not waiter.admitted:
                    waiter.ticket.check()
                    waiter.turn.wait(waiter.ticket.remaining())
            except BaseException:
                self._give_up(waiter)
                raise

    def _give_up(self, waiter: Waiter) -> None:
        if waiter.admitted:
            self._inside -= 1
            self._admit()
        else:
            self._waiting.remove(waiter)

    def _wake(self, waiter: Waiter) -> None:
        with self._lock:
            waiter.turn.notify()

    def _admit(self) -> None:
        """Hand free places to those whose turn it is."""
        while self._waiting and self._inside < self._places:
            first = self._next()
            self._waiting.remove(first)
            first.admitted = True
            self._inside += 1
            first.turn.notify()

    def _next(self) -> Waiter:
        """The first that came of the most urgent; of the others where enough have passed them."""
        bulk = next((w for w in self._waiting if w.ticket.priority == Priority.BULK), None)
        first = min(self._waiting, key=lambda waiter: waiter.ticket.priority)
        if bulk is None or first is bulk or self._passed >= TURNS:
            self._passed = 0
            return bulk or first
        self._passed += 1
        return first
