"""Tasks of an export, JSON or JSON_MIN, one after another, and where they stand in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw

from formats import files, json_file
from formats.errors import FormatError
from formats.label_studio import least
from formats.label_studio.config import LabelConfig
from formats.label_studio.schema import Task
from formats.losses import Losses

__all__ = ["Document", "results"]

BROKEN = "task that cannot be read"


class Document:
    """The tasks of a file, JSON or JSON_MIN; they are decoded on every walk."""

    def __init__(self, path: Path, config: LabelConfig | None, losses: Losses) -> None:
        raw = json_file.document(path, losses)
        if isinstance(raw, dict):
            raw = self._lone(raw, path)
        self.path, self.config, self.losses = path, config, losses
        self.raws = json_file.entries(raw, path, "")
        self._lost: set[int] = set()
        self.least = bool(self.raws) and _is_least(self.raws[0])

    @staticmethod
    def _lone(found: Mapping[str, Raw], path: Path) -> Raw:
        """A file that is one task, as the API answers it."""
        if "data" not in found:
            raise FormatError("an object, expected a list of tasks", where=path)
        return Raw(b"[" + msgspec.json.encode(found) + b"]")

    def where(self, number: int) -> str:
        """The place of a task."""
        return files.pointer(self.path, number)

    def tasks(self) -> Iterator[tuple[int, Task]]:
        """The tasks that can be read, with their numbers in the file."""
        if self.least:
            yield from self._joined()
            return
        for number, raw in enumerate(self.raws):
            try:
                yield number, _TASK.decode(raw)
            except msgspec.DecodeError as error:
                self._lose(number, error)

    def _joined(self) -> Iterator[tuple[int, Task]]:
        """The records of JSON_MIN, those of one task that stand together as one."""
        open_: tuple[int, Task] | None = None
        for number, raw in enumerate(self.raws):
            try:
                task = least.task(msgspec.json.decode(raw, type=dict[str, Any]), self.config)
            except msgspec.DecodeError as error:
                self._lose(number, error)
                continue
            if open_ is not None and task.id is not None and open_[1].id == task.id:
                open_[1].annotations = [*(open_[1].annotations or ()), *(task.annotations or ())]
                continue
            if open_ is not None:
                yield open_
            open_ = number, task
        if open_ is not None:
            yield open_

    def _lose(self, number: int, error: Exception) -> None:
        """Count a task once, however often the file is walked."""
        if number not in self._lost:
            self._lost.add(number)
            self.losses.add(BROKEN, example=f"{self.where(number)}: {error}")


_TASK = msgspec.json.Decoder(Task)


def results(raw: Raw) -> list[Any]:
    """The results of an annotation or prediction; FormatError where it is no list."""
    found = msgspec.json.decode(raw)
    if isinstance(found, str):  # exports of old versions
        found = json_file.decoded(found.encode(), Any, "result")
    if found is not None and not isinstance(found, list):
        raise FormatError(f"a result is a list, found a {type(found).__name__}")
    return found or []


def _is_least(raw: Raw) -> bool:
    """Whether a record is one of JSON_MIN."""
    try:
        keys = msgspec.json.decode(raw, type=dict[str, Raw])
    except msgspec.DecodeError:
        return False
    return "data" not in keys and "annotation_id" in keys
