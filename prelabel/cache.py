"""`Memory`: the newest answers within so many bytes; `Flights`: one computation per key at a time.

Together they make an answer once, however many ask for it at the same moment or later.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from formats.annotations import Annotations
from geometry.masks import Mask
from geometry.rings import Rings
from prelabel.tickets import Ticket

__all__ = ["Flights", "Memory", "weight"]

Value = TypeVar("Value")

ENTRY = 2000
"""Bytes that an entry takes besides the values of its arrays: key, objects, arrays without their
values, places in tables (measured)."""
OBJECT = 200
"""Bytes of a small object in a column: a mapping, the frame of a mask."""


class Memory(Generic[Value]):
    """Values by key; those that were not used for longest go when there are too many bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._values: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._bytes = 0

    @property
    def held(self) -> int:
        """Bytes that are kept now."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> Value | None:
        """The value, which counts as used now; None where it is not kept."""
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key][0]

    def put(self, key: Hashable, value: Value, size: int) -> None:
        """Keep a value of so many bytes; one that is larger than everything is not kept."""
        with self._lock:
            self._bytes -= self._values.pop(key, (None, 0))[1]
            if size > self._limit:
                return
            self._values[key] = (value, size)
            self._bytes += size
            while self._bytes > self._limit:
                self._bytes -= self._values.popitem(last=False)[1][1]


@dataclass(slots=True, eq=False)
class Flight(Generic[Value]):
    """A computation under way; `values` is empty until, and unless, it succeeds."""

    ticket: Ticket
    landed: threading.Condition
    values: tuple[Value, ...] = ()
    over: bool = False


class Flights(Generic[Value]):
    """Computations by key: who comes second waits for the first, within its own ticket."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flights: dict[Hashable, Flight[Value]] = {}
        self._waiting = 0

    def __len__(self) -> int:
        return len(self._flights)

    @property
    def waiting(self) -> int:
        """How many callers wait for another's value."""
        return self._waiting

    def do(
        self, key: Hashable, compute: Callable[[Ticket], Value], ticket: Ticket
    ) -> tuple[Value, bool]:
        """(the value, whether another caller made it).

        `compute` runs with a part of `ticket`, whose priority is raised when somebody more urgent
        waits for the value. Where the first caller fails or gives up, the error is its own: the
        next one computes the value itself.
        """
        with ticket.part() as part:
            while True:
                flight = self._joined(key, part)
                if flight.ticket is part:
                    return self._fly(key, flight, compute), False
                self._wait(flight, part)
                if flight.values:
                    return flight.values[0], True

    def _joined(self, key: Hashable, ticket: Ticket) -> Flight[Value]:
        with self._lock:
            flight = self._flights.get(key)
            if flight is None:
                flight = Flight(ticket, threading.Condition(self._lock))
                self._flights[key] = flight
            flight.ticket.priority = min(flight.ticket.priority, ticket.priority)
            return flight

    def _fly(
        self, key: Hashable, flight: Flight[Value], compute: Callable[[Ticket], Value]
    ) -> Value:
        try:
            value = compute(flight.ticket)
            flight.values = (value,)
            return value
        finally:
            with self._lock:
                flight.over = True
                del self._flights[key]
                flight.landed.notify_all()

    def _wait(self, flight: Flight[Value], ticket: Ticket) -> None:
        with ticket.watch(lambda: self._wake(flight)), self._lock:
            self._waiting += 1
            try:
                while not flight.over:
                    ticket.check()
                    flight.landed.wait(ticket.remaining())
            finally:
                self._waiting -= 1

    def _wake(self, flight: Flight[Value]) -> None:
        with self._lock:
            flight.landed.notify_all()


def weight(annotations: Annotations) -> int:
    """Bytes that annotations take, about."""
    total = ENTRY
    for column in annotations.columns().values():
        if isinstance(column, Rings):
            parts = (column.points, column.ring_offsets, column.part_offsets, column.row_offsets)
            total += sum(part.nbytes for part in parts)
        else:
            total += column.nbytes
            if column.dtype == np.object_:
                total += sum(OBJECT + _runs(cell) for cell in column)
    return total


def _runs(cell: object) -> int:
    return cell.runs.nbytes if isinstance(cell, Mask) else 0
