"""Which rows have something that a target format does not hold: the generic part of a report.

`where` is a place, or the paths of the pictures of a chunk, of which the first that loses
something is told.
"""

from __future__ import annotations

from collections.abc import Callable, Container

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotation, Annotations
from formats.columns import COLUMNS, Kind
from formats.losses import Losses
from geometry import masks, polygons, rotated
from geometry.rings import Rings

__all__ = [
    "COLUMN_OF",
    "KINDS",
    "Where",
    "boxes",
    "count",
    "finite",
    "first",
    "flat",
    "hidden",
    "kinds",
    "nowhere",
    "report",
    "sound",
    "stated",
    "swapped",
    "unsound",
]

NOWHERE = "object without a place"
NOT_FINITE = "object with NaN or infinity"

WORDS = {
    "scores": "score",
    "rotated": "rotated box",
    "rings": "polygon",
    "masks": "mask",
    "keypoints": "keypoints",
    "keypoint_scores": "keypoint scores",
    "tracks": "track id",
    "flags": "flags",
    "areas": "stated area",
    "ids": "annotation id",
    "groups": "group",
    "sources": "source of the annotation",
    "attributes": "attributes",
    "extra": "unknown keys",
}
"""What a column is called in a loss report."""

KINDS = {
    Kind.BOX: "box",
    Kind.ROTATED: "rotated box",
    Kind.ELLIPSE: "ellipse",
    Kind.POLYGON: "polygon",
    Kind.MASK: "mask",
    Kind.POINTS: "set of points",
    Kind.LINE: "line",
    Kind.TAG: "tag",
}
"""What a row of a kind is called there."""

Where = object | list[str]
"""A place, or the paths of the pictures of a chunk."""
Tell = Callable[[str, int, object], None]

NEAR = 0.5
"""Pixels that a stated box may differ from the one around the shape without a word."""
CORNERS = 3
"""Points that an outline has at least."""
COLUMN_OF = {Kind.POLYGON: "rings", Kind.MASK: "masks", Kind.ROTATED: "rotated"}
"""The column that a row of a kind says what it is in."""


def stated(table: Annotations, name: str) -> NDArray[np.bool_]:
    """(N,) which rows say something in a column: not None, NaN, -1, 0 flags or an empty mapping."""
    value = getattr(table, name)
    if value is None:
        return np.zeros(len(table), dtype=bool)
    if isinstance(value, Rings):
        return value.counts() > 0
    if value.dtype == object:
        found = (cell is not None if name == "masks" else bool(cell) for cell in value)
        return np.fromiter(found, bool, len(value))
    axes = tuple(range(1, value.ndim))
    if value.dtype.kind == "f":
        return ~np.isnan(value).all(axis=axes)
    return np.asarray(value != COLUMNS[name].fill)


def report(table: Annotations, holds: Container[str], losses: Losses, where: Where = "") -> None:
    """Count the rows of every column of the table that a format does not hold."""
    for name in table.columns():
        if name in WORDS and name not in holds:
            count(losses.add, WORDS[name], table, stated(table, name), where)


def kinds(table: Annotations, held: Container[Kind], losses: Losses, where: Where = "") -> None:
    """Count the rows whose kind is not among those that come back as the same kind.

    What `report` has counted by its column is not counted again.
    """
    for kind in map(Kind, np.unique(table.kinds)):
        if kind in held:
            continue
        rows = table.kinds == kind
        column = COLUMN_OF.get(kind)
        if column and WORDS[column] in losses.by_kind:
            rows &= ~stated(table, column)
        count(losses.add, f"{KINDS[kind]} not kept as such", table, rows, where)


def hidden(table: Annotations, losses: Losses, where: Where = "") -> None:
    """Count polygons and masks of rows of another kind, for formats that write a row by its kind.

    Polygons of ellipses, lines and tags are left to `kinds`, which reports those rows.
    """
    for name, kind in (("rings", Kind.POLYGON), ("masks", Kind.MASK)):
        others = (kind, Kind.ELLIPSE, Kind.LINE, Kind.TAG)
        odd = stated(table, name) & ~np.isin(table.kinds, others)
        count(losses.add, f"{WORDS[name]} of a row of another kind", table, odd, where)


