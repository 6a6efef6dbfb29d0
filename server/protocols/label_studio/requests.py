"""What Label Studio sends, as far as it is read; odd values are passed over, never an error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from server.errors import RequestError

__all__ = ["Prediction", "Task", "prediction", "setup"]


@dataclass(frozen=True, slots=True)
class Task:
    """One task: `data` as it was imported, `id` as text; an odd one has no data."""

    id: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prediction:
    """A request for predictions. `drawn`: the regions that an annotator has just drawn, if any."""

    tasks: tuple[Task, ...]
    config: str = ""
    drawn: tuple[Mapping[str, Any], ...] = ()


class _Body(msgspec.Struct):
    tasks: list[msgspec.Raw]
    label_config: Any = ""
    params: Any = None


class _Task(msgspec.Struct):
    """What is read of a task; annotations and predictions, which can be large, are skipped."""

    data: Any = None
    id: Any = None


class _Setup(msgspec.Struct):
    schema: Any = ""
    hostname: Any = ""
    access_token: Any = ""


def prediction(body: bytes) -> Prediction:
    """The request of a /predict body; RequestError where it names no list of tasks."""
    found = _decoded(body, _Body)
    drawn = _within(_within(found.params, "context"), "result")
    regions = drawn if isinstance(drawn, list) else []
    return Prediction(
        tuple(map(_task, found.tasks)),
        _text(found.label_config),
        tuple(region for region in regions if isinstance(region, dict)),
    )


def setup(body: bytes) -> tuple[str, str, str]:
    """(label config, host name, access token) of a /setup body."""
    found = _decoded(body, _Setup)
    return _text(found.schema), _text(found.hostname), _text(found.access_token)


def _decoded(body: bytes, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RequestError(f"not what Label Studio sends: {error}", where="body") from error


def _task(raw: msgspec.Raw) -> Task:
    try:
        found = msgspec.json.decode(raw, type=_Task)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Task()
    data = found.data if isinstance(found.data, dict) else {}
    known = isinstance(found.id, int | str) and not isinstance(found.id, bool)
    return Task(str(found.id) if known else "", data)


def _within(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
