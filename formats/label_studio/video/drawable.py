"""What a clip's rows look like as rectangles of Label Studio, before keyframes are chosen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import unheld
from formats.annotations import Annotations, Flag, Kind
from formats.columns import COLUMNS
from formats.losses import Losses
from formats.tracks import rows
from geometry import boxes

__all__ = ["HELD", "drawable"]

HELD = frozenset({"scores", "rotated", "tracks", "flags", "attributes"})
"""Columns that a track of rectangles says something of."""
RECTANGLES = (Kind.BOX, Kind.ROTATED)
SHAPES = ("rings", "masks", "keypoints", "keypoint_scores")
OWN = Flag.KEYFRAME | Flag.OUTSIDE | Flag.INTERPOLATED
AS_BOX = "{} of a track, written as its box"
CUT = "box of a track reaching beyond its picture, cut"
OUTSIDE = "box of a track outside of its picture, left out"
BROKEN = "box of a track with a coordinate that is no number, left out"


def drawable(
    table: Annotations, size: tuple[int, int], losses: Losses, where: object = ""
) -> Annotations:
    """The boxes and rotated boxes of a clip table, cut to the picture, each row with a track.

    Of other shapes the box stays; a row of no track is one of its own. A keyframe whose box lies
    outside of the picture is one without the object, any other such row is left out.
    """
    shown = table.shapes()
    losses.add("tag not kept as such", len(table) - len(shown), where)
    unheld.report(shown, HELD, losses, where)
    _flags(shown, losses, where)
    shown = _with_tracks(_as_boxes(_finite(shown, losses, where), losses, where))
    return _cut(shown, size, losses, where)


def _flags(table: Annotations, losses: Losses, where: object) -> None:
    """Count the flags of rows that no keyframe has a place for."""
    if table.flags is not None:
        others = (table.flags & np.uint16(~OWN & 0xFFFF)) != 0
        losses.add("flags", int(others.sum()), where)


def _finite(table: Annotations, losses: Losses, where: object) -> Annotations:
    good = np.isfinite(table.boxes).all(axis=1)
    if table.rotated is not None:
        turned = table.kinds == Kind.ROTATED
        good &= ~turned | np.isfinite(table.rotated).all(axis=1)
    losses.add(BROKEN, int((~good).sum()), where)
    return table if good.all() else table[good]


def _as_boxes(table: Annotations, losses: Losses, where: object) -> Annotations:
    """Rows of other kinds as their boxes."""
    columns: dict[str, Any] = dict.fromkeys(n for n in SHAPES if n in table.columns())
    other = ~np.isin(table.kinds, RECTANGLES)
    for kind in map(Kind, np.unique(table.kinds[other])):
        count = int((table.kinds == kind).sum())
        losses.add(AS_BOX.format(kind.name.lower()), count, where)
    kinds = np.where(other, Kind.BOX, table.kinds).astype(np.uint8)
    if table.rotated is not None:
        columns["rotated"] = table.rotated if (kinds == Kind.ROTATED).any() else None
    return table.with_columns(kinds=kinds, **columns)


def _with_tracks(table: Annotations) -> Annotations:
    """Rows of no track, and second ones of a track in a frame, as tracks of a single frame."""
    alone = rows.lone(table) | rows.doubles(table)
    if not alone.any():
        return table
    tracks = rows.ids(table).copy()
    tracks[alone] = tracks.max(initial=-1) + 1 + np.arange(int(alone.sum()))
    return rows_without_flags(table, alone).with_columns(tracks=tracks)


def rows_without_flags(table: Annotations, which: NDArray[np.bool_]) -> Annotations:
    """The rows, some of them without flags about keyframes."""
    if table.flags is None:
        return table
    own = np.where(which, table.flags & np.uint16(~OWN & 0xFFFF), table.flags)
    return table.with_columns(flags=own)


def _cut(table: Annotations, size: tuple[int, int], losses: Losses, where: object) -> Annotations:
    """Boxes cut to the picture; rotated ones stay whole."""
    upright = table.kinds == Kind.BOX
    cut = np.where(upright[:, None], boxes.clip(table.boxes, size), table.boxes)
    changed = (cut != table.boxes).any(axis=1)
    losses.add(CUT, int(changed.sum()), where)
    gone = changed & ((cut[:, 0] >= cut[:, 2]) | (cut[:, 1] >= cut[:, 3]))
    table = table.with_columns(boxes=cut)
    if not gone.any():
        return table
    losses.add(OUTSIDE, int(gone.sum()), where)
    keyed = rows.keyed(table)
    flags = COLUMNS["flags"].blank(len(table)) if table.flags is None else table.flags
    marked = np.where(gone & keyed, flags | np.uint16(Flag.KEYFRAME | Flag.OUTSIDE), flags)
    return table.with_columns(flags=marked)[~gone | keyed]
