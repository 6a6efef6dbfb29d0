"""`Record`: what is known about a job, in a small file beside its journal."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec

from prelabel.errors import JobError

__all__ = ["NAME", "Record", "Stage", "load", "save"]

NAME = "job.json"


class Stage(StrEnum):
    """How far a job is. One that waits or runs is taken up again by the next server."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether nothing more is done."""
        return self in (Stage.DONE, Stage.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One job. `asked`: the fields of the request that change results; `order`: of arrival.

    `failure` is why the job as a whole came to nothing; `summary` what it did, once it is done.
    """

    id: str
    order: int
    created: str
    model: str
    sources: tuple[str, ...]
    formats: tuple[str, ...]
    asked: Mapping[str, Any] = field(default_factory=dict)
    stage: Stage = Stage.WAITING
    failure: str = ""
    summary: Mapping[str, Any] = field(default_factory=dict)

    def at(self, stage: Stage, **changed: Any) -> Record:
        """The same job, further on."""
        return replace(self, stage=stage, **changed)


def load(folder: Path) -> Record | None:
    """The record in a job's folder; None where there is none, or one that cannot be read."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=Record)
    except (OSError, msgspec.MsgspecError):
        return None


def save(record: Record, folder: Path) -> None:
    """Write the record, whole or not at all; JobError where the disk does not take it."""
    partial = folder / f".{NAME}.partial"
    data = msgspec.json.encode(record)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(folder / NAME)
    except OSError as error:
        raise JobError(f"cannot be written: {error.strerror or error}", where=folder) from error
