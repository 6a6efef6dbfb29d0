"""What the shapes of a picture can be in CVAT's XML: rows made ready for it, losses counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from formats import marks, unheld
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.cvat import cutting
from formats.cvat.images.options import CvatOptions
from formats.dataset import Label
from formats.losses import Losses
from geometry import keypoints

__all__ = ["HOLDS", "fitted"]

HOLDS = {
    **dict.fromkeys(("images", "kinds", "labels", "masks", "groups", "attributes"), 0.0),
    **dict.fromkeys(("boxes", "rotated", "rings", "keypoints"), 1e-9),
}
"""Numbers are written with 9 decimals; angles come back from 0 to 360 degrees."""
PARTLY = frozenset({"flags", "extra", "sources"})
"""Columns of which some values have a place; the others are counted."""
HELD = Flag.OCCLUDED | Flag.INTERPOLATED | Flag.KEYFRAME
"""The last two say how a row of a clip was made and go without a word."""


ALONE = (Kind.POINTS, Kind.BOX, Kind.TAG)
"""Kinds whose rows are one element with their keypoints, or that have no place for any."""


def fitted(
    table: Annotations,
    labels: Sequence[Label],
    options: CvatOptions,
    free: Iterator[int],
    losses: Losses,
    where: list[str],
) -> Annotations:
    """The rows that can be written, each with one outline at most and its kind's own shape.

    `free` are numbers of groups that are not taken, `where` the paths of the pictures.
    """
    table = marks.in_picture(table, losses, where)
    table = marks.without_crowds(table, options, losses, where)
    held = PARTLY | ({"scores"} if options.confidence else set())
    unheld.report(table, HOLDS.keys() | held, losses, where)
    cutting.count_flags(table, HELD, losses, where)
    tags = table.kinds == Kind.TAG
    beside = cutting.deep(table) | table.flagged(Flag.OCCLUDED)
    unheld.count(losses.add, "occlusion or depth of a tag", table, tags & beside, where)
    table = _skeletons_apart(table.with_columns(tracks=None), labels, free, losses)
    return cutting.fitted(table, labels, losses, where)


def _skeletons_apart(
    table: Annotations, labels: Sequence[Label], free: Iterator[int], losses: Losses
) -> Annotations:
    """Keypoints beside an outline or a mask as rows of their own, behind it and of its group."""
    table = cutting.labelled(table)
    if table.keypoints is None:
        return table
    named = np.array([bool(label.keypoints) for label in labels], dtype=bool)[table.labels]
    beside = unheld.stated(table, "keypoints") & named & ~np.isin(table.kinds, ALONE)
    if not beside.any():
        return table
    losses.add("keypoints beside a shape, written as a skeleton of its group", int(beside.sum()))
    groups = np.full(len(table), -1) if table.groups is None else table.groups.copy()
    alone = beside & (groups < 1)
    groups[alone] = [next(free) for _ in range(int(alone.sum()))]
    shapes = np.where(beside[:, None, None], np.nan, table.keypoints)
    points = table[beside].with_columns(
        kinds=np.full(int(beside.sum()), Kind.POINTS),
        boxes=keypoints.bounds(table.keypoints[beside]),
        groups=groups[beside],
        **dict.fromkeys(("rings", "masks", "rotated", "attributes"), None),
    )
    both = Annotations.concat([table.with_columns(keypoints=shapes, groups=groups), points])
    rows = np.concatenate([np.arange(len(table)), np.flatnonzero(beside)])
    return both[np.argsort(rows, kind="stable")]
