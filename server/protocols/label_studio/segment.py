"""`Segment`: one file of the store: a native dataset with the answers of one model."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import msgspec

from formats import native_lines
from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label, Media
from formats.errors import FormatError
from formats.native import SUFFIX
from geometry.errors import GeometryError
from prelabel.appendfile import AppendFile
from prelabel.label_studio.wanted import Answer

__all__ = ["Segment", "line_of", "number"]

LOG = logging.getLogger("prelabel.server")


class _Extra(msgspec.Struct):
    key: str


class _Clip(msgspec.Struct):
    """What an answer says about its clip: the frame of each row, and the clip itself."""

    at: list[int]
    frames: int
    rate: float
    times: tuple[float, ...] = ()


class _Line(msgspec.Struct):
    """What the index needs of a line; its shapes are skipped."""

    extra: _Extra


@dataclass(slots=True, eq=False)
class Segment:
    """An open file. `group` tells which answers it takes: those with the same labels and model."""

    path: Path
    file: AppendFile
    labels: tuple[Label, ...]
    task: str
    fingerprint: str
    group: str = ""
    keys: list[str] = field(default_factory=list)
    """Of all its lines, in their order."""

    def __post_init__(self) -> None:
        self.group = group_of(self.labels, self.task, self.fingerprint)

    @property
    def length(self) -> int:
        """Of the file, in bytes."""
        return self.file.end

    @classmethod
    def create(cls, folder: Path, count: int, answer: Answer) -> Self:
        """A new file for answers like this one; JobError, and no file, where the disk is full."""
        name = f"{count:08d}-{answer.fingerprint[:12]}{SUFFIX}"
        labels, task, fingerprint = answer.labels, answer.task, answer.fingerprint
        extra = {"task": task, "fingerprint": fingerprint}
        header = native_lines.encode_header(Dataset.of(labels, [], extra=extra))
        made = cls(folder / name, AppendFile(folder / name), labels, task, fingerprint)
        try:
            made.file.cut(0)
            made.file.append(header + b"\n")
        except BaseException:
            made.drop()
            raise
        return made

    @classmethod
    def load(cls, path: Path) -> tuple[Self, list[tuple[str, int, int]]]:
        """A file that is there, and (key, offset, length) of its lines.

        A last line that a crash cut is taken off; one that is damaged does not count. FormatError
        where the first line is no header.
        """
        lines = _lines(path)
        first = next(lines, b"")
        header = native_lines.decode_header(first, f"{path}:1")
        found, end = [], len(first)
        for line in lines:
            if key := _key(line):
                found.append((key, end, len(line)))
            end += len(line)
        task, fingerprint = (str(header.extra.get(name, "")) for name in ("task", "fingerprint"))
        loaded = cls(path, AppendFile(path), header.labels, task, fingerprint)
        loaded.keys += [key for key, _, _ in found]
        loaded.file.cut(end)
        return loaded, found

    def append(self, key: str, line: bytes) -> int:
        """Add a line; where it begins. JobError where the disk does not take it."""
        offset = self.file.end
        self.file.append(line)
        self.keys.append(key)
        return offset

    def read(self, offset: int, length: int) -> bytes:
        """A line."""
        return self.file.read(offset, length)

    def answer(self, line: bytes) -> Answer:
        """The answer of a line; FormatError where it is damaged."""
        item = native_lines.decode_item(line, str(self.path))
        if item.annotations is None or item.size is None:
            raise FormatError("an answer without size or shapes", where=self.path)
        table, media = item.annotations, None
        if (told := item.extra.get("clip")) is not None:
            table, media = self._clip(item, table, told)
        return Answer(table, item.size, self.labels, self.task, self.fingerprint, media)

    def _clip(self, item: Item, table: Annotations, told: Any) -> tuple[Annotations, Media]:
        """The rows at their frames, and the clip."""
        try:
            clip = msgspec.convert(told, _Clip)
            media = Media(item.path, item.size or (0, 0), clip.frames, clip.rate, clip.times)
            return table.with_columns(images=clip.at), media
        except (msgspec.ValidationError, GeometryError) as error:
            raise FormatError(f"an answer about no clip: {error}", where=self.path) from error

    def drop(self) -> None:
        """Remove the file."""
        self.file.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Have everything on the disk, and close."""
        try:
            self.file.sync()
        finally:
            self.file.close()


def group_of(labels: tuple[Label, ...], task: str, fingerprint: str) -> str:
    """Answers of one group may share a file: its header says the same of all of them."""
    header = native_lines.encode_header(Dataset.of(labels, []))
    return hashlib.sha256(header + f"{task} {fingerprint}".encode()).hexdigest()


def line_of(key: str, shown: str, answer: Answer) -> bytes:
    """The line of an answer, with its end."""
    extra: dict[str, Any] = {"key": key}
    if (clip := answer.media) is not None:
        at = answer.annotations.images.tolist()
        extra["clip"] = {"at": at, "frames": clip.frames, "rate": clip.rate, "times": clip.times}
    item = Item(shown, answer.size, answer.annotations, extra=extra)
    return native_lines.encode_item(item) + b"\n"


def number(path: Path) -> int:
    """The place of a file in the order in which files were made; -1 for another's file."""
    head = path.name.partition("-")[0]
    return int(head) if path.name.endswith(SUFFIX) and head.isdecimal() else -1


def _lines(path: Path) -> Iterator[bytes]:
    """The whole lines of a file."""
    with path.open("rb") as stream:
        yield from (line for line in stream if line.endswith(b"\n"))


def _key(line: bytes) -> str:
    """The key of a line, "" for a damaged one."""
    try:
        return msgspec.json.decode(line, type=_Line).extra.key
    except (msgspec.MsgspecError, UnicodeDecodeError):
        LOG.warning("the store of answers has a damaged line, which does not count")
        return ""
