"""Rows as boxes: upright ones as they are stated, or the smallest turned ones around them."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import Kind
from formats.shaping import rings
from formats.unheld import KINDS, stated
from geometry import rotated as turned
from geometry.rings import Rings

__all__ = ["boxes", "rotated"]

Floats = NDArray[np.float64]
WORDS = {kind: word for kind, word in KINDS.items() if kind not in (Kind.BOX, Kind.TAG)}


def boxes(table: Annotations, _: Floats, told: Counter[str]) -> Annotations:
    """Every row but tags as its box, which is the stated one; keypoints stay."""
    there = (table.kinds != Kind.TAG) & np.isfinite(table.boxes).all(axis=1)
    for kind, word in WORDS.items():
        _count(told, f"{word} written as a box", there & (table.kinds == kind))
    kinds = np.where(there, np.uint8(Kind.BOX), table.kinds)
    return _bare(table, there).with_columns(kinds=kinds)


def rotated(table: Annotations, _: Floats, told: Counter[str]) -> Annotations:
    """Every row with an area as the smallest rotated box around it; a box has the angle 0.

    The stated upright box stays beside it.
    """
    five = np.full((len(table), 5), np.nan) if table.rotated is None else table.rotated.copy()
    upright = (table.kinds == Kind.BOX) & np.isfinite(table.boxes).all(axis=1)
    five[upright] = _upright(table.boxes[upright])
    drawn = np.isin(table.kinds, (Kind.POLYGON, Kind.MASK))
    for row, points in rings.points_of(table, drawn):
        five[row] = turned.upright(turned.from_polygon(points)[None])[0]
    found = ~np.isnan(five).any(axis=1) & (table.kinds != Kind.TAG)
    _count(told, "box written as a rotated box of angle 0", upright)
    for kind in (Kind.ELLIPSE, Kind.POLYGON, Kind.MASK):
        what = f"{WORDS[kind]} written as a rotated box, the smallest around"
        _count(told, what, found & (table.kinds == kind))
    _count(told, "row that no rotated box can be told of, kept", ~found & rings.placed(table))
    kinds = np.where(found, np.uint8(Kind.ROTATED), table.kinds)
    five[table.kinds == Kind.TAG] = np.nan
    return _bare(table, found).with_columns(
        kinds=kinds, rotated=None if np.isnan(five).all() else five
    )


def _upright(sides: Floats) -> Floats:
    """(N, 5) of upright boxes (N, 4)."""
    middle, size = (sides[:, :2] + sides[:, 2:]) / 2, sides[:, 2:] - sides[:, :2]
    return np.column_stack([middle, size, np.zeros(len(sides))])


def _bare(table: Annotations, rows: NDArray[np.bool_]) -> Annotations:
    """The table where some rows have neither polygon, mask nor rotated box."""
    columns: dict[str, Any] = {}
    if table.rings is not None and stated(table, "rings")[rows].any():
        order = np.where(rows, len(table), np.arange(len(table)))
        columns["rings"] = Rings.concat([table.rings, Rings.empty(1)])[order]
    if table.masks is not None:
        columns["masks"] = table.masks.copy()
        columns["masks"][rows] = None
    if table.rotated is not None:
        columns["rotated"] = np.where(rows[:, None], np.nan, table.rotated)
    return table.with_columns(**columns)


def _count(told: Counter[str], what: str, rows: NDArray[np.bool_]) -> None:
    if count := int(rows.sum()):
        told[what] += count
