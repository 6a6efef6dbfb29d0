"""The objects of a label file as the table of its picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from formats import cut, tables
from formats.annotations import Annotations
from formats.columns import Kind
from formats.errors import FormatError
from formats.labelme import keys, shapes
from formats.labelme.grouping import Object, Shape
from formats.labelme.points import BLANK, SCORES
from formats.labelme.skeletons import Skeletons
from formats.losses import Losses
from geometry.errors import GeometryError

__all__ = ["CUBOID", "Reading", "table"]

CUBOID = "cuboid"
KIND = "kind"
"""Key of a rectangle that is no more than the bounds of its keypoints."""
DRAWN = frozenset({"quadrilateral", "linestrip", "points"})
"""Types that a writer would not choose by itself, kept in the further keys of a row."""
FEW = 2
MOST = 1000
"""Keypoints that an object can have."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rows of every label file are made with."""

    classes: Mapping[str, int]
    skeletons: Skeletons
    as_track: bool
    losses: Losses


def table(found: Sequence[Object], size: tuple[int, int] | None, by: Reading) -> Annotations:
    """The rows of a picture's objects; what cannot be read is counted."""
    made = []
    for one in found:
        try:
            made.append(_row(one, size, by))
        except (FormatError, GeometryError) as error:
            by.losses.add(f"{one.first.kind} left out: {error.what}", 1, one.first.place)
    return tables.table(made)


def _row(one: Object, size: tuple[int, int] | None, by: Reading) -> dict[str, Any]:
    told = [shape.told for shape in one.shapes]
    first = one.first
    row = {"labels": by.classes[first.label], **shapes.read(first.kind, told, size)}
    cut.count(row, by.losses, first.place)
    row |= keys.columns(first.told, by.as_track)
    by.losses.add("further keys of a part", sum(_tells(s) for s in one.shapes[1:]), first.place)
    if first.kind == CUBOID:
        by.losses.warn("cuboid, read as the box around it", 1, first.place)
        row["extra"] = {**row.get("extra", {}), "shape_type": CUBOID, CUBOID: first.told["points"]}
    elif first.kind in DRAWN and len(told) == 1:
        row["extra"] = _drawn(first, row)
    if one.points or BLANK in row.get("extra", {}):
        _add_keypoints(row, one, by)
    return row


def _tells(shape: Shape) -> bool:
    """Whether a shape says more than its place and its group."""
    return bool(keys.columns(shape.told, as_track=False).keys() - {"groups"})


def _drawn(shape: Shape, row: dict[str, Any]) -> dict[str, Any]:
    """The further keys with the type of the shape, where another would be written for the row."""
    extra = row.get("extra", {})
    count = len(shape.told["points"])
    usual = count > FEW if shape.kind == "linestrip" else count > 1 and shape.kind == "points"
    return extra if usual else {**extra, "shape_type": shape.kind}


def _add_keypoints(row: dict[str, Any], one: Object, by: Reading) -> None:
    extra = dict(row.pop("extra", {}))
    known = extra.pop(SCORES, None)
    scores = dict(known) if isinstance(known, dict) else {}
    blank = extra.pop(BLANK, 0)
    placed: dict[str, tuple[float, float, float]] = {}
    for point in one.points:
        try:
            x, y = shapes.points(point.told)[0].tolist()
        except (FormatError, IndexError):
            by.losses.add("keypoint without a place", 1, point.place)
            continue
        placed[point.label] = (x, y, 1.0 if point.told.get("difficult") is True else 2.0)
        scores[point.label] = point.told.get("score")
    found = by.skeletons.column(one.first.label, placed)
    if not placed:
        found = np.zeros((blank if type(blank) is int and 0 <= blank < MOST else 0, 3))
    if len(found):
        row["keypoints"] = found
        row |= _scores(one, len(found), scores, by)
    if extra.get(KIND) == Kind.POINTS.name.lower() and len(found):
        row["kinds"] = Kind.POINTS
        del extra[KIND]
    row |= {"extra": extra} if extra else {}


def _scores(one: Object, count: int, told: Mapping[str, Any], by: Reading) -> dict[str, Any]:
    """The scores of keypoints, NaN for one that has none."""
    given = {name: value for name, value in told.items() if type(value) in (int, float)}
    names = by.skeletons.names(one.first.label)
    names = names if len(names) == count else tuple(str(k + 1) for k in range(count))
    found = np.array([given.get(name, np.nan) for name in names], dtype=np.float64)
    return {} if np.isnan(found).all() else {"keypoint_scores": found}
