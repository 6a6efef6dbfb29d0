"""Class names of a set: from a data.yaml, or a file with one name a line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from formats import files
from formats.errors import FormatError

__all__ = ["from_file", "from_yaml"]

Table = dict[int, str]


def from_file(path: Path) -> Table:
    """Names one a line (``classes.txt``, ``obj.names``); empty lines at the end are no class."""
    lines = [text.strip() for _, text in files.lines(path)]
    while lines and not lines[-1]:
        lines.pop()
    return dict(enumerate(lines))


def from_yaml(names: Any, count: Any, where: Path) -> Table:
    """The names of a data.yaml, a list or a mapping from class numbers, sorted by number.

    A set that only counts its classes (`nc`) has the names that ultralytics gives them.
    """
    if names is None or names == "":
        total = _number(count if count is not None else "0", "nc", where)
        return {k: f"class_{k}" for k in range(total)}
    if isinstance(names, Mapping):
        table = {_number(key, "names", where): str(name) for key, name in names.items()}
        return dict(sorted(table.items()))
    if isinstance(names, list):
        return {k: str(name) for k, name in enumerate(names)}
    raise FormatError(f"names is {names!r}, expected a list or a mapping", where=where)


def _number(value: Any, key: str, where: Path) -> int:
    try:
        number = int(float(value))
    except (TypeError, ValueError) as error:
        raise FormatError(f"{key}: {value!r}, expected a whole number", where=where) from error
    if number < 0 or number != float(value):
        raise FormatError(f"{key}: {value!r}, expected a whole number from 0", where=where)
    return number
