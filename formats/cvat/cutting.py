"""What a track of CVAT can hold: rows made ready for it, what is lost counted."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import unheld
from formats.annotations import Annotations
from formats.columns import SHAPE_OF, Flag, Kind
from formats.dataset import Label
from formats.losses import Losses
from formats.tracks import rows
from formats.unheld import Where
from geometry import bridges, masks, polygons
from geometry.rings import Rings

__all__ = ["DEPTH", "HOLDS", "KINDS", "count_flags", "cut", "deep", "fitted", "labelled", "lone"]

HOLDS = {
    **dict.fromkeys(("images", "kinds", "labels", "masks", "tracks", "attributes"), 0.0),
    **dict.fromkeys(("boxes", "rotated", "rings", "keypoints"), 1e-9),
}
"""Numbers are written with 9 decimals; angles come back from 0 to 360 degrees."""
PARTLY = frozenset({"flags", "groups", "extra", "sources"})
"""Columns of which some values have a place; the others are counted."""
KINDS = frozenset(Kind) - {Kind.TAG}
HELD = Flag.OCCLUDED | Flag.OUTSIDE | Flag.KEYFRAME | Flag.INTERPOLATED
"""Flags that CVAT has; INTERPOLATED says how a row was made and goes without a word."""
DEPTH = "z_order"
LEAST = {Kind.POLYGON: 3, Kind.LINE: 2}


def cut(
    table: Annotations,
    labels: Sequence[Label],
    losses: Losses,
    where: str,
    held: frozenset[str] = frozenset(),
) -> Annotations:
    """The rows that can be written, each with one outline at most and its kind's own shape.

    `held` are further columns that are written.
    """
    table = lone(table, losses, where)
    tags = table.kinds == Kind.TAG
    losses.add("tag of a frame", int(tags.sum()), where)
    table = fitted(table[~tags] if tags.any() else table, labels, losses, where)
    unheld.report(table, HOLDS.keys() | PARTLY | held, losses, where)
    count_flags(table, HELD, losses, where)
    return table


def fitted(
    table: Annotations, labels: Sequence[Label], losses: Losses, where: Where
) -> Annotations:
    """The rows with one outline at most and the shape of their kind; tags as they are.

    `where` is a place, or the paths of the pictures.
    """
    table = _usable(table, losses, where)
    unheld.hidden(table, losses, where)
    unheld.boxes(table, losses, where)
    table = _one_ring(table, losses, where)
    table = _skeletons(labelled(table), labels, losses, where)
    _count_groups(table, losses, where)
    _count_extra(table, losses, where)
    return table


def _usable(table: Annotations, losses: Losses, where: Where) -> Annotations:
    """Rows with a shape, and tags."""
    broken = ~np.isfinite(table.boxes).all(axis=1) | _shapeless(table)
    broken &= table.kinds != Kind.TAG
    unheld.count(losses.add, "object without a usable shape", table, broken, where)
    return table[~broken] if broken.any() else table


def _shapeless(table: Annotations) -> NDArray[np.bool_]:
    """(N,) rows that lack the shape of their kind."""
    found = np.zeros(len(table), dtype=bool)
    for kind, name in SHAPE_OF.items():
        of = table.kinds == kind
        if of.any():
            found |= of & ~unheld.stated(table, name)
    if table.masks is not None:
        empty = [m is not None and not masks.area(m) for m in table.masks]
        found |= (table.kinds == Kind.MASK) & np.array(empty, dtype=bool)
    if table.rotated is not None:
        turned = np.isin(table.kinds, [Kind.ROTATED, Kind.ELLIPSE])
        found |= turned & ~np.isfinite(table.rotated).all(axis=1)
    if table.rings is not None:
        ringed = np.isin(table.kinds, list(LEAST))
        found |= ringed & ~np.isfinite(np.nan_to_num(polygons.bounds(table.rings))).all(axis=1)
    return found


def _one_ring(table: Annotations, losses: Losses, where: Where) -> Annotations:
    """Outlines of several parts or with holes joined to one; too short ones are left out."""
    if table.rings is None:
        return table
    ringed = np.isin(table.kinds, list(LEAST))
    several = [len(row) > 1 or any(len(part) > 1 for part in row) for row in table.rings]
    joined = ringed & np.array(several, dtype=bool)
    unheld.count(losses.add, "polygon of several parts or with holes, joined", table, joined, where)
    shapes: list[Any] = [_joined(row) if of else row for row, of in _zip(table.rings, joined)]
    lengths = np.array([len(row[0][0]) if row else 0 for row in shapes])
    least = np.array([LEAST.get(Kind(kind), 0) for kind in table.kinds.tolist()])
    short = ringed & (lengths < least)
    unheld.count(losses.add, "outline of too few points", table, short, where)
    rings = Rings.of([row if of else [] for row, of in _zip(shapes, ringed)])
    return table.with_columns(rings=rings)[~short]


def _zip(a: Any, b: Any) -> Any:
    return zip(a, b, strict=True)


def _joined(row: list[list[Any]]) -> list[list[Any]]:
    """One ring for all parts and holes: bridges of no width between them."""
    sound = polygons.union(Rings.of([row])).row(0) or row
    rings = [ring for part in sound for ring in bridges.oriented(part)]
    return [[bridges.bridged(rings)]]


def labelled(table: Annotations) -> Annotations:
    """The rows without keypoints where none of them is labelled (all 0 0 0, as COCO has them).

    CVAT shows nothing of a skeleton whose points are all outside.
    """
    if table.keypoints is None:
        return table
    none = ~(table.keypoints[..., 2] > 0).any(axis=1) & (table.kinds != Kind.POINTS)
    return table.with_columns(keypoints=np.where(none[:, None, None], np.nan, table.keypoints))


def _skeletons(
    table: Annotations, labels: Sequence[Label], losses: Losses, where: Where
) -> Annotations:
    """Boxes with keypoints of a class that has some become skeletons; CVAT has no box of those."""
    if table.keypoints is None:
        return table
    pointed = unheld.stated(table, "keypoints")
    named = np.array([bool(label.keypoints) for label in labels], dtype=bool)[table.labels]
    made = pointed & named & (table.kinds == Kind.BOX)
    unheld.count(losses.add, "box around keypoints, written as a skeleton", table, made, where)
    beside = pointed & ~made & (table.kinds != Kind.POINTS)
    unheld.count(losses.add, "keypoints of a row of another kind", table, beside, where)
    unseen = pointed & ~named & (table.kinds == Kind.POINTS)
    unseen &= ((table.keypoints[..., 2] < 2) & ~np.isnan(table.keypoints[..., 0])).any(axis=1)
    unheld.count(losses.add, "visibility of points that are no skeleton", table, unseen, where)
    counts = np.array([len(label.keypoints) for label in labels])[table.labels]
    beyond = np.arange(table.keypoints.shape[1]) >= counts[:, None]
    further = (beyond & ~np.isnan(table.keypoints).all(axis=2)).any(axis=1) & pointed & named
    unheld.count(losses.add, "keypoints that the class does not name", table, further, where)
    mixed = named & ~pointed
    unheld.count(losses.warn, "shape of a class whose type is skeleton", table, mixed, where)
    kinds = np.where(made, Kind.POINTS, table.kinds).astype(np.uint8)
    return table.with_columns(kinds=kinds, keypoints=_placed(table))


def _placed(table: Annotations) -> NDArray[np.float64]:
    """Keypoints (N, K, 3), where a point without a place (0 0 0) has that of the row before.

    CVAT moves a point to where its next keyframe has it, seen or not.
    """
    if table.keypoints is None:
        return np.empty((len(table), 0, 3))
    found = table.keypoints.copy()
    for track, of in rows.spread(table):
        if track >= 0:
            for a, b in pairwise(of.tolist()):
                nowhere = (found[b] == 0).all(axis=1) & np.isfinite(found[a]).all(axis=1)
                found[b, nowhere, :2] = found[a, nowhere, :2]
    return found


def count_flags(table: Annotations, held: Flag, losses: Losses, where: Where) -> None:
    """Count the flags that are not held."""
    for flag in Flag:
        if not flag & held:
            what = f"{(flag.name or '').lower()} flag"
            unheld.count(losses.add, what, table, table.flagged(flag), where)


def _count_groups(table: Annotations, losses: Losses, where: Where) -> None:
    """Group 0 is none to CVAT."""
    if table.groups is not None:
        zero = table.groups == 0
        unheld.count(losses.add, "group 0, which is none in CVAT", table, zero, where)


def _count_extra(table: Annotations, losses: Losses, where: Where) -> None:
    """Only the depth of a shape has a place."""
    if table.extra is not None:
        further = [any(k != DEPTH or type(v) is not int for k, v in e.items()) for e in table.extra]
        unheld.count(losses.add, "unknown keys", table, np.array(further, dtype=bool), where)


def deep(table: Annotations) -> NDArray[np.bool_]:
    """(N,) which rows have a depth."""
    if table.extra is None:
        return np.zeros(len(table), dtype=bool)
    return np.array([DEPTH in extra for extra in table.extra], dtype=bool)


def lone(table: Annotations, losses: Losses, where: str) -> Annotations:
    """A second row of a track in a frame becomes a row of no track."""
    second = rows.doubles(table)
    if not second.any():
        return table
    losses.add("second object of a track in one frame, of no track now", int(second.sum()), where)
    return table.with_columns(tracks=np.where(second, -1, rows.ids(table)))
