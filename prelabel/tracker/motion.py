"""How the camera moved between two frames: sparse optical flow and a robust similarity map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prelabel.image import Image

__all__ = ["between"]

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

SIDE = 480
"""Longer side in pixels of the pictures that are looked at."""
POINTS = 400
"""Corners that are followed."""
ENOUGH = 12
"""Corners that must agree on a motion; with fewer, none is told."""


def between(before: Image, after: Image, objects: Floats | None = None) -> Floats | None:
    """The affine map (2, 3) from pixels of the frame `before` to those of the frame `after`.

    A map of turn, scale and shift that most corners of the picture agree on (RANSAC over pyramidal
    Lucas-Kanade flow). None where sizes differ or too little can be followed: a dark, plain or
    blurred picture, a cut. `objects` (N, 4) boxes x0 y0 x1 y1 of the frame `before`, where nothing
    is followed, because they move by themselves.
    """
    if before.size != after.size:
        return None
    scale = min(1.0, SIDE / max(before.size))
    start = _small(before.pixels, scale)
    points = _followed(start, _small(after.pixels, scale), _free(start, scale, objects))
    return None if points is None else _agreed(*points, scale)


def _small(pixels: Bytes, scale: float) -> Bytes:
    """The picture in grey and in the size that is looked at."""
    import cv2

    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    if scale == 1:
        return grey
    return cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def _followed(before: Bytes, after: Bytes, free: Bytes | None) -> tuple[Floats, Floats] | None:
    """Corners (K, 2) of one picture and where they are in the other."""
    import cv2

    corners = cv2.goodFeaturesToTrack(before, POINTS, 0.01, 8, mask=free)
    if corners is None or len(corners) < ENOUGH:
        return None
    found, status, _ = cv2.calcOpticalFlowPyrLK(before, after, corners, None)
    good = status.ravel() == 1
    return corners.reshape(-1, 2)[good], found.reshape(-1, 2)[good]


def _agreed(start: Floats, end: Floats, scale: float) -> Floats | None:
    """The map that enough corners agree on, for pictures of full size."""
    import cv2

    if len(start) < ENOUGH:
        return None
    motion, agreeing = cv2.estimateAffinePartial2D(start, end, method=cv2.RANSAC)
    if motion is None or agreeing.sum() < max(ENOUGH, len(start) / 4):
        return None
    return np.column_stack([motion[:, :2], motion[:, 2] / scale])


def _free(grey: Bytes, scale: float, objects: Floats | None) -> Bytes | None:
    """255 where corners may be taken, None for everywhere."""
    if objects is None or not len(objects):
        return None
    mask = np.full(grey.shape, 255, dtype=np.uint8)
    limits = np.array([grey.shape[1], grey.shape[0]] * 2)
    for x0, y0, x1, y1 in np.clip(np.nan_to_num(objects) * scale, 0, limits).astype(int).tolist():
        mask[y0 : y1 + 1, x0 : x1 + 1] = 0
    return mask
