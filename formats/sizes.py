"""Sizes of pictures from a file, for sets whose pictures are not at hand (``--sizes FILE``)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from functools import cached_property
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
    """(width, height) in pixels by the path of a picture, or by its bare name where that is one."""

    def __init__(self, rows: Iterable[tuple[str, Size]] = ()) -> None:
        self._paths = dict(rows)

    @cached_property
    def _names(self) -> dict[str, Size | None]:
        """Sizes by bare name; None where two pictures of a name differ."""
        found: dict[str, Size | None] = {}
        for path, size in self._paths.items():
            name = path.rpartition("/")[2]
            found[name] = size if found.get(name, size) == size else None
        return found

    def __len__(self) -> int:
        return len(self._paths)

    def get(self, path: str) -> Size | None:
        """The size of a picture; None where the file does not tell it, or tells two."""
        return self._paths.get(path) or self._names.get(path.rpartition("/")[2])


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
