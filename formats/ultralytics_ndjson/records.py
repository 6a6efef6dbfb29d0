"""The lines of pictures: keys and the objects, which stay text until a chunk is read."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from formats import files, json_text, splits
from formats.dataset import Item
from formats.errors import FormatError
from formats.yolo.sidecar import COLUMNS

__all__ = ["OWN", "Record", "Unreadable", "decode", "lines"]

OWN = frozenset({"type", "file", "split", "width", "height", "annotations", "id", *COLUMNS})


ABSENT = Raw(b"null")


class _Record(msgspec.Struct):
    file: str
    type: str = "image"
    split: str | None = None
    width: float | None = None
    height: float | None = None
    annotations: dict[str, Raw] | None = None


class Unreadable(FormatError):  # noqa: N818 - one line, which others may make up for
    """A line that is none of a picture."""


@dataclass(frozen=True, slots=True)
class Record:
    """One picture: `objects` is the JSON list of its task's objects, None where nobody looked.

    `others` counts lists of other tasks, `kept` are columns that label lines have no place for.
    """

    item: Item
    objects: bytes | None
    others: int = 0
    kept: dict[str, Any] = field(default_factory=dict)

    def columns(self) -> dict[str, NDArray[Any]] | None:
        """The kept columns; None where they are not numbers."""
        types = {"tracks": np.int64}
        try:
            return {k: np.array(v, types.get(k, np.float64)) for k, v in self.kept.items()}
        except (TypeError, ValueError, OverflowError):
            return None


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """The lines that are not blank, with their numbers from 1."""
    try:
        with path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                text = line.removeprefix(files.BOM) if number == 1 else line
                if text.strip():
                    yield number, text
    except OSError as error:
        raise FormatError(f"cannot read: {error.strerror or error}", where=path) from error


def decode(line: bytes, key: str, path: str, where: str) -> Record | None:
    """The picture of a line, None for a line of another type.

    `key` names the objects of the set's task, `path` where the set says its pictures lie.
    """
    try:
        line = json_text.strict(line)
        found = msgspec.json.decode(line, type=_Record, strict=False)
        rest: dict[str, Any] = msgspec.json.decode(line, type=dict[str, Raw])
        extra = {k: msgspec.json.decode(v) for k, v in rest.items() if k not in OWN}
        kept = {k: msgspec.json.decode(rest[k], type=list) for k in COLUMNS if k in rest}
        number = msgspec.json.decode(rest.get("id", ABSENT))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Unreadable(f"not the line of a picture: {error}", where=where) from error
    if found.type != "image":
        return None
    mine = type(number) is int and abs(number) < 1 << 62
    item = Item(
        _place(found, path, where),
        _size(found),
        id=number if mine else None,
        split=splits.canonical(found.split or ""),
        extra=extra if mine or number is None else {**extra, "id": number},
    )
    if found.annotations is None:
        return Record(item, None)
    objects = found.annotations.get(key) or next(iter(found.annotations.values()), Raw(b"[]"))
    return Record(item, bytes(objects), max(len(found.annotations) - 1, 0), kept)


def _place(found: _Record, path: str, where: str) -> str:
    """Where the picture lies: as stated, or where ultralytics looks in the folder of the set."""
    name = found.file.replace("\\", "/")
    files.safe(name, where)
    return posixpath.normpath(f"images/{found.split or ''}/{name}" if path else name)


def _size(found: _Record) -> tuple[int, int] | None:
    """(width, height) in pixels; None where it is not stated or cannot be one."""
    sides = (found.width, found.height)
    if any(side is None or not 1 <= side < 1 << 31 for side in sides):
        return None
    return (int(found.width or 0), int(found.height or 0))
