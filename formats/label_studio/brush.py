"""Masks as brush strokes: thi.ng's rle over the RGBA bytes of the whole picture, row by row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formats.errors import FormatError
from formats.label_studio import rle
from formats.label_studio.rows import from_row_spans, row_spans
from geometry.masks import Mask

__all__ = ["MOST_PIXELS", "decode", "encode"]

CHANNELS = 4
OPAQUE = 255
MOST_PIXELS = 1 << 28
"""The largest picture whose strokes are decoded; 16,384 pixels squared."""


def encode(mask: Mask) -> bytes:
    """The rle of a mask: 255 in all four channels of its pixels, 0 elsewhere."""
    spans = row_spans(mask)
    total = mask.size[0] * mask.size[1]
    lengths = np.diff(spans.ravel(), prepend=0, append=total)
    values = np.zeros(len(lengths), np.int64)
    values[1::2] = OPAQUE
    filled = lengths > 0
    return rle.pack(CHANNELS * lengths[filled], values[filled])


def decode(data: Sequence[int] | bytes, size: tuple[int, int]) -> Mask:
    """The mask of an rle in a picture of `size` (width, height) in pixels.

    Foreground is what is at least half as opaque as the most opaque pixel: Label Studio smooths the
    edges of strokes, and label-studio-sdk writes strokes of opacity 100. FormatError where the
    bytes are no rle of a picture of this size.
    """
    stream = _bytes(data)
    total = size[0] * size[1]
    if not 0 < total <= MOST_PIXELS:
        raise FormatError(f"an rle in a picture of {size[0]} x {size[1]} pixels")
    if rle.count(stream) != CHANNELS * total:
        wanted = f"{CHANNELS} x {size[0]} x {size[1]} = {CHANNELS * total}"
        raise FormatError(f"an rle of {rle.count(stream)} bytes, expected {wanted}")
    lengths, values = rle.unpack(stream)
    stops = np.cumsum(lengths) // CHANNELS  # alpha is the last byte of a pixel
    starts = np.concatenate([[0], stops[:-1]])
    least = max(1, (int(values[stops > starts].max(initial=0)) + 1) // 2)
    shown = (stops > starts) & (values >= least)
    return from_row_spans(np.column_stack([starts, stops])[shown], size)


def _bytes(data: Sequence[int] | bytes) -> NDArray[np.uint8]:
    """The bytes of a list of numbers as JSON has them."""
    if isinstance(data, bytes):
        return np.frombuffer(data, np.uint8)
    try:
        return np.frombuffer(bytes(data), np.uint8)
    except (TypeError, ValueError) as error:
        raise FormatError("an rle is a list of whole numbers from 0 to 255") from error
