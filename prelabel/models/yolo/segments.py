"""Masks from prototypes, drawn in the picture's own pixels and only inside each box."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from geometry import crops
from geometry.masks import Mask
from prelabel.models.preprocess import Place

__all__ = ["masks"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

PIXELS = 1 << 22
"""Pixels of windows that are drawn at once: 16 MiB of logits."""


def masks(
    coefficients: Floats, prototypes: Floats, boxes: NDArray[np.float64], place: Place
) -> list[Mask | None]:
    """One mask per row; None where no pixel of the box is foreground.

    `coefficients` (N, M), `prototypes` (M, h, w) of the tensor, `boxes` (N, 4) in pixels of the
    picture. A logit is the weighted sum of the prototypes, bilinear between their cells; a pixel
    is foreground where its centre lies in the box and its logit is above 0.
    """
    windows = np.ceil(boxes - 0.5).astype(np.int64)
    found: list[Mask | None] = [None] * len(windows)
    columns = np.ascontiguousarray(prototypes.transpose(0, 2, 1))
    for rows in _groups(windows):
        drawn = _drawn(coefficients[rows], columns, windows[rows], place)
        for row, mask in zip(rows.tolist(), drawn, strict=True):
            found[row] = mask if len(mask.runs) > 1 else None
    return found


def _groups(windows: Ints) -> Iterator[Ints]:
    """Rows with a window, in groups of about `PIXELS` pixels."""
    sides = windows[:, 2:] - windows[:, :2]
    rows = np.flatnonzero(sides.min(axis=1, initial=1) > 0)
    area = np.cumsum(sides[rows].prod(axis=1))
    cuts = np.flatnonzero(np.diff(area // PIXELS)) + 1
    return (group for group in np.split(rows, cuts) if len(group))


def _drawn(coefficients: Floats, columns: Floats, windows: Ints, place: Place) -> list[Mask]:
    """The masks of some windows; `columns` (M, w, h) are the prototypes, turned on their side."""
    cells = columns.shape[1] / place.tensor[0], columns.shape[2] / place.tensor[1]
    scale = np.array([place.affine.scale_x * cells[0], place.affine.scale_y * cells[1]])
    shift = np.array([place.affine.dx * cells[0], place.affine.dy * cells[1]])
    starts = (windows[:, :2] + 0.5) * scale + shift - 0.5
    logits = np.tensordot(coefficients, columns, axes=1)
    offsets = crops.column_offsets(windows)
    buffer = np.full(offsets[-1], -1, dtype=np.float32)
    for coarse, start, window, at in zip(logits, starts, windows.tolist(), offsets, strict=False):
        width, height = window[2] - window[0], window[3] - window[1]
        space = buffer[at : at + width * (height + 1)].reshape(width, height + 1)
        _enlarge(coarse, start, scale, space[:, :height])
    return crops.from_columns(buffer > 0, windows, place.picture)


def _enlarge(
    coarse: Floats, start: NDArray[np.float64], step: NDArray[np.float64], out: Floats
) -> None:
    """Fill `out` (w, h) from `coarse` (w', h'): cell `start` + `step` per pixel, x and y."""
    import cv2

    cv2.warpAffine(
        coarse,
        np.array([[step[1], 0, start[1]], [0, step[0], start[0]]]),
        (out.shape[1], out.shape[0]),
        dst=out,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
