"""Masks from prototypes, drawn in the picture's own pixels and only inside each box."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from geometry.masks import Mask, paste
from prelabel.models.preprocess import Place

__all__ = ["masks"]

Floats = NDArray[np.float32]


def masks(
    coefficients: Floats, prototypes: Floats, boxes: NDArray[np.float64], place: Place
) -> list[Mask | None]:
    """One mask per row; None where no pixel of the box is foreground.

    `coefficients` (N, M), `prototypes` (M, h, w) of the tensor, `boxes` (N, 4) in pixels of the
    picture. A logit is the weighted sum of the prototypes, bilinear between their cells; a pixel
    is foreground where its centre lies in the box and its logit is above 0.
    """
    return list(_drawn(coefficients, prototypes, boxes, place))


def _drawn(
    coefficients: Floats, prototypes: Floats, boxes: NDArray[np.float64], place: Place
) -> Iterator[Mask | None]:
    cells = prototypes.shape[2] / place.tensor[0], prototypes.shape[1] / place.tensor[1]
    scale = np.array([place.affine.scale_x * cells[0], place.affine.scale_y * cells[1]])
    shift = np.array([place.affine.dx * cells[0], place.affine.dy * cells[1]])
    windows = np.ceil(boxes - 0.5).astype(int)
    for weights, window in zip(coefficients, windows, strict=True):
        origin, size = window[:2], window[2:] - window[:2]
        if size.min() < 1:
            yield None
            continue
        start = (origin + 0.5) * scale + shift - 0.5
        dense = _logits(weights, prototypes, start, scale, size) > 0
        corner = (int(origin[0]), int(origin[1]))
        yield paste(dense, corner, place.picture) if dense.any() else None


def _logits(
    weights: Floats,
    prototypes: Floats,
    start: NDArray[np.float64],
    step: NDArray[np.float64],
    size: NDArray[np.int64],
) -> Floats:
    """Logits (h, w) of a window of `size` (w, h): cell `start` + `step` per pixel, x and y."""
    import cv2

    limit = prototypes.shape[2] - 1, prototypes.shape[1] - 1
    first = np.clip(np.floor(start), 0, limit).astype(int)
    last = np.clip(np.ceil(start + step * (size - 1)), 0, limit).astype(int)
    part = prototypes[:, first[1] : last[1] + 1, first[0] : last[0] + 1]
    coarse = np.tensordot(weights, part, axes=1)
    (dx, dy), (sx, sy) = start - first, step
    return cv2.warpAffine(
        coarse,
        np.array([[sx, 0, dx], [0, sy, dy]]),
        (int(size[0]), int(size[1])),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
