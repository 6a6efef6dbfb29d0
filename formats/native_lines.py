"""The lines of native files: a header, and one item per line, to bytes and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import orjson
from numpy.typing import NDArray

from formats import json_text
from formats.annotations import Annotations
from formats.columns import COLUMNS
from formats.dataset import Dataset, Item, Label, Media, Source
from formats.errors import FormatError
from geometry import masks
from geometry.errors import GeometryError
from geometry.masks import Mask
from geometry.rings import Rings

__all__ = [
    "MAGIC",
    "VERSION",
    "Header",
    "decode_header",
    "decode_item",
    "encode_header",
    "encode_item",
]

VERSION = 1
MAGIC = b'{"prelabel":'
OFFSETS = ("ring_offsets", "part_offsets", "row_offsets")
OPTIONS = orjson.OPT_SERIALIZE_NUMPY


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line tells; `root` is relative to the file's folder."""

    labels: tuple[Label, ...]
    sources: tuple[Source, ...] = ()
    media: tuple[Media, ...] = ()
    root: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    prelabel: int
    labels: tuple[Label, ...] = ()
    sources: tuple[Source, ...] = ()
    media: tuple[Media, ...] = ()
    root: str = ""
    extra: dict[str, Any] = {}


class _Item(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    path: str
    size: tuple[int, int] | None = None
    id: int | None = None
    annotator: str = ""
    split: str = ""
    media: int | None = None
    frame: int | None = None
    time: float | None = None
    status: str = ""
    extra: dict[str, Any] = {}
    annotations: dict[str, Any] | None = None


FIELDS = tuple(name for name in _Item.__struct_fields__ if name != "annotations")


def encode_header(dataset: Dataset, root: str = "") -> bytes:
    """The first line, without its end. `root` is the pictures' folder as seen from the file."""
    header: dict[str, Any] = {"prelabel": VERSION}
    header["labels"] = [_short(label) for label in dataset.labels]
    for name in ("sources", "media"):
        if value := getattr(dataset, name):
            header[name] = [_short(entry) for entry in value]
    if root:
        header["root"] = root
    if dataset.extra:
        header["extra"] = dataset.extra
    return json_text.dumps(header, _plain)


def _short(record: Any) -> dict[str, Any]:
    """The fields of a record that say something."""
    values = {name: getattr(record, name) for name in record.__dataclass_fields__}
    return {k: v for k, v in values.items() if v is not None and (k == "name" or not _empty(v))}


def _empty(value: Any) -> bool:
    return value == "" or (isinstance(value, tuple | Mapping) and not value)


def _plain(value: Any) -> Any:
    """Read-only mappings and NumPy scalars as JSON has them."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def decode_header(line: bytes, where: str) -> Header:
    """The header of a first line; FormatError for another version or what is none."""
    try:
        found = msgspec.json.decode(line, type=_Header)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FormatError(f"not the header of a native file: {error}", where=where) from error
    if found.prelabel != VERSION:
        wanted = f"version {found.prelabel} of the native format, expected {VERSION}"
        raise FormatError(wanted, where=where)
    return Header(found.labels, found.sources, found.media, found.root, found.extra)


def encode_item(item: Item) -> bytes:
    """One item as one line, without its end; NaN is null, numbers are written exactly."""
    line = {
        name: value
        for name in FIELDS
        if (value := getattr(item, name)) is not None and not _empty(value)
    }
    line["path"] = item.path
    if item.annotations is not None:
        line["annotations"] = _columns(item.annotations)
    return json_text.dumps(line, _plain, OPTIONS, item.path)


def _columns(table: Annotations) -> dict[str, Any]:
    found: dict[str, Any] = {"rows": len(table)}
    for name, value in table.columns().items():
        if isinstance(value, Rings):
            found[name] = {key: getattr(value, key) for key in ("points", *OFFSETS)}
        elif name == "masks":
            found[name] = [None if m is None else _mask(m) for m in value]
        elif name != "images":
            found[name] = _cells(value)
    return found


def _cells(value: NDArray) -> Any:
    """A column for JSON: infinity, which JSON has not, as a text; the shape of an empty one."""
    if value.ndim > 1 and not value.size:
        return {"shape": value.shape}
    if value.dtype == object:
        return value.tolist()
    if value.dtype.kind == "f" and np.isinf(value).any():
        cells = value.astype(object)
        cells[np.isinf(value)] = [str(number) for number in value[np.isinf(value)]]
        return cells.tolist()
    return np.ascontiguousarray(value)


def _mask(mask: Mask) -> list[Any]:
    return [*mask.size, masks.to_coco_string(mask)]


def _decoded(value: list[Any]) -> Mask:
    width, height, counts = value
    return masks.from_coco_string(counts, (width, height))


def decode_item(line: bytes, where: str) -> Item:
    """The item of a line; FormatError names `where` for a line that is cut off or wrong."""
    try:
        found = msgspec.json.decode(line, type=_Item)
        return Item(
            **{name: getattr(found, name) for name in FIELDS},
            annotations=None if found.annotations is None else _table(found.annotations),
        )
    except (msgspec.DecodeError, UnicodeDecodeError, GeometryError) as error:
        raise FormatError(f"not an item of a native file: {error}", where=where) from error
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise FormatError(f"a column of the wrong shape: {error}", where=where) from error


def _table(columns: dict[str, Any]) -> Annotations:
    rows = columns.pop("rows")
    longest = max((len(v) for v in columns.values() if isinstance(v, list)), default=0)
    if rows > longest:
        raise ValueError(f"no column has shape ({rows}, ...), the longest has {longest} rows")
    made: dict[str, Any] = {"images": np.zeros(rows, np.int32)}
    for name, value in columns.items():
        if name == "rings":
            made[name] = _rings(value)
        elif name == "masks":
            made[name] = [None if m is None else _decoded(m) for m in value]
        elif COLUMNS[name].dtype == "O":
            made[name] = value
        else:
            made[name] = _array(name, value)
    return Annotations.of(rows, **made)


def _rings(value: dict[str, Any]) -> Rings:
    points = np.array(value["points"], dtype=np.float64).reshape(-1, 2)
    offsets = [np.array(value[key], dtype=np.int64) for key in OFFSETS]
    ends = [len(points), *(len(inner) - 1 for inner in offsets[:2])]
    for key, column, end in zip(OFFSETS, offsets, ends, strict=True):
        rising = column.ndim == 1 and len(column) and (np.diff(column) >= 0).all()
        if not rising or column[0] != 0 or column[-1] != end:
            raise ValueError(f"{key} do not rise from 0 to {end}")
    return Rings(points, *offsets)


def _array(name: str, value: Any) -> NDArray:
    dtype = COLUMNS[name].dtype
    if isinstance(value, dict):
        shape = [min(int(side), 1 << 31) for side in value["shape"]]
        if 0 not in shape:
            raise ValueError(f"{name} of shape {shape} without values")
        return np.empty(shape, dtype=dtype)
    return np.array(value, dtype=dtype)
