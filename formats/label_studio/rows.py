"""Masks row by row, as Label Studio counts pixels; ours are counted column by column."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry import masks
from geometry.masks import Mask
from geometry.runs import NO_SPANS, Spans, spans_of_pixels

__all__ = ["from_row_spans", "row_spans"]

Window = tuple[int, int, int, int]


def row_spans(mask: Mask) -> Spans:
    """Starts and stops of the foreground in row order, (S, 2), sorted, none touching another."""
    width = mask.size[0]
    x0, y0, x1, y1 = window = _window(mask)
    if x0 == x1:
        return NO_SPANS
    padded = np.zeros((y1 - y0, x1 - x0 + 1), dtype=bool)
    padded[:, :-1] = _crop(mask, window)
    row, column = np.divmod(spans_of_pixels(padded.ravel()), x1 - x0 + 1)
    return _joined((row + y0) * width + column + x0)


def _window(mask: Mask) -> Window:
    x0, y0, x1, y1 = masks.bounds(mask).astype(int).tolist()
    return x0, y0, x1, y1


def _crop(mask: Mask, window: Window) -> NDArray[np.bool_]:
    """The dense (h, w) picture of a window; only the columns of the window are unrolled."""
    x0, y0, x1, y1 = window
    height = mask.size[1]
    edges = np.cumsum(mask.runs, dtype=np.int64).clip(x0 * height, x1 * height)
    runs = np.diff(edges, prepend=x0 * height)
    values = np.zeros(len(runs), dtype=bool)
    values[1::2] = True
    return np.repeat(values, runs).reshape(x1 - x0, height)[:, y0:y1].T


def _joined(spans: Spans) -> Spans:
    """Spans without the gaps of no pixel where a row of full width ends."""
    touching = spans[1:, 0] == spans[:-1, 1]
    starts = spans[np.concatenate([[True], ~touching]), 0]
    stops = spans[np.concatenate([~touching, [True]]), 1]
    return np.column_stack([starts, stops])


def from_row_spans(spans: Spans, size: tuple[int, int]) -> Mask:
    """The mask of sorted spans in row order, (S, 2), in a picture of `size`; none: an empty one."""
    width = size[0]
    if not len(spans):
        return masks.paste(np.zeros((0, 0), bool), (0, 0), size)
    top, bottom = int(spans[0, 0]) // width, -(-int(spans[-1, 1]) // width)
    edges = np.diff(spans.ravel() - top * width, prepend=0, append=(bottom - top) * width)
    values = np.zeros(len(edges), dtype=bool)
    values[1::2] = True
    return masks.paste(np.repeat(values, edges).reshape(-1, width), (0, top), size)
