"""The objects of a COCO file, typed; what does not fit its type is kept aside, not lost.

The fast way decodes a list in one go. Where one object of it has a wrong type or lacks a key, the
careful way looks at each object by itself.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Raw
from numpy.typing import NDArray

from formats import files
from formats.coco.schema import Object
from formats.errors import FormatError
from formats.json_file import anything, entries
from formats.losses import Losses

__all__ = ["Objects", "head", "objects", "one", "paused"]

RAW = frozenset({"segmentation", "keypoints", "attributes", "keypoint_scores"})
TYPES: dict[str, Any] = {f.name: f.type for f in msgspec.structs.fields(Object)}
REQUIRED = ("image_id", "category_id")
STRICT = msgspec.json.Decoder(Object)
Ints = NDArray[np.int32]


@dataclass(slots=True)
class Objects:
    """Annotations in file order; `extra` has the unknown or unusable keys of some by position.

    `numbers` are the positions in the file where objects were left out, None where none was;
    `base` is the place of the list.
    """

    rows: list[Object] = field(default_factory=list)
    extra: dict[int, dict[str, Any]] = field(default_factory=dict)
    numbers: list[int] | None = None
    base: str = ""

    def where(self, row: int) -> str:
        """The place of a row."""
        return f"{self.base}/{row if self.numbers is None else self.numbers[row]}"

    def belonging(self, images: Mapping[int, int], classes: Mapping[int, int]) -> tuple[Ints, Ints]:
        """As `Annotated.belonging`."""
        n = len(self.rows)
        found = (images.get(row.image_id, -1) for row in self.rows)
        labels = (classes.get(row.category_id, -1) for row in self.rows)
        return np.fromiter(found, np.int32, n), np.fromiter(labels, np.int32, n)

    def some(
        self, order: NDArray[np.int64], losses: Losses
    ) -> tuple[list[Object], list[dict[str, Any]]]:
        """The objects at some positions, and the further keys of each."""
        rows, extra = self.rows, self.extra
        chosen = order.tolist()
        return [rows[i] for i in chosen], [dict(extra.get(i, ())) for i in chosen]


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
    where = files.pointer(path, *key.split())
    with paused():
        try:
            return Objects(msgspec.json.decode(raw, type=list[Object]), base=where)
        except msgspec.ValidationError:
            return _each(entries(raw, path, key), where, losses)


def _each(raws: list[Raw], where: str, losses: Losses) -> Objects:
    result, numbers = Objects(base=where), []
    for number, raw in enumerate(raws):
        row, extra = one(raw, f"{where}/{number}", losses)
        if row is None:
            continue
        if extra:
            result.extra[len(result.rows)] = extra
        result.rows.append(row)
        numbers.append(number)
    result.numbers = numbers if len(numbers) < len(raws) else None
    return result


def one(raw: Raw, where: str, losses: Losses) -> tuple[Object | None, dict[str, Any]]:
    """One object and the keys that do not fit it; None where it belongs to nothing."""
    try:
        return STRICT.decode(raw), {}
    except msgspec.ValidationError:
        return _careful(raw, where, losses)
    except msgspec.DecodeError as error:
        raise FormatError(str(error), where=where) from error


def head(raw: Raw, where: str, losses: Losses) -> tuple[int, int] | None:
    """The image id and category id of an object; one without them is counted."""
    known: dict[str, Any] = {}
    values = _values(raw, where, losses)
    for name in REQUIRED:
        if values is not None and name in values:
            _take(name, values[name], known)
    if values is None or _is_lost(known, where, losses):
        return None
    return known["image_id"], known["category_id"]


def _careful(raw: Raw, where: str, losses: Losses) -> tuple[Object | None, dict[str, Any]]:
    """One object: known keys of a usable type, and the rest as it stands."""
    values = _values(raw, where, losses)
    known: dict[str, Any] = {}
    extra: dict[str, Any] = {}
    for name, value in (values or {}).items():
        if not _take(name, value, known):
            extra[name] = anything(value)
            if name in TYPES and extra[name] is not None:
                what = f"{name} of the wrong type, carried as it stands"
                losses.warn(what, example=f"{where}/{name}")
    if values is None or _is_lost(known, where, losses):
        return None, {}
    return Object(**known), extra


def _values(raw: Raw, where: str, losses: Losses) -> dict[str, Raw] | None:
    try:
        return msgspec.json.decode(raw, type=dict[str, Raw])
    except msgspec.ValidationError:
        losses.add("annotation that is not an object", example=where)
        return None


def _is_lost(known: Mapping[str, Any], where: str, losses: Losses) -> bool:
    """Whether an object does not tell what it belongs to, which is counted."""
    missing = [name for name in REQUIRED if name not in known]
    if missing:
        losses.add(f"annotation without a usable {' and '.join(missing)}", example=where)
    return bool(missing)


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
    if isinstance(found, str) and found.isdecimal():
        found = found.lstrip("0") or "0"  # 000000000139
    try:
        known[name] = msgspec.convert(found, TYPES[name], strict=False)
    except msgspec.ValidationError:
        return False
    return not (isinstance(found, float) and not math.isfinite(found))
