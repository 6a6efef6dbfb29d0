"""The objects of a COCO file, typed; what does not fit its type is kept aside, not lost.

The fast way decodes a list in one go. One object with an unknown key, a wrong type or a missing
key sends that list through the careful way, which looks at each object by itself.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw

from formats import files
from formats.coco.schema import Object
from formats.errors import FormatError
from formats.json_file import anything, entries
from formats.losses import Losses

__all__ = ["Objects", "objects", "paused"]

RAW = frozenset({"segmentation", "keypoints", "attributes", "keypoint_scores"})
TYPES: dict[str, Any] = {f.name: f.type for f in msgspec.structs.fields(Object)}
REQUIRED = ("image_id", "category_id")


@dataclass(slots=True)
class Objects:
    """Annotations in file order; `extra` has the unknown or unusable keys of some by position.

    `numbers` are the positions in the file where objects were left out, None where none was.
    """

    rows: list[Object] = field(default_factory=list)
    extra: dict[int, dict[str, Any]] = field(default_factory=dict)
    numbers: list[int] | None = None

    def place(self, row: int) -> int:
        """The position in the file of a row."""
        return row if self.numbers is None else self.numbers[row]


@contextmanager
def paused() -> Iterator[None]:
    """No garbage collection inside: none of many small new objects is garbage."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def objects(raw: Raw | None, path: Path, losses: Losses, key: str = "annotations") -> Objects:
    """The annotations of a file; those that no image or category could be told for are counted."""
    if raw is None:
        raise FormatError(f"no list {key!r}", where=path)
    with paused():
        try:
            return Objects(msgspec.json.decode(raw, type=list[Object]))
        except msgspec.ValidationError:
            return _each(entries(raw, path, key), files.pointer(path, *key.split()), losses)


def _each(raws: list[Raw], where: str, losses: Losses) -> Objects:
    strict = msgspec.json.Decoder(Object)
    result, numbers = Objects(), []
    row: Object | None
    for number, raw in enumerate(raws):
        try:
            row, extra = strict.decode(raw), None
        except msgspec.ValidationError:
            row, extra = _careful(raw, f"{where}/{number}", losses)
        if row is None:
            continue
        if extra:
            result.extra[len(result.rows)] = extra
        result.rows.append(row)
        numbers.append(number)
    result.numbers = numbers if len(numbers) < len(raws) else None
    return result


def _careful(raw: Raw, where: str, losses: Losses) -> tuple[Object | None, dict[str, Any] | None]:
    """One object: known keys of a usable type, and the rest as it stands."""
    try:
        values = msgspec.json.decode(raw, type=dict[str, Raw])
    except msgspec.ValidationError:
        losses.add("annotation that is not an object", example=where)
        return None, None
    known: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, value in values.items():
        if not _take(name, value, known):
            extra[name] = anything(value)
            if name in TYPES and extra[name] is not None:
                what = f"{name} of the wrong type, carried as it stands"
                losses.warn(what, example=f"{where}/{name}")
    missing = [name for name in REQUIRED if name not in known]
    if missing:
        losses.add(f"annotation without a usable {' and '.join(missing)}", example=where)
        return None, None
    return Object(**known), extra


def _take(name: str, value: Raw, known: dict[str, Any]) -> bool:
    """Put a known key of a usable type where it belongs; False for any other."""
    if name not in TYPES:
        return False
    if name in RAW:
        known[name] = value
        return True
    found = anything(value)
    if isinstance(found, bool):
        found = int(found)
    if isinstance(found, float) and TYPES[name] is not float and found.is_integer():
        found = int(found)
    try:
        known[name] = msgspec.convert(found, TYPES[name], strict=False)
    except msgspec.ValidationError:
        return False
    return not (isinstance(found, float) and not math.isfinite(found))
