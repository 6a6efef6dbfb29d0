"""How well a detection fits where a track is expected."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry import boxes
from prelabel.tracker.filters import Filters

__all__ = ["likeness"]

Floats = NDArray[np.float64]


def likeness(expected: Filters, found: Floats) -> Floats:
    """(T, D) overlap of the expected boxes with the (D, 4) found ones cx cy w h, 0 to 1."""
    return boxes.iou(boxes.from_cxcywh(expected.place), boxes.from_cxcywh(found))
