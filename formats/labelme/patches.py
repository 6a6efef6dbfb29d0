"""The pixels of a mask as LabelMe writes them: a PNG of the window that they lie in, as base64."""

from __future__ import annotations

import base64
import io
import struct
import warnings
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.errors import FormatError
from geometry.masks import Mask

__all__ = ["decode", "encode", "window"]

START = b"\x89PNG\r\n\x1a\n"
BROKEN = (OSError, ValueError, SyntaxError, EOFError, zlib.error, struct.error)
"""What Pillow and base64 raise on what they cannot read."""
MOST = 1 << 28
"""Pixels of a patch that are decoded."""
LEVEL = 6


def decode(text: Any) -> NDArray[np.bool_]:
    """The pixels (h, w) of a patch; FormatError where it is no picture, or too large a one."""
    from PIL import Image

    if not isinstance(text, str):
        raise FormatError("a mask without its pixels")
    try:
        data = base64.b64decode(text, validate=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
                _check(picture.size)
                pixels: NDArray = np.asarray(picture)
    except FormatError:
        raise
    except (*BROKEN, Image.DecompressionBombError) as error:
        raise FormatError("a mask whose pixels are no PNG in base64") from error
    set_ = pixels.any(axis=2) if pixels.ndim == 3 else pixels != 0
    return np.asarray(set_, dtype=bool)


def _check(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MOST:
        raise FormatError(f"a mask of {size[0]} x {size[1]} pixels")


def window(mask: Mask, box: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    """The pixels (h, w) of a mask inside x0 y0 x1 y1; no picture of the full size is made."""
    x0, y0, x1, y1 = box
    height = mask.size[1]
    ends = np.concatenate([[0], np.cumsum(mask.runs, dtype=np.int64)])
    lengths = np.diff(ends.clip(x0 * height, x1 * height))
    values = np.arange(len(lengths)) % 2 == 1
    return np.repeat(values, lengths).reshape(x1 - x0, height).T[y0:y1]


def encode(pixels: NDArray[np.bool_]) -> str:
    """The patch of pixels (h, w), the same text everywhere: Pillow's depends on its version."""
    height, width = pixels.shape
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = np.zeros((height, width + 1), dtype=np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = pixels
    body = zlib.compress(rows.tobytes(), LEVEL)
    chunks = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    return base64.b64encode(START + b"".join(_chunk(*chunk) for chunk in chunks)).decode()


def _chunk(name: bytes, body: bytes) -> bytes:
    check = zlib.crc32(name + body)
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", check)
