"""Masks as Supervisely's bitmaps: base64 of zlib of a PNG that is put at an origin."""

from __future__ import annotations

import base64
import binascii
import io
import warnings
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats import headers
from formats.errors import FormatError
from geometry import masks
from geometry.masks import Mask

__all__ = ["decode", "encode"]

LARGEST = 1 << 26
"""Bytes of a PNG, and pixels of its picture, up to which a bitmap is decoded."""


def encode(mask: Mask) -> dict[str, Any]:
    """The bitmap of a mask with pixels, cut to where it has some."""
    from PIL import Image

    left, top, right, bottom = (int(side) for side in masks.bounds(mask))
    dense = masks.decode(mask)[top:bottom, left:right]
    picture = Image.fromarray(dense.astype(np.uint8))
    picture.putpalette([0, 0, 0, 255, 255, 255])
    stream = io.BytesIO()
    picture.save(stream, "PNG", bits=1, transparency=0)
    data = base64.b64encode(zlib.compress(stream.getvalue())).decode("ascii")
    return {"origin": [left, top], "data": data}


def decode(bitmap: Any, size: tuple[int, int] | None) -> tuple[Mask, int]:
    """The mask of a bitmap in a picture of `size` (width, height), else in one that it just fits,
    and how many pixels it has, some of them perhaps outside of the picture.

    FormatError says what of it is broken.
    """
    if not isinstance(bitmap, dict) or not isinstance(bitmap.get("data"), str):
        raise FormatError("a bitmap without data")
    x, y = _origin(bitmap.get("origin"))
    dense = _pixels(_png(bitmap["data"]))
    height, width = dense.shape
    whole = size or (max(x + width, 1), max(y + height, 1))
    return masks.paste(dense, (x, y), whole), int(dense.sum())


def _origin(value: Any) -> tuple[int, int]:
    whole = isinstance(value, list) and len(value) == 2 and all(map(_is_place, value))
    if not whole:
        raise FormatError(f"a bitmap with the origin {value!r:.40}, expected [x, y]")
    return int(value[0]), int(value[1])


def _is_place(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) < 1 << 31 and value == int(value)


def _png(text: str) -> bytes:
    """The PNG; old bitmaps are not packed."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormatError("a bitmap that is not base64") from error
    if data.startswith(b"\x89PNG"):
        return data
    unpacker = zlib.decompressobj()
    try:
        found = unpacker.decompress(data, LARGEST)
    except zlib.error as error:
        raise FormatError(f"a bitmap that zlib cannot unpack: {error}") from error
    if unpacker.unconsumed_tail:
        raise FormatError(f"a bitmap of more than {LARGEST} bytes")
    return found


def _pixels(data: bytes) -> NDArray[np.bool_]:
    """Opaque pixels of a coloured picture, else those that are not black, (H, W)."""
    from PIL import Image

    head = headers.png(io.BytesIO(data))
    if head is None or head[0][0] * head[0][1] > LARGEST:
        raise FormatError("a bitmap that is no PNG, or far too large a one")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
                if picture.mode in ("1", "L", "I", "I;16", "F"):
                    return np.asarray(picture) != 0
                if picture.mode == "P" and "transparency" not in picture.info:
                    return np.asarray(picture.convert("L")) != 0
                return np.asarray(picture.convert("RGBA"))[..., 3] != 0
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise FormatError("a bitmap whose PNG is broken") from error