def nowhere(table: Annotations) -> NDArray[np.bool_]:
    """(N,) rows other than tags that have no place: skeletons without a labelled point."""
    return np.asarray(np.isnan(table.boxes).all(axis=1) & (table.kinds != Kind.TAG))


def unsound(table: Annotations, odd: NDArray[np.bool_], losses: Losses, where: Where = "") -> None:
    """Count rows (N,) that are left out for want of finite coordinates, by what they lack."""
    bare = nowhere(table)
    count(losses.add, NOWHERE, table, odd & bare, where)
    count(losses.add, NOT_FINITE, table, odd & ~bare, where)


def finite(row: Annotation) -> bool:
    """Whether all coordinates of a row's box, rings and rotated box are numbers."""
    rings = [ring for part in row.rings or () for ring in part]
    arrays = [row.box, *rings, *([] if row.rotated is None else [row.rotated])]
    return all(bool(np.isfinite(array).all()) for array in arrays)


def sound(row: Annotation, losses: Losses, where: object = "") -> bool:
    """Whether a row's coordinates are finite; one that is left out for it is counted."""
    found = finite(row)
    if not found:
        losses.add(NOWHERE if np.isnan(row.box).all() else NOT_FINITE, 1, where)
    return found


def boxes(table: Annotations, losses: Losses, where: Where = "") -> None:
    """Count boxes of polygons, masks and rotated boxes that are not the ones around their shapes.

    For formats that write such shapes without a box of their own.
    """
    shaped = np.isin(table.kinds, (Kind.POLYGON, Kind.LINE, Kind.ROTATED, Kind.MASK))
    off = shaped & (np.abs(table.boxes - _around(table)) > NEAR).any(axis=1)
    count(losses.add, "stated box, other than that around the shape", table, off, where)


def swapped(table: Annotations, losses: Losses, where: Where = "") -> None:
    """Count boxes of a negative width or height, for formats that tell a box by its corners."""
    sides = table.boxes[:, 2:] - table.boxes[:, :2]
    odd = (table.kinds == Kind.BOX) & (sides < 0).any(axis=1)
    count(losses.add, "box of negative width or height, its corners swapped", table, odd, where)


def first(table: Annotations, rows: NDArray[np.bool_], where: Where) -> object:
    """The picture of the first of some rows (N,), where `where` are paths."""
    if not isinstance(where, list):
        return where
    return where[int(table.images[int(np.argmax(rows))])] if rows.any() else ""


def count(tell: Tell, what: str, table: Annotations, rows: NDArray[np.bool_], where: Where) -> None:
    """Tell (`Losses.add` or `Losses.warn`) how many rows (N,) there are, and the first of them."""
    tell(what, int(rows.sum()), first(table, rows, where))


def flat(table: Annotations) -> NDArray[np.int64]:
    """(N,) how many parts of each polygon have an outline of one or two points, which has no area.

    Rows of another kind have none.
    """
    if table.rings is None:
        return np.zeros(len(table), dtype=np.int64)
    rings = table.rings
    short = np.diff(rings.ring_offsets)[rings.part_offsets[:-1]] < CORNERS
    until = np.concatenate([[0], np.cumsum(short)])
    counts = until[rings.row_offsets[1:]] - until[rings.row_offsets[:-1]]
    return np.where(table.kinds == Kind.POLYGON, counts, 0)


def _around(table: Annotations) -> NDArray[np.float64]:
    """The box around the shape of each row, (N, 4); NaN where there is none."""
    around = np.full((len(table), 4), np.nan)
    if table.rings is not None:
        around = np.array(polygons.bounds(table.rings))
    if table.rotated is not None:
        turned = table.kinds == Kind.ROTATED
        around[turned] = rotated.bounds(table.rotated[turned])
    if table.masks is not None:
        for i in np.flatnonzero(table.kinds == Kind.MASK):
            around[i] = np.nan if table.masks[i] is None else masks.bounds(table.masks[i])
    return around
