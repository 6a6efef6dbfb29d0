"""What the shapes of a picture can be in CVAT's XML: rows made ready for it, losses counted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from formats import unheld
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.cvat import cutting
from formats.cvat.images.options import CvatOptions
from formats.dataset import Label
from formats.losses import Losses

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


def fitted(
    table: Annotations, labels: Sequence[Label], options: CvatOptions, losses: Losses
) -> Annotations:
    """The rows that can be written, each with one outline at most and its kind's own shape."""
    table = _there(table, options, losses)
    held = PARTLY | ({"scores"} if options.confidence else set())
    unheld.report(table, HOLDS.keys() | held, losses)
    cutting.count_flags(table, HELD, losses, "")
    tags = table.kinds == Kind.TAG
    beside = unheld.stated(table, "extra") | table.flagged(Flag.OCCLUDED)
    losses.add("occlusion or depth of a tag", int((tags & beside).sum()))
    return cutting.fitted(table.with_columns(tracks=None), labels, losses, "")


def _there(table: Annotations, options: CvatOptions, losses: Losses) -> Annotations:
    """The rows of objects that are in their picture."""
    gone = table.flagged(Flag.OUTSIDE)
    losses.add("object that is outside its picture", int(gone.sum()))
    if options.crowd == "skip":
        crowds = table.flagged(Flag.CROWD) & ~gone
        losses.add("crowd region", int(crowds.sum()))
        gone = gone | crowds
    return table[~gone] if np.any(gone) else table
