"""How well a detection fits where a track is expected."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prelabel.tracker.filters import Filters

__all__ = ["likeness"]

Floats = NDArray[np.float64]


def likeness(expected: Filters, found: Floats) -> Floats:
    """(T, D) IoU of the expected boxes with the (D, 4) found ones cx cy w h, both grown.

    Boxes grow on every side by one standard deviation of the expected centre: where that is well
    known, this is the plain IoU; of a new track, or one that was not seen for a while, also boxes
    beside it are worth something, the nearest most. So long steps between frames need no rule of
    their own (buffered IoU, Yang et al., WACV 2023, with the filter's own uncertainty).
    """
    grow = 2 * np.sqrt(expected.spread[0, :, :2])
    inter = own = other = np.ones(1)
    for axis in (0, 1):
        ours = (expected.place[:, 2 + axis] + grow[:, axis])[:, None]
        theirs = found[:, 2 + axis] + grow[:, axis, None]
        apart = np.abs(expected.place[:, axis, None] - found[:, axis])
        common = np.minimum(np.minimum(ours, theirs), (ours + theirs) / 2 - apart)
        inter = inter * np.maximum(common, 0)
        own, other = own * ours, other * theirs
    return inter / (own + other - inter)
