"""Annotations of one object as one row.

Datumaro tells an object of several shapes, as it reads them from COCO, as annotations of one id and
one group behind each other: its polygons or its mask, its box, its keypoints.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

import numpy as np

from formats.columns import Kind

__all__ = ["joined"]

Row = dict[str, Any]
KEYS = ("images", "labels", "ids", "groups")
SAID = ("attributes", "flags", "scores", "tracks", "extra")
OUTLINES = (Kind.POLYGON, Kind.MASK)
SEVERAL = {Kind.POLYGON: 1 << 30, Kind.MASK: 1, Kind.BOX: 1, Kind.POINTS: 1}
"""How many shapes of a kind one object may have."""


def joined(rows: Iterable[Row]) -> list[Row]:
    """The rows, where those that follow each other and are of one object are one.

    Rows without an id and a group of their own, of other kinds of shapes, or that say different
    things stay as they are.
    """
    found: list[Row] = []
    for key, some in groupby(rows, lambda row: tuple(row.get(name) for name in KEYS)):
        of = list(some)
        found += [_one(of)] if None not in key and len(of) > 1 and _is_one(of) else of
    return found


def _is_one(of: list[Row]) -> bool:
    kinds = [row["kinds"] for row in of]
    if any(kinds.count(kind) > SEVERAL.get(kind, 0) for kind in kinds):
        return False
    if all(kind in kinds for kind in OUTLINES):
        return False
    return all(row.get(name) == of[0].get(name) for row in of for name in SAID)


def _one(of: list[Row]) -> Row:
    """One row with the shape of the outline, else the box; the stated box, else that around it."""
    by = {kind: [row for row in of if row["kinds"] == kind] for kind in SEVERAL}
    outline = by[Kind.POLYGON] or by[Kind.MASK] or by[Kind.BOX]
    row = dict(outline[0])
    if by[Kind.POLYGON]:
        row["rings"] = [part for one in by[Kind.POLYGON] for part in one["rings"]]
    boxes = np.array([one["boxes"] for one in by[Kind.BOX] or outline])
    row["boxes"] = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])
    if by[Kind.POINTS]:
        row["keypoints"] = by[Kind.POINTS][0]["keypoints"]
    return row
