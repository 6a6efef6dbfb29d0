"""Masks as Label Studio's bitmasks: a PNG in a data URL, black pixels on a transparent ground."""

from __future__ import annotations

import base64
import binascii
import io
import warnings

import numpy as np
from numpy.typing import NDArray

from formats.errors import FormatError
from formats.label_studio.brush import MOST_PIXELS
from geometry import masks
from geometry.masks import Mask

__all__ = ["decode", "encode"]

PREFIX = "data:image/png;base64,"


def encode(mask: Mask) -> str:
    """The data URL of a mask: one bit per pixel, black where it is set, else transparent."""
    from PIL import Image

    picture = Image.fromarray(masks.decode(mask).astype(np.uint8))
    picture.putpalette(bytes(6))
    stream = io.BytesIO()
    picture.save(stream, "PNG", bits=1, transparency=0)
    return PREFIX + base64.b64encode(stream.getvalue()).decode("ascii")


def decode(url: str, size: tuple[int, int]) -> Mask:
    """The mask of a data URL, whose picture must have `size` (width, height) in pixels.

    Foreground is what is at least half as opaque as the most opaque pixel, as with strokes.
    FormatError where it is no such picture.
    """
    if not url.startswith(PREFIX):
        raise FormatError(f"a bitmask {url[:40]!r}, expected {PREFIX}...")
    try:
        data = base64.b64decode(url[len(PREFIX) :], validate=True)
    except (binascii.Error, ValueError) as error:
        raise FormatError("a bitmask that is not base64") from error
    alpha = _alpha(data, size)
    least = max(1, (int(alpha.max(initial=0)) + 1) // 2)
    return masks.encode(alpha >= least)


def _alpha(data: bytes, size: tuple[int, int]) -> NDArray[np.uint8]:
    """How opaque each pixel is, (H, W); a picture without transparency is opaque all over."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
                _check(picture.size, size)
                return np.asarray(picture.convert("RGBA"))[..., 3]
    except FormatError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FormatError("a bitmask whose PNG is broken") from error


def _check(found: tuple[int, int], size: tuple[int, int]) -> None:
    if found != size or found[0] * found[1] > MOST_PIXELS:
        told = f"{found[0]} x {found[1]}"
        raise FormatError(f"a bitmask of {told} pixels, expected {size[0]} x {size[1]}")
