"""The lines of a file of Labelbox, and the files of a folder that is written here.

::

    annotations.ndjson   one line per annotation, for ``MALPredictionImport`` or ``LabelImport``
    data_rows.json       the pictures, for ``Dataset.create_data_rows``
    ontology.json        the tools and questions that the annotations need
    classes.json         classes in their order; sizes.csv: sizes of the pictures
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw

from formats import files, json_text
from formats.errors import FormatError
from formats.format import Match
from formats.losses import Losses

__all__ = [
    "ANNOTATIONS",
    "DATA_ROWS",
    "ONTOLOGY",
    "file_of",
    "is_export",
    "key_of",
    "lines",
    "sniff",
]

ANNOTATIONS, DATA_ROWS, ONTOLOGY = "annotations.ndjson", "data_rows.json", "ontology.json"
LINES = frozenset({".ndjson", ".jsonl"})
SUFFIXES = LINES | {".json"}
HEAD = 1 << 16
NAMES = ("external_id", "global_key", "row_data", "id")
BROKEN = "line that tells of no picture, left out"


def lines(path: Path, losses: Losses) -> Iterator[tuple[str, dict[str, Any]]]:
    """The place and the value of every line that is not blank, or of every member of a list.

    Those that tell of no picture are counted; FormatError where none tells of one.
    """
    broken: FormatError | None = None
    read = 0
    for where, text in _texts(path):
        try:
            found = _decoded(text, where)
        except FormatError as error:
            broken = broken or error
            losses.add(BROKEN, example=error)
            continue
        read += 1
        yield where, found
    if broken is not None and not read:
        raise broken


def _decoded(text: bytes | Raw, where: str) -> dict[str, Any]:
    """A data row with its labels, or an annotation of one."""
    try:
        found = msgspec.json.decode(json_text.strict(bytes(text)))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise FormatError(f"not JSON: {error}", where=where) from error
    if not isinstance(found, dict):
        raise FormatError("expected an object", where=where)
    if not is_export(found):
        key_of(found, where)
    elif not isinstance(found["data_row"], dict):
        raise FormatError("data_row is no object", where=where)
    elif not any(found["data_row"].get(key) for key in NAMES):
        raise FormatError(f"data_row has none of {', '.join(NAMES)}", where=where)
    return found


def key_of(told: Mapping[str, Any], where: str) -> str:
    """What the data row of an annotation is called."""
    row = told.get("dataRow")
    for name in ("globalKey", "id"):
        value = row.get(name) if isinstance(row, dict) else None
        if isinstance(value, str) and value:
            return value
    raise FormatError("no dataRow with a globalKey or id", where=where)


def _texts(path: Path) -> Iterator[tuple[str, bytes | Raw]]:
    try:
        with path.open("rb") as stream:
            if _head(path).lstrip()[:1] == b"[":
                yield from _members(path)
                return
            for number, line in enumerate(stream, 1):
                text = line.removeprefix(files.BOM) if number == 1 else line
                if text.strip():
                    yield f"{path}:{number}", text
    except OSError as error:
        raise FormatError(f"cannot read: {error.strerror or error}", where=path) from error


def _members(path: Path) -> Iterator[tuple[str, Raw]]:
    try:
        found = msgspec.json.decode(files.read(path), type=list[Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(f"not JSON: {error}", where=path) from error
    for k, member in enumerate(found):
        yield files.pointer(path, k), member


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(HEAD).removeprefix(files.BOM)


def file_of(path: Path) -> Path:
    """The file itself, or in a folder the annotations to import, else its only lines."""
    if not path.is_dir() or (path / ANNOTATIONS).is_file():
        return path / ANNOTATIONS if path.is_dir() else path
    found = sorted(p for p in path.iterdir() if p.suffix.lower() in LINES)
    return found[0] if len(found) == 1 else path / ANNOTATIONS


def is_export(row: dict[str, Any]) -> bool:
    """Whether a line is a picture with all its labels; else it is one annotation."""
    return "data_row" in row


def sniff(path: Path) -> Match | None:
    """A claim on lines (or a list) of data rows with projects, or of annotations of a data row."""
    file = file_of(path)
    if path.is_dir() and file.name == ANNOTATIONS and not (path / DATA_ROWS).is_file():
        return None
    if file.suffix.lower() not in SUFFIXES or not file.is_file():
        return None
    start = _head(file).lstrip()
    if path.is_dir() and not start:
        return Match("annotations to import, none", 0.9)
    if start[:1] not in (b"{", b"["):
        return None
    if b'"data_row"' in start and b'"media_attributes"' in start:
        return Match("export v2, one line per data row", 0.9)
    return Match("annotations to import", 0.9) if b'"dataRow"' in start else None
