"""The rows of each track of a clip table, and what makes one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import COLUMNS, Flag

__all__ = ["doubles", "flagged", "ids", "keyed", "lone", "spread", "unflagged"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def ids(table: Annotations) -> Ints:
    """(N,) the track of every row, -1 for none."""
    if table.tracks is None:
        return np.full(len(table), -1, dtype=np.int64)
    return table.tracks


def lone(table: Annotations) -> Bools:
    """(N,) rows that belong to no track."""
    return ids(table) < 0


def spread(table: Annotations) -> Iterator[tuple[int, Ints]]:
    """Every track and its rows in ascending frames; of several rows of a frame the first."""
    tracks = ids(table)
    order = np.lexsort((np.arange(len(table)), table.images, tracks))
    order = order[(tracks[order] >= 0) & ~doubles(table)[order]]
    found, starts = np.unique(tracks[order], return_index=True)
    if len(found):
        yield from zip(found.tolist(), np.split(order, starts[1:]), strict=True)


def doubles(table: Annotations) -> Bools:
    """(N,) rows whose track has an earlier row in the same frame."""
    tracks = ids(table)
    order = np.lexsort((np.arange(len(table)), table.images, tracks))
    same = (np.diff(tracks[order]) == 0) & (np.diff(table.images[order]) == 0)
    found = np.zeros(len(table), dtype=bool)
    found[order[1:][same]] = True
    return found & (tracks >= 0)


def keyed(table: Annotations) -> Bools:
    """(N,) rows of sparse tracks: of those that have a keyframe."""
    tracks = ids(table)
    sparse = np.unique(tracks[table.flagged(Flag.KEYFRAME)])
    return np.isin(tracks, sparse) & (tracks >= 0)


def flagged(table: Annotations, flag: Flag) -> Annotations:
    """The rows, each with a flag."""
    return table.with_columns(flags=_flags(table) | np.uint16(flag))


def unflagged(table: Annotations, flag: Flag) -> Annotations:
    """The rows without a flag; the column goes where nothing is left in it."""
    if table.flags is None:
        return table
    left = table.flags & np.uint16(~flag & 0xFFFF)
    return table.with_columns(flags=left if left.any() else None)


def _flags(table: Annotations) -> NDArray[np.uint16]:
    return COLUMNS["flags"].blank(len(table)) if table.flags is None else table.flags
