"""The lines of the store: events as they came, corrections, and what takes them back.

A line tells what it `is`: ``arrived``, ``correction``, ``passed`` (an event that nothing can be
learned from) or ``deleted``. Tables stand in it as in a native data set: a header and an item.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, Literal

import msgspec
import orjson
from msgspec import Raw

from formats import native_lines
from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from prelabel.corrections.correction import Correction, View
from prelabel.corrections.event import Event

__all__ = ["FIRST", "Head", "Seen", "Told", "decode", "encode", "event_of", "head_of", "of_event"]

VERSION = 1
FIRST = b'{"corrections":%d}\n' % VERSION
"""The first line of the file."""
VIEW = ("path", "size", "model", "fingerprint", "task", "names", "asked", "shown", "edits")
"""What a view says beside its two tables."""
TABLES = ("predicted", "corrected")
NONE = Annotations.empty()
FACTS = ("annotator", "project", "item", "lead_time", "saw", "version")


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the index knows of a view; its tables are skipped."""

    path: str
    model: str
    fingerprint: str
    edits: dict[str, int] = {}


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What the index knows of a correction."""

    annotator: str = ""
    lead_time: float | None = None
    views: tuple[Seen, ...] = ()


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What a line is about."""

    kind: Literal["arrived", "correction", "passed", "deleted"] = msgspec.field(name="is")
    protocol: str
    key: str = ""
    number: str = ""
    at: float = 0.0
    told: Told | None = None


class _Body(msgspec.Struct):
    body: Raw = Raw(b"null")


class _View(msgspec.Struct, kw_only=True):
    path: str
    size: tuple[int, int]
    model: str
    fingerprint: str
    task: str
    names: tuple[str | None, ...] = ()
    asked: dict[str, float] = {}
    shown: tuple[float, ...] = ()
    edits: dict[str, int] = {}
    predicted: tuple[Raw, Raw]
    corrected: tuple[Raw, Raw]


class _Told(msgspec.Struct, kw_only=True):
    annotator: str = ""
    project: str = ""
    item: str = ""
    lead_time: float | None = None
    saw: str = ""
    version: str = ""
    views: tuple[_View, ...] = ()


class _Line(msgspec.Struct):
    told: _Told


_HEAD = msgspec.json.Decoder(Head)
_BODY = msgspec.json.Decoder(_Body)
_LINE = msgspec.json.Decoder(_Line)


def of_event(event: Event, kind: str = "arrived") -> bytes:
    """The line of an event, with its end; with its body only where it has just `arrived`."""
    names = ("protocol", "key", "number", "at")
    facts: dict[str, Any] = {"is": kind, **{name: getattr(event, name) for name in names}}
    if kind == "arrived":
        facts["body"] = orjson.Fragment(event.body)
    return orjson.dumps(facts) + b"\n"


def encode(event: Event, correction: Correction) -> bytes:
    """The line of a correction, with its end."""
    facts = {name: getattr(correction, name) for name in FACTS}
    told = {**facts, "views": [_view(view) for view in correction.views]}
    head = {"key": event.key, "number": event.number, "at": event.at, "told": told}
    line = {"is": "correction", "protocol": event.protocol, **head}
    return orjson.dumps(line, default=_plain) + b"\n"


def _view(view: View) -> dict[str, Any]:
    facts = {name: getattr(view, name) for name in VIEW}
    predicted = _table(view.path, view.size, view.classes, view.predicted)
    corrected = _table(view.path, view.size, view.labels, view.corrected)
    return {**facts, "predicted": predicted, "corrected": corrected}


def _table(
    path: str, size: tuple[int, int], labels: tuple[Label, ...], table: Annotations
) -> list[orjson.Fragment]:
    header = native_lines.encode_header(Dataset.of(labels, []))
    return [*map(orjson.Fragment, (header, native_lines.encode_item(Item(path, size, table))))]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def head_of(line: bytes, where: object = "") -> Head:
    """What a line is about; FormatError where it is damaged."""
    return _decoded(_HEAD, line, where)


def event_of(line: bytes, where: object = "") -> Event:
    """The event of a line that ``arrived``."""
    head, found = head_of(line, where), _decoded(_BODY, line, where)
    return Event(head.protocol, head.key, head.number, head.at, bytes(found.body))


def decode(line: bytes, where: object = "", tables: Collection[str] = TABLES) -> Correction:
    """The correction of a line; FormatError where it is damaged.

    Of its two `tables`, one that is not named is left empty, which saves most of the time.
    """
    told = _decoded(_LINE, line, where).told
    facts = {name: getattr(told, name) for name in FACTS}
    return Correction(**facts, views=tuple(_seen(view, where, tables) for view in told.views))


def _seen(view: _View, where: object, tables: Collection[str]) -> View:
    found = {n: _read(getattr(view, n)[1], where) for n in TABLES if n in tables}
    return View(
        classes=_labels(bytes(view.predicted[0]), str(where)),
        predicted=found.get("predicted", NONE),
        labels=_labels(bytes(view.corrected[0]), str(where)),
        corrected=found.get("corrected", NONE),
        **{name: getattr(view, name) for name in VIEW},
    )


@lru_cache(maxsize=64)
def _labels(header: bytes, where: str) -> tuple[Label, ...]:
    """The labels of a header: the lines of one model and project have the same."""
    return native_lines.decode_header(header, where).labels


def _read(raw: Raw, where: object) -> Annotations:
    table = native_lines.decode_item(bytes(raw), str(where)).annotations
    if table is None:
        raise FormatError("a table of a correction is missing", where=where)
    return table


def _decoded(decoder: msgspec.json.Decoder[Any], line: bytes, where: object) -> Any:
    try:
        return decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"not a line of corrections: {error}", where=where) from error
