"""Rows that were read one by one as one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from formats.annotations import Annotations
from formats.columns import COLUMNS
from geometry.rings import Rings

__all__ = ["table"]


def table(rows: Sequence[dict[str, Any]]) -> Annotations:
    """The table of some rows, each a mapping of column to value; other columns are left out."""
    if not rows:
        return Annotations.empty()
    names = {name for row in rows for name in row} - {"rings"}
    columns: dict[str, Any] = {name: _column(name, rows) for name in names}
    if any("rings" in row for row in rows):
        columns["rings"] = Rings.of([row.get("rings", []) for row in rows])
    return Annotations.of(len(rows), **columns)


def _column(name: str, rows: Sequence[dict[str, Any]]) -> Any:
    column = COLUMNS[name]
    widest = max((len(row[name]) for row in rows if -1 in column.row and name in row), default=0)
    shape = tuple(widest if k < 0 else k for k in column.row)
    values = np.full((len(rows), *shape), column.fill, dtype=column.dtype)
    for i, row in enumerate(rows):
        if name not in row:
            continue
        if -1 in column.row:
            values[i, : len(row[name])] = row[name]
        else:
            values[i] = row[name]
    return values
