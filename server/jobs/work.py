"""One job through `prelabel.batch`: with the server's own model, in places for bulk work."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from prelabel import batch
from prelabel.errors import BusyError
from prelabel.job import Asked, Job, Spec
from prelabel.labeler import Labeler
from prelabel.observer import NOBODY, Observer
from prelabel.progress import Progress
from prelabel.report import Report
from prelabel.service import Service
from prelabel.settings import Settings
from prelabel.tickets import Priority, Ticket
from server.jobs import sources
from server.jobs.record import Record

__all__ = ["OUT", "Count", "Stopped", "run"]

OUT = "out"
"""Folder of journal and outputs, beside the record."""
PAUSE = 0.5
"""Seconds after which a place is asked for again, where too many wait for one."""


class Stopped(Exception):  # noqa: N818 - an order, not an error
    """The job was told to stop; what is finished stands in its journal."""


class Count(Progress):
    """How far a job is; raises `Stopped` after the next picture once `stopping` is set.

    `observer` is told of every picture, with its share of the seconds that were spent in places.
    """

    def __init__(self, model: str = "", observer: Observer = NOBODY) -> None:
        self.stopping = threading.Event()
        self.total = self.done = self.failed = 0
        self._model = model
        self._observer = observer
        self._seconds = 0.0
        self._lock = threading.Lock()

    def spent(self, seconds: float) -> None:
        """So long a place was held."""
        with self._lock:
            self._seconds += seconds

    def say(self, text: str) -> None:
        """A step before the first picture."""
        self._check()

    def start(self, total: int, kept: int) -> None:
        """`kept` of `total` pictures are done already."""
        self.total, self.done = total, kept
        self._check()

    def advance(self, pictures: int, failures: int) -> None:
        """So many more are done."""
        self.done += pictures
        self.failed += failures
        self._tell(pictures - failures)
        self._check()

    def _tell(self, pictures: int) -> None:
        with self._lock:
            seconds, self._seconds = self._seconds, 0.0
        for _ in range(pictures):
            self._observer.inferred(self._model, seconds / pictures)

    def _check(self) -> None:
        if self.stopping.is_set():
            raise Stopped


def run(record: Record, folder: Path, service: Service, settings: Settings, count: Count) -> Report:
    """Do what is left of a job; `Stopped` and PrelabelError leave the rest for another time.

    What the settings allow is asked again: they may have changed since the job was queued.
    """
    sources.check(record.sources, settings)
    job = Job(
        sources=record.sources,
        out=str(folder / OUT),
        spec=Spec(model=record.model, trusted=False, settings=settings),
        targets=record.formats,
        asked=_asked(record.asked),
        resume=True,
        options={"images": "none"},
    )
    return batch.run(job, count, means=means(service, count))


def _asked(fields: Mapping[str, Any]) -> Asked:
    lists = {
        "classes": tuple(fields.get("classes") or ()),
        "thresholds": tuple((fields.get("thresholds") or {}).items()),
    }
    return Asked(**{**fields, **lists})


def means(service: Service, count: Count) -> batch.Means:
    """The pool's model, lent for the whole job, and a place in the gate for each picture."""

    @contextmanager
    def opener(spec: Spec) -> Iterator[Labeler]:
        with service.pool.lease(spec.model, long=True) as leased:
            yield leased.labeler

    @contextmanager
    def entrance() -> Iterator[None]:
        while True:
            with ExitStack() as place:
                try:
                    place.enter_context(service.gate.entered(Ticket(Priority.BULK)))
                except BusyError:
                    if count.stopping.wait(PAUSE):
                        raise
                    continue
                start = time.monotonic()
                yield
                count.spent(time.monotonic() - start)
                return

    return batch.Means(opener, entrance)
