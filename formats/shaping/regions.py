"""Rows as masks: polygons by COCO's rasteriser, other shapes by the centres of pixels."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import Kind
from formats.shaping import rings
from formats.unheld import KINDS
from geometry import masks as runs
from geometry.errors import GeometryError
from geometry.masks import Mask
from geometry.rings import Rings

__all__ = ["mask_of", "masks"]

Floats = NDArray[np.float64]
SHAPES = (Kind.BOX, Kind.ROTATED, Kind.ELLIPSE, Kind.POLYGON)
WORDS = {kind: f"{KINDS[kind]} written as a mask" for kind in SHAPES}
UNSIZED = "row of a picture whose size is not known, kept as it is"


def masks(table: Annotations, sizes: Floats, told: Counter[str]) -> Annotations:
    """Every row with an area as a mask; `sizes` (M, 2) are those of the pictures."""
    found: dict[int, Mask] = {}
    for kind, word in WORDS.items():
        for row in np.flatnonzero(table.kinds == kind).tolist():
            size = sizes[table.images[row]]
            mask = None if np.isnan(size).any() else mask_of(table, row, _whole(size))
            if mask is not None:
                found[row] = mask
            told[word if mask is not None else _reason(size)] += 1
    others = np.isin(table.kinds, (Kind.POINTS, Kind.LINE))
    if others.any():
        told["row that no mask can be told of, kept"] += int(others.sum())
    return _with(table, found) if found else table


def _whole(size: Floats) -> tuple[int, int]:
    return int(size[0]), int(size[1])


def _reason(size: Floats) -> str:
    return UNSIZED if np.isnan(size).any() else "row that no mask can be told of, kept"


def mask_of(table: Annotations, row: int, size: tuple[int, int]) -> Mask | None:
    """The pixels of a row in a picture of `size`; None where it has no area that can be drawn."""
    if table.kinds[row] == Kind.MASK and table.masks is not None:
        own: Mask | None = table.masks[row]
        return own
    parts = rings.drawn(table, row)
    if not parts:
        return None
    fill = runs.from_coco_rings if table.kinds[row] == Kind.POLYGON else runs.from_rings
    try:
        return fill(parts, size)
    except GeometryError:
        return None


def _with(table: Annotations, found: dict[int, Mask]) -> Annotations:
    """The table where some rows are masks."""
    where = list(found)
    columns: dict[str, Any] = {"kinds": table.kinds.copy()}
    columns["kinds"][where] = Kind.MASK
    columns["masks"] = np.empty(len(table), object) if table.masks is None else table.masks.copy()
    columns["masks"][where] = list(found.values())
    if table.rings is not None:
        order = np.arange(len(table))
        order[where] = len(table)
        columns["rings"] = Rings.concat([table.rings, Rings.empty(1)])[order]
    if table.rotated is not None:
        columns["rotated"] = table.rotated.copy()
        columns["rotated"][where] = np.nan
    return table.with_columns(**columns)
