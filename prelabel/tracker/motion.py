"""How the camera moved between two frames: sparse optical flow and a robust similarity map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prelabel.image import Image

__all__ = ["CameraMotion", "compose"]

Floats = NDArray[np.float64]
Bytes = NDArray[np.uint8]

SIDE = 480
"""Longer side in pixels of the picture that is looked at."""
POINTS = 400
"""Corners that are followed."""
ENOUGH = 12
"""Corners that must agree on a motion; with fewer, none is told."""


class CameraMotion:
    """Follows the camera from frame to frame; frames are given in order.

    It remembers the last frame only, so it can be started again at any frame.
    """

    def __init__(self) -> None:
        self._last: Bytes | None = None
        self._scale = 1.0

    def update(self, image: Image, objects: Floats | None = None) -> Floats | None:
        """The affine map (2, 3) of pixels of the frame given before to this one.

        None for the first frame, after a change of size, and where too little can be followed.
        `objects` are boxes (N, 4) x0 y0 x1 y1 of the frame given BEFORE, where nothing is followed:
        they move by themselves.
        """
        grey, scale = _small(image.pixels)
        before, self._last, self._scale = self._last, grey, scale
        if before is None or before.shape != grey.shape:
            return None
        return _between(before, grey, scale, objects)


def compose(first: Floats, second: Floats) -> Floats:
    """The (2, 3) map that does `first` and then `second`."""
    turn = second[:, :2]
    return np.column_stack([turn @ first[:, :2], turn @ first[:, 2] + second[:, 2]])


def _small(pixels: Bytes) -> tuple[Bytes, float]:
    """The picture in grey, at most `SIDE` pixels long, and how much smaller it is."""
    import cv2

    scale = min(1.0, SIDE / max(pixels.shape[:2]))
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return grey, scale


def _between(before: Bytes, after: Bytes, scale: float, objects: Floats | None) -> Floats | None:
    import cv2

    corners = cv2.goodFeaturesToTrack(before, POINTS, 0.01, 8, mask=_free(before, scale, objects))
    if corners is None or len(corners) < ENOUGH:
        return None
    found, status, _ = cv2.calcOpticalFlowPyrLK(before, after, corners, None)
    good = status.ravel() == 1
    if good.sum() < ENOUGH:
        return None
    cv2.setRNGSeed(0)
    motion, agreeing = cv2.estimateAffinePartial2D(corners[good], found[good], method=cv2.RANSAC)
    if motion is None or agreeing.sum() < ENOUGH:
        return None
    return np.column_stack([motion[:, :2], motion[:, 2] / scale])


def _free(grey: Bytes, scale: float, objects: Floats | None) -> Bytes | None:
    """255 where corners may be taken."""
    if objects is None or not len(objects):
        return None
    mask = np.full(grey.shape, 255, dtype=np.uint8)
    limits = np.array([grey.shape[1], grey.shape[0]] * 2)
    for x0, y0, x1, y1 in np.clip(np.nan_to_num(objects) * scale, 0, limits).astype(int).tolist():
        mask[y0 : y1 + 1, x0 : x1 + 1] = 0
    return mask
