"""Values as JSON: fast, and slowly what the fast writer does not take."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import orjson

from formats.errors import FormatError

__all__ = ["dumps", "strict"]

Default = Callable[[Any], Any]


def dumps(value: Any, default: Default | None = None, option: int = 0, where: str = "") -> bytes:
    """A value as UTF-8 JSON; NaN and infinity are null, whole numbers may be of any length.

    FormatError for a text that UTF-8 cannot hold (the name of a file that is none), or what is
    nested more deeply than readers follow.
    """
    try:
        return orjson.dumps(value, default, option)
    except TypeError:
        return _slowly(value, where)


def strict(text: bytes) -> bytes:
    """A JSON text as it stands, or, where it has NaN or infinity, with null for them.

    ValueError (or RecursionError) for what is no JSON, even so.
    """
    if b"NaN" not in text and b"Infinity" not in text:
        return text
    return dumps(json.loads(text))


def _slowly(value: Any, where: str) -> bytes:
    try:
        text = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
        return text.encode()
    except UnicodeEncodeError as error:
        raise FormatError(f"a text that is not UTF-8: {value!r:.80}", where=where) from error
    except RecursionError as error:
        raise FormatError("values nested too deeply for JSON", where=where) from error


def _plain(value: Any) -> Any:
    """The same of what JSON has."""
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        inside = sorted(value) if isinstance(value, set | frozenset) else value
        return [_plain(inner) for inner in inside]
    return value
