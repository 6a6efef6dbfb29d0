"""`Corrections`: what people corrected, kept by the server; and the thread that asks the models.

An event is kept before it is answered, and worked off later: the picture is looked at again, down
to the lowest score, behind everything else. Events that cannot be worked off wait, also for the
next server.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from prometheus_client import Counter

from prelabel.corrections.correction import Correction
from prelabel.corrections.event import Event
from prelabel.corrections.store import Mark, Store
from prelabel.errors import BusyError, CancelledError, DeadlineError, PrelabelError
from prelabel.tickets import Priority, Ticket
from server.metrics import Metrics

__all__ = ["FOLDER", "Corrections", "Make"]

LOG = logging.getLogger("prelabel.server")
FOLDER = "corrections"
"""Of the store, in the server's data folder."""
PAUSE = 0.5
"""Seconds until a model that was busy is asked again."""
RETRY = 600.0
"""Seconds until a picture that could not be had is tried again."""

Make = Callable[[Event, Ticket], Correction | None]
"""What a protocol makes of an event: None where there is nothing to learn from it."""


class Corrections:
    """The store, for every protocol of a server; one for its life."""

    def __init__(self, folder: Path, limit: int, metrics: Metrics) -> None:
        """Open the store; `limit` in bytes. JobError where that is not possible."""
        self.store = Store(folder, limit)
        self._makers: dict[str, Make] = {}
        self._resting: dict[Mark, float] = {}
        self._woken = threading.Event()
        self._closed = False
        self._ticket = Ticket(Priority.BULK)
        self._thread = threading.Thread(
            target=self._serve, name="prelabel-corrections", daemon=True
        )
        self._count = Counter(
            "prelabel_correction_events",
            "Events about corrected annotations.",
            ("outcome",),
            registry=metrics.registry,
        )
        metrics.gauge("corrections_pending", "Events to work off.", lambda: self.store.pending)
        metrics.gauge("corrections_kept", "Corrections in the store.", lambda: len(self.store))
        metrics.gauge("corrections_bytes", "Bytes of the store.", lambda: self.store.bytes)

    def speaks(self, protocol: str, make: Make) -> None:
        """Events of a protocol, those of an earlier server among them, are worked off by `make`."""
        self._makers[protocol] = make
        if not self._thread.is_alive():
            self._thread.start()
        self._woken.set()

    def arrive(self, events: Sequence[Event]) -> None:
        """Keep events; they are there for good when this returns. JobError for a full disk."""
        new = self.store.arrive(events)
        self._count.labels("new").inc(new)
        self._count.labels("known").inc(len(events) - new)
        self._woken.set()

    def delete(self, protocol: str, numbers: Iterable[str]) -> None:
        """Annotations were deleted: they count no more."""
        gone = list(numbers)
        self.store.delete(protocol, gone, time.time())
        self._count.labels("deleted").inc(len(gone))

    def close(self) -> None:
        """Give up what is at work, which the next server does, and close the store."""
        self._closed = True
        self._ticket.cancel()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()
        self.store.close()

    def _serve(self) -> None:
        while not self._closed:
            self._woken.clear()
            event = self._next()
            if event is None:
                self._woken.wait(self._patience())
            else:
                self._work(event)

    def _next(self) -> Event | None:
        """The event that waits for longest, but for those that failed a short while ago."""
        now = time.monotonic()
        self._resting = {mark: end for mark, end in self._resting.items() if end > now}
        found = self.store.oldest(self._resting)
        return found[1] if found else None

    def _patience(self) -> float | None:
        """Seconds until the next event that failed is tried again; None without any."""
        first = min(self._resting.values(), default=None)
        return None if first is None else max(0.0, first - time.monotonic())

    def _work(self, event: Event) -> None:
        try:
            with self._ticket.part() as ticket:
                found = self._made(event, ticket)
            kept = self.store.finish(event, found)
        except (BusyError, DeadlineError):
            self._rest(event, PAUSE)
        except CancelledError:
            return
        except Exception as error:  # noqa: BLE001 - one event that fails keeps no other waiting
            self._failed(event, error)
        else:
            self._count.labels(("kept" if found else "passed") if kept else "outdated").inc()

    def _made(self, event: Event, ticket: Ticket) -> Correction | None:
        make = self._makers.get(event.protocol)
        if make is None:
            raise BusyError(f"nobody speaks {event.protocol!r} now")
        return make(event, ticket)

    def _rest(self, event: Event, seconds: float) -> None:
        name = event.protocol, event.key
        self._resting[(name, event.at)] = time.monotonic() + seconds

    def _failed(self, event: Event, error: Exception) -> None:
        self._count.labels("failed").inc()
        self._rest(event, RETRY)
        known = isinstance(error, PrelabelError)
        words = "a corrected annotation waits: %s"
        LOG.log(
            logging.WARNING if known else logging.ERROR,
            words,
            error,
            exc_info=None if known else error,
        )
