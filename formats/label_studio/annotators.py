"""Who said what about a task: its annotations, or the predictions of models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from formats.label_studio.schema import Answer, Task

__all__ = ["CANCELLED", "Said", "said"]

CANCELLED = "cancelled"
"""The status of an item whose annotator skipped the picture or clip."""


@dataclass(frozen=True, slots=True)
class Said:
    """One annotation or prediction, and the name of whoever made it ("" for a lone model)."""

    name: str
    answer: Answer
    cancelled: bool = False


def said(task: Task, models: bool, which: str) -> Iterator[Said]:
    """The annotations of a task, or its predictions; `which`: all, or the newest of them.

    The newest is the last saved of those that were not cancelled, if there is any.
    """
    found = list(_predictions(task) if models else _annotations(task))
    if which == "newest" and found:
        found = [max(found, key=_age)]
    yield from found


def _age(entry: Said) -> tuple[bool, str]:
    saved = entry.answer.updated_at or entry.answer.created_at
    return not entry.cancelled, str(saved or "")


def _annotations(task: Task) -> Iterator[Said]:
    for answer in task.annotations or task.completions or ():
        cancelled = bool(answer.was_cancelled or answer.skipped)
        yield Said(_name(answer.completed_by), answer, cancelled)


def _predictions(task: Task) -> Iterator[Said]:
    """Predictions that are there as such: exports may list their ids only."""
    found = [_ANSWER.decode(raw) for raw in task.predictions or () if bytes(raw)[:1] == b"{"]
    for answer in found:
        name = str(answer.model_version or "") if len(found) > 1 else ""
        yield Said(name, answer)


_ANSWER = msgspec.json.Decoder(Answer)


def _name(completed_by: Any) -> str:
    """An annotator's email, else number or name."""
    if isinstance(completed_by, Mapping):
        completed_by = completed_by.get("email") or completed_by.get("id")
    return "" if completed_by is None else str(completed_by)
