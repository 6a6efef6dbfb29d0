"""Masks of many small windows of one picture at once: what mask decoders end in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry.masks import Mask, Size

__all__ = ["column_offsets", "from_columns"]

Ints = NDArray[np.int64]


def column_offsets(windows: Ints) -> Ints:
    """Where each of the (N, 4) windows begins in the pixels of `from_columns`, and the end, (N+1,).

    A window takes a pixel more per column, and one pixel stands before the first.
    """
    width, height = windows[:, 2] - windows[:, 0], windows[:, 3] - windows[:, 1]
    return np.concatenate([[1], 1 + np.cumsum(width * (height + 1))])


def from_columns(pixels: NDArray[np.bool_], windows: Ints, size: Size) -> list[Mask]:
    """The masks of N windows of a picture of `size` (width, height), background elsewhere.

    `windows` (N, 4) x0 y0 x1 y1 in whole pixels, inside the picture. `pixels` (P,): one background
    pixel, then window after window, column after column, one background pixel after each column;
    P is the last of `column_offsets`.
    """
    offsets, height = column_offsets(windows), windows[:, 3] - windows[:, 1]
    edges = np.flatnonzero(pixels[1:] != pixels[:-1]) + 1
    owner = np.searchsorted(offsets, edges, side="right") - 1
    column, row = np.divmod(edges - offsets[owner], height[owner] + 1)
    flat = (column + windows[owner, 0]) * size[1] + row + windows[owner, 1]
    # a span that ends with a column of full height touches one that begins with the next
    touching = (flat[1:-1:2] == flat[2::2]) & (owner[1:-1:2] == owner[2::2])
    open_ = np.ones(len(flat), dtype=bool)
    open_[1:-1:2] = open_[2::2] = ~touching
    return _split(flat[open_], owner[open_], len(windows), size)


def _split(edges: Ints, owner: Ints, count: int, size: Size) -> list[Mask]:
    """Masks from the edges of all, in order; `owner` says whose each is."""
    total = size[0] * size[1]
    stops = np.searchsorted(owner, np.arange(count), side="right")
    starts = np.concatenate([[0], stops[:-1]]).astype(np.int64)
    framed = np.empty(len(edges) + 2 * count, dtype=np.int64)
    framed[np.arange(len(edges)) + 2 * owner + 1] = edges
    firsts, lasts = starts + 2 * np.arange(count), stops + 2 * np.arange(count) + 1
    framed[firsts], framed[lasts] = 0, total
    runs = np.diff(framed).astype(np.uint32)
    full = framed[lasts - 1] == total  # no background at the end: COCO writes no run for it
    spans = zip(firsts.tolist(), (lasts - (full & (lasts - 1 > firsts))).tolist(), strict=True)
    return [Mask(runs[first:last], size) for first, last in spans]
