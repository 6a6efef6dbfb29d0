"""One label file as LabelMe and its relatives write it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from msgspec import Raw

from formats import files
from formats.errors import FormatError
from formats.json_file import decoded, document
from formats.losses import Losses

__all__ = ["Document", "load"]

MOST = 1 << 31
"""Pixels of a side."""
_DIGITS = re.compile("[0-9]{1,9}")
SHAPES, PICTURE = "shapes", "imagePath"
OWN = frozenset({SHAPES, PICTURE, "version", "flags", "imageData", "imageHeight", "imageWidth"})


@dataclass(frozen=True, slots=True)
class Document:
    """One label file: shapes as they stand, and what it says of its picture.

    `image` is the stated path of the picture, "" for none; `size` is None where it is not stated.
    """

    path: Path
    image: str
    size: tuple[int, int] | None
    shapes: list[Any]
    flags: dict[str, Any] = field(default_factory=dict)
    further: dict[str, Any] = field(default_factory=dict)

    def where(self, *keys: object) -> str:
        """The place of a value for messages."""
        return files.pointer(self.path, *keys)


def load(path: Path, losses: Losses) -> Document | None:
    """A label file; None for JSON that is none. FormatError for what is no JSON."""
    try:
        found = document(path, losses)
        if not isinstance(found, dict) or SHAPES not in found or PICTURE not in found:
            return None
        return _document(path, found)
    except RecursionError as error:
        raise FormatError("lists or objects too deep inside each other", where=path) from error


def _document(path: Path, found: dict[str, Raw]) -> Document:
    image = decoded(found[PICTURE], Any, files.pointer(path, PICTURE))
    shapes = decoded(found[SHAPES], Any, files.pointer(path, SHAPES))
    if shapes is not None and not isinstance(shapes, list):
        what = f"expected a list of shapes, found {type(shapes).__name__}"
        raise FormatError(what, where=files.pointer(path, SHAPES))
    flags = _value(found, "flags", path)
    further = {key: _value(found, key, path) for key in found if key not in OWN}
    if flags is not None and not isinstance(flags, dict):
        further["flags"] = flags
    return Document(
        path,
        image if isinstance(image, str) else "",
        _size(_value(found, "imageWidth", path), _value(found, "imageHeight", path)),
        shapes or [],
        flags if isinstance(flags, dict) else {},
        further,
    )


def _value(found: dict[str, Raw], key: str, path: Path) -> Any:
    raw = found.get(key)
    return None if raw is None else decoded(raw, Any, files.pointer(path, key))


def _size(width: Any, height: Any) -> tuple[int, int] | None:
    """The stated size; X-AnyLabeling writes -1 where it does not know it."""
    sides = [int(n) if isinstance(n, str) and _DIGITS.fullmatch(n) else n for n in (width, height)]
    both = [n for n in sides if type(n) in (int, float) and 0 < n < MOST]
    numbers = [int(n) for n in both if n == int(n)]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else None
