"""What a webhook of Label Studio tells: annotations that were saved, or deleted.

Odd values are passed over, never an error. Copies of predictions that somebody made annotations of
in bulk (``ANNOTATIONS_CREATED``) are none that anybody has looked at, and teach nothing.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
import orjson
from msgspec import Raw

from prelabel.corrections.event import Event
from server.errors import RequestError

__all__ = ["NAME", "Saved", "Told", "read", "saved"]

NAME = "label_studio"
"""What the store of corrections calls this protocol."""
SAVED = frozenset({"ANNOTATION_CREATED", "ANNOTATION_UPDATED"})
DELETED = "ANNOTATIONS_DELETED"
NOTHING = Raw(b"null")


@dataclass(frozen=True, slots=True)
class Told:
    """What a webhook's body says: its action, the event of a saved annotation, deleted numbers."""

    action: str
    events: tuple[Event, ...] = ()
    deleted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """An annotation as the body of an event keeps it.

    `config` of its project; `item` (task) and `project` by number; `data` and `meta` of the task;
    `result`: its regions. `cancelled`: the annotator skipped the task. `lead_time` in seconds;
    `saw`: version of the prediction that Label Studio had for the task when it was made.
    """

    config: str = ""
    project: str = ""
    item: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    meta: dict[str, Any] = field(default_factory=dict)
    result: list[Any] = field(default_factory=list)
    annotator: str = ""
    cancelled: bool = False
    lead_time: float | None = None
    saw: str = ""


class _Body(msgspec.Struct):
    action: Any = ""
    annotation: Raw = NOTHING
    annotations: Raw = NOTHING
    task: Raw = NOTHING
    project: Raw = NOTHING


class _Annotation(msgspec.Struct):
    id: Any = None
    unique_id: Any = None
    result: Raw = NOTHING
    completed_by: Any = None
    was_cancelled: Any = False
    lead_time: Any = None
    created_at: Any = None
    updated_at: Any = None
    prediction: Raw = NOTHING


class _Task(msgspec.Struct):
    id: Any = None
    data: Raw = NOTHING
    meta: Raw = NOTHING


class _Project(msgspec.Struct):
    id: Any = None
    label_config: Any = ""


class _Prediction(msgspec.Struct):
    model_version: Any = ""


def read(body: bytes) -> Told:
    """What a body says; RequestError where it is not JSON."""
    try:
        found = msgspec.json.decode(body, type=_Body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(f"not what Label Studio sends: {error}", where="body") from error
    action = found.action if isinstance(found.action, str) else ""
    if action in SAVED:
        return Told(action, _saved(found))
    return Told(action, deleted=_deleted(found.annotations) if action == DELETED else ())


def _saved(body: _Body) -> tuple[Event, ...]:
    """The event of a saved annotation; none where the body lacks what has to be known."""
    annotation = _decoded(body.annotation, _Annotation)
    task, project = _decoded(body.task, _Task), _decoded(body.project, _Project)
    number, drawn = _number(annotation.id), _begins(annotation.result, b"[")
    config = project.label_config
    if not number or not _begins(task.data, b"{") or not isinstance(config, str):
        return ()
    facts = {
        "config": config,
        "project": _number(project.id),
        "item": _number(task.id),
        "data": orjson.Fragment(bytes(task.data)),
        "meta": orjson.Fragment(bytes(task.meta) if _begins(task.meta, b"{") else b"{}"),
        "result": orjson.Fragment(bytes(annotation.result) if drawn else b"[]"),
        "annotator": _number(annotation.completed_by),
        "cancelled": annotation.was_cancelled is True,
        "lead_time": _seconds(annotation.lead_time),
        "saw": _version(annotation.prediction),
    }
    key = annotation.unique_id if isinstance(annotation.unique_id, str) else ""
    at = _moment(annotation.updated_at) or _moment(annotation.created_at) or time.time()
    return (Event(NAME, key or f"#{number}", number, at, orjson.dumps(facts)),)


def saved(event: Event) -> Saved:
    """The annotation of an event."""
    return msgspec.json.decode(event.body, type=Saved)


def _decoded(raw: Raw, kind: type[Any]) -> Any:
    """An object of a body; an empty one for anything else."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return kind()


def _begins(raw: Raw, sign: bytes) -> bool:
    """Whether a value that stays as it was sent is an object or a list."""
    return bytes(raw).lstrip()[:1] == sign


def _deleted(raw: Raw) -> tuple[str, ...]:
    found = _decoded(raw, list)
    numbers = (_number(one.get("id")) for one in found if isinstance(one, dict))
    return tuple(number for number in numbers if number)


def _number(value: Any) -> str:
    """The number of a thing, or of an object with one, as text; "" for anything else."""
    if isinstance(value, dict):
        value = value.get("id")
    known = isinstance(value, int | str) and not isinstance(value, bool)
    return str(value)[:100] if known else ""


def _seconds(value: Any) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if known and 0 <= value < math.inf else None


def _version(raw: Raw) -> str:
    version = _decoded(raw, _Prediction).model_version
    return version[:200] if isinstance(version, str) else ""


def _moment(text: Any) -> float:
    """Seconds since 1970 of a time as ISO 8601 writes it, 0 for anything else."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (TypeError, ValueError, OverflowError, OSError):
        return 0.0
