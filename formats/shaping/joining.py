"""Polygons of several parts or with holes: joined to one ring, or split into a row per part."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import COLUMNS, Kind
from geometry import polygons
from geometry.rings import Rings

__all__ = ["joined", "split"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
OWN = ("ids", "tracks", "areas", "keypoints", "keypoint_scores")
"""What only the first row of a split object keeps: it belongs to the whole."""


def joined(table: Annotations, _: Floats, told: Counter[str]) -> Annotations:
    """Each polygon as one ring: parts that overlap are united, others and holes are bridged.

    As many rows as before, each with its stated box and area; a bridge has no width. What has a
    point that is no number stays as it is.
    """
    rows = np.flatnonzero(_compound(table))
    if table.rings is None or not len(rows):
        return table
    told["polygon of several parts or with holes, joined to one ring"] += len(rows)
    fresh = [[[polygons.keyhole(table.rings.row(row))]] for row in rows.tolist()]
    order = np.arange(len(table))
    order[rows] = len(table) + np.arange(len(rows))
    return table.with_columns(rings=Rings.concat([table.rings, Rings.of(fresh)])[order])


def split(table: Annotations, _: Floats, told: Counter[str]) -> Annotations:
    """A row for each part of a polygon, with the part's own box; holes stay in their part.

    There are more rows than before. The id and track of the object stay with its first part, and
    its area is told no more.
    """
    several = _compound(table) & _of_parts(table)
    if table.rings is None or not several.any():
        return table
    counts = np.where(several, table.rings.counts(), 1)
    source = np.repeat(np.arange(len(table)), counts)
    first = np.diff(source, prepend=-1) > 0
    told["polygon of several parts, split into a row for each"] += int(several.sum())
    told["further row for a part of a polygon"] += len(source) - len(table)
    return _parted(table[source], _parts(table.rings, several), first, several[source])


def _compound(table: Annotations) -> Bools:
    """Polygons of more than one ring, all of whose points are numbers."""
    if table.rings is None:
        return np.zeros(len(table), dtype=bool)
    rings = table.rings
    counts = np.diff(rings.part_offsets[rings.row_offsets])
    finite = np.isfinite(polygons.bounds(rings)).all(axis=1)
    return np.asarray((counts > 1) & finite & (table.kinds == Kind.POLYGON))


def _of_parts(table: Annotations) -> Bools:
    return np.zeros(len(table), bool) if table.rings is None else table.rings.counts() > 1


def _parts(rings: Rings, several: Bools) -> Rings:
    """The polygons with a row for each part of `several`."""
    rows: list[Any] = []
    for row, is_split in zip(rings, several.tolist(), strict=True):
        rows += [[part] for part in row] if is_split else [row]
    return Rings.of(rows)


def _parted(table: Annotations, rings: Rings, first: Bools, split: Bools) -> Annotations:
    """The rows with their own parts; what belongs to the whole stays with the first one."""
    columns: dict[str, Any] = {"rings": rings, "boxes": table.boxes.copy()}
    columns["boxes"][split] = polygons.bounds(rings)[split]
    for name in OWN:
        column = getattr(table, name)
        if column is not None:
            column = column.copy()
            column[split if name == "areas" else split & ~first] = COLUMNS[name].fill
            columns[name] = column
    return table.with_columns(**columns)
