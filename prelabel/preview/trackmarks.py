"""Marks of tracks on a frame: dashes where the place is interpolated, handles on a keyframe."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from prelabel.preview.palette import Colour

__all__ = ["dashes", "handles"]

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float64]

DASH = 5
"""Length of a dash, and of the gap after it, in widths of the line."""


def dashes(ring: Floats, width: int, closed: bool) -> Iterator[Floats]:
    """The dashes along a line of (K, 2) points, each (2 or more, 2)."""
    points = np.concatenate([ring, ring[:1]]) if closed else ring
    lengths = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    step = DASH * max(width, 1)
    for begin in np.arange(0.0, along[-1], 2 * step):
        end = min(begin + step, along[-1])
        inner = along[(along > begin) & (along < end)]
        at = np.concatenate([[begin], inner, [end]])
        yield np.column_stack([np.interp(at, along, points[:, k]) for k in (0, 1)])


def handles(canvas: Pixels, box: Floats, colour: Colour, width: int) -> None:
    """White squares on the corners of a box (4,), as tools draw them on what a person set."""
    if not np.isfinite(box).all():
        return
    half = width + 2
    for x in box[[0, 2]].round().astype(int).tolist():
        for y in box[[1, 3]].round().astype(int).tolist():
            corners = (x - half, y - half), (x + half, y + half)
            cv2.rectangle(canvas, *corners, (255, 255, 255), -1)
            cv2.rectangle(canvas, *corners, colour, max(1, width // 2))
