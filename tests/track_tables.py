"""Small clip tables with tracks, for tests of what is shown of them."""

from __future__ import annotations

import numpy as np

from formats.annotations import Annotations, Flag
from formats.dataset import Label

__all__ = ["LABELS", "dense", "keyed", "table"]

LABELS = (Label("cat"), Label("dog <b>"))


def table(*rows):
    """Rows of (frame, track, flags), boxes that move to the right."""
    frames, tracks, flags = (np.array(column) for column in zip(*rows, strict=True))
    x = 10.0 + frames
    boxes = np.column_stack([x, np.full(len(x), 10.0), x + 20, np.full(len(x), 40.0)])
    return Annotations.of(
        len(rows), boxes=boxes, images=frames, tracks=tracks, flags=flags, labels=tracks % 2
    )


def dense():
    """Track 4 in frames 5 to 24, interpolated in 10 to 14; track 9 in 0 to 3 and 30; a blip."""
    four = [(i, 4, Flag.INTERPOLATED if 10 <= i < 15 else 0) for i in range(5, 25)]
    nine = [(i, 9, 0) for i in (0, 1, 2, 3, 30)]
    return table(*sorted([*four, *nine, (40, -1, 0)]))


def keyed():
    key = int(Flag.KEYFRAME)
    return table((5, 4, key), (18, 4, key), (24, 4, key), (25, 4, key | int(Flag.OUTSIDE)))
