"""A JSON file whose values stay raw until somebody wants them, and errors that name their place."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from formats import files, json_text
from formats.errors import FormatError
from formats.losses import Losses

__all__ = ["anything", "decoded", "document", "entries"]

Value = TypeVar("Value")
DIGITS = 4000
"""More of them Python does not take for a whole number."""
BEYOND = "out of range"
"""What msgspec says of a number that no double holds."""


def document(path: Path, losses: Losses) -> Any:
    """The whole file: an object with raw values by key, or the raw text of a list."""
    data = files.read(path)
    files.check(data, path)
    if data.lstrip()[:1] not in (b"{", b"["):
        raise FormatError("neither a JSON object nor a list", where=path)
    kind: Any = Raw if data.lstrip()[:1] == b"[" else dict[str, Raw]
    try:
        return msgspec.json.decode(data, type=kind)
    except RecursionError as error:
        raise FormatError("values nested too deeply", where=path) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        losses.warn("file with NaN or Infinity, which is no JSON: read as null", example=path)
        return msgspec.json.decode(_plain(data, path, error), type=kind)


def _plain(data: bytes, path: Path, cause: Exception) -> bytes:
    """The same JSON without NaN and Infinity, which some writers leave in."""
    try:
        return json_text.dumps(_lenient(data), where=str(path))
    except (ValueError, RecursionError) as e:
        line = f":{e.lineno}" if isinstance(e, json.JSONDecodeError) else ""
        raise FormatError(f"not JSON: {e}", where=f"{path}{line}") from cause


def anything(raw: Raw) -> Any:
    """The value of a raw text, whatever it is; a number that no double holds is None."""
    try:
        return msgspec.json.decode(raw)
    except msgspec.ValidationError:
        return _lenient(bytes(raw))


def _lenient(data: bytes) -> Any:
    return json.loads(data, parse_float=_finite, parse_int=_whole, parse_constant=lambda _: None)


def _whole(digits: str) -> int | None:
    return int(digits) if len(digits) <= DIGITS else None


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def entries(raw: Raw | None, path: Path, key: str) -> list[Raw]:
    """The raw members of the list that a key holds; FormatError names what was found instead."""
    if raw is None:
        raise FormatError(f"no list {key!r}", where=path)
    return decoded(raw, list[Raw], files.pointer(path, key))


def decoded(raw: Raw | bytes, kind: Callable[..., Value], where: str) -> Value:
    """A raw value as a type; a number that no double holds is None. FormatError names its place."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except RecursionError as error:
        raise FormatError("values nested too deeply", where=where) from error
    except msgspec.ValidationError as error:
        if BEYOND not in str(error):
            raise FormatError(str(error), where=where) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FormatError(str(error), where=where) from error
    try:
        return msgspec.convert(anything(Raw(raw)), kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise FormatError(str(error), where=where) from error
