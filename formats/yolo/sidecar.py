"""``scores.jsonl``: what label files have no columns for.

One JSON object per label file that has any of it, in the order of the lines of that file::

    {"labels": "labels/train/1.txt", "scores": [0.91, null], "tracks": [4, -1]}

`scores` null where a person drew the shape, `tracks` -1 for none, `keypoint_scores` a list per
line. A label file that has other lines by now is read without them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from formats import files
from formats.annotations import Annotations
from formats.errors import FormatError
from formats.unheld import stated

__all__ = ["COLUMNS", "FILE", "Kept", "line", "load", "present"]

FILE = "scores.jsonl"
COLUMNS = ("scores", "tracks", "keypoint_scores")


@dataclass(frozen=True, slots=True)
class Kept:
    """The columns of one label file."""

    rows: int
    columns: dict[str, NDArray[Any]]


def present(table: Annotations) -> list[str]:
    """The columns of a table that say something and have no place in a label file."""
    return [name for name in COLUMNS if stated(table, name).any()]


def line(labels: str, rows: Annotations, names: list[str]) -> bytes:
    """One line of the file, "" where these rows say nothing in any of the columns."""
    kept = {
        name: np.ascontiguousarray(getattr(rows, name))
        for name in names
        if stated(rows, name).any()
    }
    if not kept:
        return b""
    return orjson.dumps({"labels": labels, **kept}, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n"


def load(path: Path) -> dict[str, Kept]:
    """The columns of every label file; nothing where there is no such file."""
    if not path.is_file():
        return {}
    table = {}
    for number, text in enumerate(files.read(path).splitlines(), 1):
        where = f"{path}:{number}"
        try:
            found = orjson.loads(text)
            name = str(found["labels"])
            columns = {key: _column(key, found[key]) for key in COLUMNS if key in found}
            rows = {len(column) for column in columns.values()} or {0}
            if len(rows) > 1:
                raise ValueError(f"columns of {sorted(rows)} rows")
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise FormatError(f"not a line of scores: {error}", where=where) from error
        table[name] = Kept(rows.pop(), columns)
    return table


def _column(name: str, values: Any) -> NDArray[Any]:
    dtype = np.int64 if name == "tracks" else np.float64
    found = np.array(values, dtype=dtype)
    if found.ndim != 1 + (name == "keypoint_scores"):
        raise ValueError(f"{name} of {found.ndim} dimensions")
    return found
