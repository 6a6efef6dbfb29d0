"""The journal of a push: predictions that were made, so that none is made twice.

What Label Studio has already is asked of Label Studio itself; the journal keeps the others through
a crash of either side. One line per task, the last one counts, as in the journal of a labelling
job, whose class it uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import orjson

from prelabel import locks
from prelabel.errors import JobError
from prelabel.job import compare
from prelabel.journal import Journal, Record
from prelabel.push.outbox import Prediction

__all__ = ["NAME", "Kept", "kept"]

NAME = "push.jsonl"
"""Name of the journal in its folder."""


class _Line(msgspec.Struct):
    prediction: msgspec.Raw


class Kept:
    """Predictions by task; without a journal it keeps nothing."""

    def __init__(self, journal: Journal | None = None) -> None:
        self._journal = journal

    def find(self, task: int) -> Prediction | None:
        """The prediction of a task that an earlier run made, None where there is none."""
        if self._journal is None or str(task) not in self._journal.entries:
            return None
        (line,) = self._journal.lines([str(task)])
        try:
            return Prediction(task, bytes(msgspec.json.decode(line, type=_Line).prediction))
        except msgspec.MsgspecError:
            return None

    def add(self, prediction: Prediction) -> None:
        """Keep a prediction."""
        if self._journal is not None:
            line = b'{"path":"%d","prediction":%b}\n' % (prediction.task, prediction.json)
            self._journal.append([Record(str(prediction.task), "", line)])


@contextmanager
def kept(folder: Path | None, facts: Mapping[str, Any], *, resume: bool) -> Iterator[Kept]:
    """The journal in a folder, held for this process; one that keeps nothing without a folder.

    JobError where the folder has a journal and `resume` is not asked for, where the journal is of
    other `facts`, or the folder has something else in it.
    """
    if folder is None:
        yield Kept()
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JobError(f"cannot be made: {error.strerror}", where=folder) from error
    with locks.exclusive(folder):
        _refuse(folder, resume)
        with Journal(folder / NAME) as journal:
            _take_up(journal, facts)
            yield Kept(journal)


def _refuse(folder: Path, resume: bool) -> None:
    found = {path.name for path in folder.iterdir()} - {locks.LOCK}
    if not found or (resume and NAME in found):
        return
    if NAME in found:
        raise JobError("the folder has a journal", folder, "--resume goes on with it")
    raise JobError("the folder is not empty, and has no push in it", folder, "take another --out")


def _take_up(journal: Journal, facts: Mapping[str, Any]) -> None:
    if not journal.header:
        journal.begin(orjson.dumps({"push": dict(facts)}) + b"\n")
        return
    try:
        old = msgspec.json.decode(journal.header).get("push", {})
    except (msgspec.MsgspecError, AttributeError):
        old = {}
    compare(old, facts, where=journal.path)
