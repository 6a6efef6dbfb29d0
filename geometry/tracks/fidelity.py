"""How well one track shows another, row by row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry import rotated
from geometry.errors import GeometryError
from geometry.tracks.track import Track

__all__ = ["judge", "likeness"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def likeness(a: Track, b: Track) -> Floats:
    """How alike equal rows are, (T,), 0 to 1: IoU.

    Rows that are equal give 1, also where they have no area.
    """
    if a.kind != b.kind or len(a) != len(b):
        raise GeometryError(
            f"{len(a)} rows of {a.kind} beside {len(b)} of {b.kind}, expected the same"
        )
    return judge(b)(a.columns()[a.shape], np.arange(len(b)))


def judge(track: Track, sigmas: ArrayLike | None = None) -> Callable[[Any, Ints], Floats]:
    """What tells how alike shapes (Q, ...) and the rows (Q,) of a track are, (Q,)."""
    if track.kind == "rotated":
        return lambda shown, rows: of_rotated(shown, track.rotated[rows])
    return lambda shown, rows: of_boxes(shown, track.boxes[rows])


def of_rotated(a: Floats, b: Floats) -> Floats:
    """IoU row by row of rotated boxes (Q, 5); equal ones give 1, also without an area."""
    return np.where((a == b).all(axis=1), 1.0, np.minimum(rotated.pair_iou(a, b), 1.0))


def of_boxes(a: Floats, b: Floats) -> Floats:
    """IoU row by row of boxes (Q, 4); equal ones give 1, also without an area."""
    width = np.minimum(a[:, 2], b[:, 2]) - np.maximum(a[:, 0], b[:, 0])
    height = np.minimum(a[:, 3], b[:, 3]) - np.maximum(a[:, 1], b[:, 1])
    common = np.maximum(width, 0) * np.maximum(height, 0)
    union = _area(a) + _area(b) - common
    iou = np.divide(common, union, out=np.zeros(len(a)), where=union > 0)
    flat = union <= 0
    if flat.any():
        iou[flat] = (a[flat] == b[flat]).all(axis=1)
    return iou


def _area(boxes: Floats) -> Floats:
    return np.maximum(boxes[:, 2] - boxes[:, 0], 0) * np.maximum(boxes[:, 3] - boxes[:, 1], 0)
