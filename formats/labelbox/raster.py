"""Masks as PNG pictures of the size of the whole picture: 1 inside, 0 outside."""

from __future__ import annotations

import io
import warnings

import numpy as np

from formats import headers
from formats.errors import FormatError
from geometry import masks
from geometry.masks import Mask

__all__ = ["PREFIX", "decode", "encode"]

PREFIX = "data:image/png;base64,"
LARGEST = 1 << 27
"""Pixels up to which a picture is decoded."""


def encode(mask: Mask) -> bytes:
    """The PNG of a mask, grey with values 0 and 1, as Labelbox's SDK takes it."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(masks.decode(mask).astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def decode(data: bytes, size: tuple[int, int] | None) -> Mask:
    """The mask of a PNG: every pixel that is not black and not transparent.

    FormatError where it is none, is far too large, or has another size than the picture.
    """
    from PIL import Image

    head = headers.png(io.BytesIO(data))
    if head is None or head[0][0] * head[0][1] > LARGEST:
        raise FormatError("a mask that is no PNG, or far too large a one")
    if size is not None and head[0] != size:
        found = f"{head[0][0]} x {head[0][1]}"
        raise FormatError(f"a mask of {found} pixels in a picture of {size[0]} x {size[1]}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
                if picture.mode in ("1", "L", "I", "I;16"):
                    return masks.encode(np.asarray(picture) != 0)
                pixels = np.asarray(picture.convert("RGBA"))
                return masks.encode(pixels[..., :3].any(axis=2) & (pixels[..., 3] > 0))
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise FormatError("a mask whose PNG is broken") from error
