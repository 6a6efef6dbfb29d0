"""VIA's files as pictures with regions, whatever version and form they are of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from msgspec import Raw

from formats import files
from formats.errors import FormatError
from formats.json_file import decoded, document
from formats.losses import Losses
from formats.via import csv_cells, third

__all__ = ["HEADER", "Document", "Picture", "load"]

HEADER = (
    "filename",
    "file_size",
    "file_attributes",
    "region_count",
    "region_id",
    "region_shape_attributes",
    "region_attributes",
)
"""Columns of the CSV form; version 1 writes ``#`` before the first."""
PICTURES, ATTRIBUTES, ORDER = "_via_img_metadata", "_via_attributes", "_via_image_id_list"
CARRIED = ("_via_settings", ATTRIBUTES)
DIGITS = 18


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its stated name, what was said of it, and its regions as they stand."""

    where: str
    name: str
    bytes: int
    regions: list[Any]
    attributes: Mapping[str, Any]
    further: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """One file. `raws` are its pictures by their keys, in order; `extra` is of the whole file."""

    path: Path
    raws: Mapping[str, Raw | Picture]
    extra: Mapping[str, Any]

    @property
    def declared(self) -> Mapping[str, Any]:
        """The region attributes that a project declares: type, options, default."""
        return self._declared("region")

    @property
    def declared_of_files(self) -> Mapping[str, Any]:
        """The file attributes that a project declares."""
        return self._declared("file")

    def _declared(self, of: str) -> Mapping[str, Any]:
        found = self.extra.get(ATTRIBUTES)
        told = found.get(of) if isinstance(found, dict) else None
        return told if isinstance(told, dict) else {}

    def pictures(self, losses: Losses) -> Iterator[Picture]:
        """The pictures, decoded one by one; an entry of another form is counted."""
        for key, raw in self.raws.items():
            where = files.pointer(self.path, key)
            found = raw if isinstance(raw, Picture) else _picture(raw, where)
            if found is None:
                losses.add("entry that is no picture with a name left out", example=where)
            else:
                yield found


def load(path: Path, losses: Losses) -> Document:
    """A file of any form; FormatError for one that is of none."""
    if path.suffix.lower() == ".csv":
        return Document(path, _of_csv(path, losses), {})
    try:
        found = document(path, losses)
        if not isinstance(found, dict):
            raise FormatError("expected an object of pictures or a project", where=path)
        if third.claims(found):
            extra = {ATTRIBUTES: third.declared(found, path)}
            return Document(path, dict(third.pictures(found, path, losses)), extra)
        return _of_json(path, found)
    except RecursionError as error:
        raise FormatError("lists or objects too deep inside each other", where=path) from error


def _of_json(path: Path, found: dict[str, Raw]) -> Document:
    if PICTURES not in found:
        return Document(path, found, {})
    where = files.pointer(path, PICTURES)
    pictures: dict[str, Raw] = decoded(found[PICTURES], dict[str, Raw], where)
    extra = {k: decoded(found[k], Any, files.pointer(path, k)) for k in CARRIED if k in found}
    order: Any = decoded(found[ORDER], Any, files.pointer(path, ORDER)) if ORDER in found else []
    keys = [key for key in order if isinstance(key, str)] if isinstance(order, list) else []
    ordered = {key: pictures[key] for key in keys if key in pictures}
    return Document(path, {**ordered, **pictures}, extra)


def _picture(raw: Raw, where: str) -> Picture | None:
    found: Any = decoded(raw, Any, where)
    if not isinstance(found, dict) or not isinstance(found.get("filename"), str):
        return None
    regions = found.get("regions")
    listed = list(regions.values()) if isinstance(regions, dict) else regions
    size, told = found.get("size"), found.get("file_attributes")
    own = ("filename", "size", "regions", "file_attributes", "fileref", "base64_img_data")
    return Picture(
        where,
        found["filename"],
        _bytes(size),
        listed if isinstance(listed, list) else [],
        told if isinstance(told, dict) else {},
        {k: v for k, v in found.items() if k not in own},
    )


def _bytes(size: Any) -> int:
    """The stated size of a picture's file; older versions write it as a text."""
    if isinstance(size, str) and size.isascii() and size.isdigit() and len(size) < DIGITS:
        return int(size)
    return size if type(size) is int else -1


def _of_csv(path: Path, losses: Losses) -> dict[str, Picture]:
    """The pictures of lines of regions; a picture without any has one line of empty objects."""
    made: dict[str, Picture] = {}
    reader = csv_cells.rows(files.lines(path))
    _, head = next(reader, (1, []))
    if tuple(cell.lstrip("#") for cell in head) != HEADER:
        what = f"expected the columns {','.join(HEADER)}, found {','.join(head)[:80]}"
        raise FormatError(what, where=f"{path}:1")
    for number, cells in reader:
        if cells:
            _line(cells, f"{path}:{number}", made, losses)
    return made


def _line(cells: list[str], where: str, made: dict[str, Picture], losses: Losses) -> None:
    if len(cells) != len(HEADER):
        losses.add(f"line of other than {len(HEADER)} columns left out", example=where)
        return
    name, size = cells[0], cells[1]
    told, shape, said = (_object(cell) for cell in (cells[2], cells[5], cells[6]))
    key = f"{name}{size}"
    if key not in made:
        made[key] = Picture(where, name, _bytes(size), [], told or {})
    if told is None or shape is None or said is None:
        losses.add("region whose cells are no JSON left out", example=where)
    elif shape or said:
        made[key].regions.append({"shape_attributes": shape, "region_attributes": said})


def _object(cell: str) -> dict[str, Any] | None:
    try:
        found = orjson.loads(cell or "{}")
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
