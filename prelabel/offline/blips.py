"""Lone detections: those that no track of enough hits has."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import COLUMNS, Flag
from formats.tracks import rows

__all__ = ["BLIP", "lone", "mark"]

BLIP = "blip"
"""The attribute, true, of a detection that belongs to no track."""


def lone(table: Annotations, hits: int) -> NDArray[np.bool_]:
    """(N,) rows without a track, and those of tracks with fewer than `hits` detections."""
    tracks = rows.ids(table)
    seen = (tracks >= 0) & ~table.flagged(Flag.INTERPOLATED)
    numbers, counts = np.unique(tracks[seen], return_counts=True)
    return ~np.isin(tracks, numbers[counts >= hits])


def mark(table: Annotations, which: NDArray[np.bool_]) -> Annotations:
    """The table whose rows `which` (N,) have no track and the attribute `BLIP`."""
    if not which.any():
        return table
    old = COLUMNS["attributes"].blank(len(table)) if table.attributes is None else table.attributes
    attributes = old.copy()
    for i in np.flatnonzero(which).tolist():
        attributes[i] = MappingProxyType({**old[i], BLIP: True})
    return table.with_columns(tracks=np.where(which, -1, rows.ids(table)), attributes=attributes)
