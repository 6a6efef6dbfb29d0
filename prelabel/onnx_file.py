"""Is this file an ONNX model, and is it whole? Told from its bytes, before a runtime sees it.

An ONNX file is one protobuf message, ``ModelProto``: a row of fields, each a tag (field number and
wire type) and a value. Walking that top row is enough to tell a model from any other file, and a
whole one from one that was cut: a cut file ends inside its graph.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

from prelabel.errors import ModelError

__all__ = ["inspect", "sha256"]

GRAPH, OPSETS = 7, 8
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
LAST_FIELD = 26
"""ModelProto has fields up to 26 (configuration); a larger number means another kind of file."""

SIGNATURES = {
    b"PK\x03\x04": "a zip archive, such as a PyTorch .pt checkpoint",
    b"\x80\x02": "a Python pickle, such as a PyTorch checkpoint",
    b"version https://git-lfs": "a Git LFS pointer, not the file itself",
    b"\x89HDF": "an HDF5 file, such as a Keras model",
    b"<": "a web page or XML file",
    b"\xff\xd8\xff": "a JPEG picture",
    b"\x89PNG": "a PNG picture",
}
"""First bytes of what people pass by mistake."""


def inspect(path: Path) -> None:
    """Raise ModelError where `path` is no file, not ONNX, or an ONNX file that was cut."""
    if path.is_dir():
        raise ModelError("is a folder, expected an .onnx file", where=path)
    try:
        with path.open("rb") as file:
            _walk(file, path, path.stat().st_size)
    except OSError as error:
        raise ModelError(_reason(error), where=path) from error


def sha256(path: Path) -> str:
    """sha256 of the file's bytes, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _reason(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such model file"
    return f"cannot be read: {error.strerror or error}"


def _walk(file: BinaryIO, path: Path, size: int) -> None:
    if size == 0:
        raise ModelError("is empty, expected an ONNX model", where=path)
    head = file.read(32)
    file.seek(0)
    fields: set[int] = set()
    while file.tell() < size:
        number, wire = _tag(file)
        if not 1 <= number <= LAST_FIELD or (number == GRAPH and wire != BYTES):
            raise _foreign(path, head)
        end = _end(file, wire)
        if end is None:
            raise _foreign(path, head)
        if end > size:
            raise _cut(path, head, fields, number, size, end)
        fields.add(number)
        file.seek(end)
    if GRAPH not in fields:
        raise _foreign(path, head)


def _cut(path: Path, head: bytes, fields: set[int], number: int, size: int, end: int) -> ModelError:
    if number != GRAPH and GRAPH not in fields and not fields:
        return _foreign(path, head)
    return ModelError(
        f"the ONNX file is cut: {size} bytes, at least {end} expected",
        where=path,
        hint="download or export it again",
    )


def _foreign(path: Path, head: bytes) -> ModelError:
    kind = next((what for first, what in SIGNATURES.items() if head.startswith(first)), "")
    found = f"is not an ONNX model: it is {kind}" if kind else "is not an ONNX model"
    return ModelError(found, where=path, hint="export the model to ONNX first")


def _tag(file: BinaryIO) -> tuple[int, int]:
    """The next field number and wire type; (0, 0) where there is none."""
    value = _varint(file)
    return (0, 0) if value is None else (value >> 3, value & 7)


def _end(file: BinaryIO, wire: int) -> int | None:
    """Where the value that starts here ends; None for a value that protobuf does not have."""
    if wire == VARINT:
        return file.tell() if _varint(file) is not None else None
    if wire == BYTES:
        length = _varint(file)
        return None if length is None else file.tell() + length
    sizes = {FIXED64: 8, FIXED32: 4}
    return file.tell() + sizes[wire] if wire in sizes else None


def _varint(file: BinaryIO) -> int | None:
    """A base-128 number of at most 10 bytes, least significant group first."""
    value = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        if not byte:
            return None
        value |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return value
    return None
