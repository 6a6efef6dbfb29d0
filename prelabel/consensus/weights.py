"""Weights of raters from a file, or from the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from formats import files
from formats.errors import FormatError
from prelabel.errors import SettingsError

__all__ = ["given", "read"]

EXPECTED = 'expected {"raters": {"name": {"weight": 1.0}}} or {"name": 1.0}'


def given(texts: Sequence[str]) -> dict[str, float]:
    """The weights of ``name=number`` texts, and of files; later ones win."""
    found: dict[str, float] = {}
    for text in texts:
        name, equals, number = text.rpartition("=")
        if equals and not Path(text).exists():
            found[name] = _number(number, "--weights")
        else:
            found |= read(Path(text))
    return found


def read(path: Path) -> dict[str, float]:
    """The weights in a file that `prelabel gold score` wrote, or a plain mapping name -> weight."""
    try:
        raw = json.loads(files.read(path))
    except ValueError as error:
        raise FormatError(f"not JSON: {error}", where=path) from error
    if not isinstance(raw, Mapping):
        raise FormatError(EXPECTED, where=path)
    raters = raw.get("raters", raw)
    if not isinstance(raters, Mapping):
        raise FormatError(EXPECTED, where=path)
    return {str(name): _weight(entry, f"{path}: {name}") for name, entry in raters.items()}


def _weight(entry: Any, where: str) -> float:
    value = entry.get("weight") if isinstance(entry, Mapping) else entry
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FormatError(f"weight {value!r}, {EXPECTED}", where=where)
    return float(value)


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise SettingsError(f"weight {text!r}, expected a number", where) from error
