"""`Jobs`: long jobs, one after another, each in a folder of its own; they outlive the server.

A job's folder holds its record, and the journal and outputs of `prelabel.batch`. What a stopped
or killed server left unfinished is taken up by the next one with the same folder.
"""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from formats.errors import UnknownName
from prelabel.errors import JobError, PrelabelError
from prelabel.observer import NOBODY, Observer
from prelabel.report import Report
from prelabel.service import Service
from prelabel.settings import Settings
from server import errors
from server.errors import ConflictError
from server.jobs import work
from server.jobs.record import Record, Stage, load, save

__all__ = ["Jobs", "Record", "Stage"]

LOG = logging.getLogger("prelabel.server")


class Jobs:
    """The jobs of one folder, for any number of threads; one of them runs at a time."""

    def __init__(
        self, folder: Path, service: Service, settings: Settings, observer: Observer = NOBODY
    ) -> None:
        self.folder = folder
        self._service = service
        self._settings = settings
        self._observer = observer
        self._changed = threading.Condition()
        self._records = {r.id: r for r in _found(folder)}
        self._count = work.Count()
        self._running = ""
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="prelabel-jobs", daemon=True)
        self._thread.start()

    def add(
        self, model: str, sources: Sequence[str], formats: Sequence[str], asked: Mapping[str, Any]
    ) -> Record:
        """A new job at the end of the queue; ConflictError where too many are kept."""
        with self._changed:
            if len(self._records) >= self._settings.max_jobs:
                raise ConflictError(
                    f"the server keeps {len(self._records)} jobs already", hint="delete some"
                )
            record = Record(
                id=secrets.token_hex(6),
                order=max((r.order for r in self._records.values()), default=0) + 1,
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                model=model,
                sources=tuple(sources),
                formats=tuple(formats),
                asked=asked,
            )
            self._keep(record)
            self._changed.notify()
            return record

    def all(self) -> list[Record]:
        """Every job, in the order in which they came."""
        with self._changed:
            return sorted(self._records.values(), key=lambda record: record.order)

    def get(self, id_: str) -> Record:
        """One job; UnknownName."""
        with self._changed:
            if id_ not in self._records:
                raise UnknownName(f"no job {id_[:40]!r}")
            return self._records[id_]

    def progress(self, record: Record) -> tuple[int, int, int]:
        """(pictures, how many are done, how many of those failed), as far as known."""
        with self._changed:
            if record.id == self._running:
                return self._count.total, self._count.done, self._count.failed
        told = record.summary
        return told.get("pictures", 0), told.get("pictures", 0), len(told.get("failures", ()))

    def out(self, record: Record) -> Path:
        """The folder of a job's journal and outputs."""
        return self.folder / record.id / work.OUT

    def remove(self, id_: str) -> None:
        """Forget a job and remove what it wrote; one that runs is stopped first. UnknownName."""
        self.get(id_)
        with self._changed:
            self._records.pop(id_, None)
            if id_ == self._running:
                self._count.stopping.set()
                self._changed.wait_for(lambda: self._running != id_)
        shutil.rmtree(self.folder / id_, ignore_errors=True)

    def close(self) -> None:
        """Stop after the pictures in hand; the next server goes on."""
        with self._changed:
            self._closed = True
            self._count.stopping.set()
            self._changed.notify_all()
        self._thread.join()

    def _serve(self) -> None:
        while (record := self._next()) is not None:
            after = self._done(record)
            with self._changed:
                self._running = ""
                if record.id in self._records:
                    self._keep_if_possible(after)
                self._changed.notify_all()

    def _next(self) -> Record | None:
        """The first job that waits, as it begins to run; None when the server ends."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting() is not None)
            record = self._waiting()
            if self._closed or record is None:
                return None
            self._count = work.Count(record.model, self._observer)
            self._running = record.id
            self._keep_if_possible(record.at(Stage.RUNNING))
            return self._records[record.id]

    def _waiting(self) -> Record | None:
        waiting = [r for r in self._records.values() if not r.stage.over]
        return min(waiting, key=lambda record: record.order, default=None)

    def _done(self, record: Record) -> Record:
        """The job as it stands when it ended, or was stopped."""
        folder = self.folder / record.id
        try:
            report = work.run(record, folder, self._service, self._settings, self._count)
            return record.at(Stage.DONE, summary=_summary(report))
        except work.Stopped:
            return record.at(Stage.WAITING)
        except Exception as error:
            known = isinstance(error, PrelabelError)
            LOG.error("job %s: %s", record.id, error, exc_info=None if known else error)
            return record.at(Stage.FAILED, failure=_reason(error))

    def _keep(self, record: Record) -> None:
        save(record, self.folder / record.id)
        self._records[record.id] = record

    def _keep_if_possible(self, record: Record) -> None:
        """A full disk is no reason to stop serving: the next server then does the job again."""
        self._records[record.id] = record
        try:
            save(record, self.folder / record.id)
        except PrelabelError as error:
            LOG.error("job %s: %s", record.id, error)


def _found(folder: Path) -> list[Record]:
    """The jobs that earlier servers left, those in the middle of their work as waiting."""
    folders = sorted(folder.iterdir()) if folder.is_dir() else []
    records = [record for place in folders if (record := load(place)) is not None]
    return [r.at(r.stage if r.stage.over else Stage.WAITING) for r in records]


def _reason(error: Exception) -> str:
    """Why a job came to nothing, without its place, which is a folder of this machine."""
    return error.what if isinstance(error, JobError) else errors.tell(error).message


def _summary(report: Report) -> dict[str, Any]:
    losses = {name: [str(loss) for loss in found] for name, found in report.losses.items()}
    return {**report.summary(), "losses": losses}
