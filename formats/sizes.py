"""Sizes of pictures from a file, for sets whose pictures are not at hand (``--sizes FILE``)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import takewhile
from pathlib import Path

import msgspec

from formats import files
from formats.errors import FormatError

__all__ = ["Sizes", "load"]

Size = tuple[int, int]
MOST = 1 << 31
"""No side of a picture is longer."""


class _Image(msgspec.Struct):
    file_name: str
    width: float | None = None
    height: float | None = None


class _Coco(msgspec.Struct):
    images: list[_Image]


class Sizes:
    """(width, height) in pixels by the path of a picture.

    A path that is not listed is the one that it ends with (``a/1.jpg`` for
    ``images/train/a/1.jpg``), else the one of its bare name; of several, that with most of its
    folders.
    """

    def __init__(self, rows: Iterable[tuple[str, Size]] = ()) -> None:
        self._paths = dict(rows)

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        """The paths of each bare name."""
        found: dict[str, list[str]] = {}
        for path in self._paths:
            found.setdefault(path.rpartition("/")[2], []).append(path)
        return found

    def __len__(self) -> int:
        return len(self._paths)

    def get(self, path: str) -> Size | None:
        """The size of a picture; None where the file does not tell it, or tells two."""
        return self._paths.get(path) or self._alike(path)

    def _alike(self, path: str) -> Size | None:
        tail = path
        while tail := tail.partition("/")[2]:
            if tail in self._paths:
                return self._paths[tail]
        alike = self._names.get(path.rpartition("/")[2], [])
        if len(alike) > 1:
            shared = [_shared(path, other) for other in alike]
            most = max(shared)
            alike = [other for other, n in zip(alike, shared, strict=True) if n == most]
        found = {self._paths[other] for other in alike}
        return found.pop() if len(found) == 1 else None


def _shared(path: str, other: str) -> int:
    """How many folders next to their name two paths have in common."""
    pairs = zip(path.split("/")[-2::-1], other.split("/")[-2::-1], strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def load(path: str) -> Sizes:
    """The sizes of a COCO file, or of lines ``path,width,height``; none for an empty path.

    A line without numbers, ``path,,``, names a picture whose size is not known.
    """
    if not path:
        return Sizes()
    data = files.read(Path(path))
    if data.lstrip()[:1] == b"{":
        try:
            found = msgspec.json.decode(data, type=_Coco)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise FormatError(str(error), where=path) from error
        return Sizes(_stated(found))
    return Sizes(_rows(Path(path)))


def _stated(found: _Coco) -> Iterator[tuple[str, Size]]:
    """The images that have a size; others are pictures whose size is not known."""
    for entry in found.images:
        if entry.width and entry.height and 0 < min(entry.width, entry.height) < MOST:
            yield entry.file_name, (int(entry.width), int(entry.height))


def _rows(path: Path) -> Iterator[tuple[str, Size]]:
    for number, line in files.lines(path):
        if not line.strip():
            continue
        cells = _cells(line, f"{path}:{number}")
        if (number == 1 and cells[1:] == ["width", "height"]) or cells[1:] == ["", ""]:
            continue
        try:
            name, width, height = cells
            size = int(width), int(height)
            if not (0 < size[0] < MOST and 0 < size[1] < MOST):
                raise ValueError(f"a size of {width} x {height}")
            yield name, size
        except ValueError as error:
            wanted = f"expected path,width,height, found {line!r}"
            raise FormatError(wanted, where=f"{path}:{number}") from error


def _cells(line: str, where: str) -> list[str]:
    if '"' not in line and line.isprintable():
        return line.split(",")
    try:
        return next(csv.reader([line]))
    except csv.Error as error:
        raise FormatError(f"no line of cells: {error}", where=where) from error
