"""The parts of an export that are looked at; results stay raw until they are needed."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Raw

__all__ = ["Answer", "Task"]


class Answer(msgspec.Struct, kw_only=True):
    """One annotation or prediction of a task."""

    id: Any = None
    result: Raw = Raw(b"null")
    completed_by: Any = None
    was_cancelled: bool | None = False
    skipped: bool | None = False
    ground_truth: bool | None = False
    created_at: Any = None
    updated_at: Any = None
    lead_time: Any = None
    model_version: Any = None


class Task(msgspec.Struct, kw_only=True):
    """One task; `completions` is what annotations were called before."""

    id: Any = None
    data: dict[str, Any] = {}
    meta: dict[str, Any] | None = None
    annotations: list[Answer] | None = None
    completions: list[Answer] | None = None
    predictions: list[Raw] | None = None
