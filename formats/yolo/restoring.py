"""Scores and tracks of a sidecar put back on the rows they were written with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import COLUMNS
from formats.yolo.problems import Problems
from formats.yolo.sidecar import Kept

__all__ = ["restored"]


def restored(
    table: Annotations,
    kept: Mapping[str, Kept],
    names: Sequence[str],
    lines: NDArray[np.int64],
    problems: Problems,
) -> Annotations:
    """The table with the columns that `kept` has for the label files `names` of its pictures.

    `lines` (M,) is how many lines each file has; a file with other lines than were written, or
    with lines that could not be read, goes without.
    """
    found = [(i, kept[name]) for i, name in enumerate(names) if name in kept]
    if not found:
        return table
    bounds = np.searchsorted(table.images, np.arange(len(names) + 1))
    columns: dict[str, NDArray[Any]] = {}
    for i, entry in found:
        rows = slice(int(bounds[i]), int(bounds[i + 1]))
        if not entry.rows == rows.stop - rows.start == lines[i]:
            problems.odd("label file changed since its scores were written", 1, names[i])
            continue
        for name, values in entry.columns.items():
            columns[name] = _room(columns.get(name), name, len(table), values)
            columns[name][rows, ...] = _widened(values, columns[name])
    return table.with_columns(**columns)


def _room(column: NDArray[Any] | None, name: str, rows: int, values: NDArray[Any]) -> NDArray[Any]:
    """The column so far, as wide as `values` at least."""
    blank = COLUMNS[name].blank(rows, values)
    if column is None:
        return blank
    return column if column.shape[1:] >= blank.shape[1:] else _into(blank, column)


def _into(wide: NDArray[Any], column: NDArray[Any]) -> NDArray[Any]:
    wide[:, : column.shape[1]] = column
    return wide


def _widened(values: NDArray[Any], like: NDArray[Any]) -> NDArray[Any]:
    if values.ndim == 1:
        return values
    missing = like.shape[1] - values.shape[1]
    return np.pad(values, [(0, 0), (0, missing)], constant_values=np.nan)
