"""Pictures to pixels: OpenCV for the ordinary ones, Pillow for the rest; colours agree.

Pillow reads every header (0.1 ms). Then 8-bit RGB and grey JPEG and PNG, found whole, go to OpenCV,
which is twice as fast and holds no lock; all others take Pillow's way.
"""

from __future__ import annotations

import io
import struct

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import UnidentifiedImageError, features

from prelabel import integrity
from prelabel.errors import ImageError

__all__ = ["NotAPicture", "pixels"]

Pixels = NDArray[np.uint8]

KINDS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "PPM")
READ = (*KINDS, "AVIF") if features.check("avif") else KINDS
"""Pillow's names of what is read: those that pictures for models come in, and no others."""

ODD_CHUNKS = frozenset({b"tRNS", b"eXIf", b"acTL"})
"""PNG chunks that change the picture: transparent colour, orientation, animation."""

ORIENTATION = 0x0112
PIL.Image.init()
PIL.Image.MAX_IMAGE_PIXELS = None  # `max_pixels` is asked instead, by us and per call
cv2.setNumThreads(1)  # the callers are many; threads of their own would only fight


class NotAPicture(ValueError):  # noqa: N818 - the caller tells what it is instead
    """Bytes that no decoder of `READ` knows."""


def pixels(data: bytes, where: str, max_pixels: int) -> Pixels:
    """(H, W, 3) RGB of the picture in `data`; see `prelabel.image.decode`."""
    picture = _header(data, where)
    width, height = picture.size
    if width * height > max_pixels:
        raise ImageError(f"{width} x {height} pixels, at most {max_pixels} are read", where=where)
    if picture.format in ("JPEG", "MPO"):
        integrity.check_jpeg(data, where)
        plain = picture.mode in ("RGB", "L")
    else:
        plain = picture.format == "PNG" and _is_plain_png(data, where)
    return _fast(picture, data, where) if plain else _with_pillow(picture, where)


def _header(data: bytes, where: str) -> PIL.Image.Image:
    try:
        return PIL.Image.open(io.BytesIO(data), formats=READ)
    except (UnidentifiedImageError, ImportError) as error:
        # ImportError: ultralytics replaces Image.open by one that asks for a plug-in it lacks
        raise NotAPicture from error
    except Exception as error:
        raise _broken(error, where) from error


def _is_plain_png(data: bytes, where: str) -> bool:
    """8-bit grey or RGB without a chunk that changes the picture. ImageError where it is cut."""
    chunks = integrity.check_png(data, where)
    return data[24] == 8 and data[25] in (0, 2) and not chunks & ODD_CHUNKS


def _fast(picture: PIL.Image.Image, data: bytes, where: str) -> Pixels:
    flags = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:
        raise _broken(error, where) from error
    if found is None:
        return _with_pillow(picture, where)
    return turned(found, orientation(picture.info.get("exif", b"")))


def _with_pillow(picture: PIL.Image.Image, where: str) -> Pixels:
    try:
        picture.load()
        return turned(_rgb(picture), orientation(picture.info.get("exif", b"")))
    except Exception as error:
        raise _broken(error, where) from error


def _broken(error: Exception, where: str) -> ImageError:
    reason = " ".join(str(error).split()) or type(error).__name__
    return ImageError(f"cannot be decoded: {reason[:200]}", where=where)


def _rgb(picture: PIL.Image.Image) -> Pixels:
    if picture.mode.startswith("I") or picture.mode == "F":
        return np.repeat(_to_8_bits(picture)[:, :, None], 3, axis=2)
    if picture.has_transparency_data:
        picture = _on_white(picture.convert("RGBA"))
    return np.array(picture.convert("RGB"))


def _to_8_bits(picture: PIL.Image.Image) -> Pixels:
    """(H, W) of a picture with more than 8 bits a sample."""
    values = np.asarray(picture).astype(np.float64)
    if picture.mode.startswith("I;16") or picture.format in ("PNG", "PPM"):
        low, high = 0.0, 65535.0
    else:
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
        low, high = float(values.min()), float(values.max())
    scaled = (values - low) * (255.0 / max(high - low, 1e-12))
    return np.clip(np.rint(scaled), 0, 255).astype(np.uint8)


def _on_white(picture: PIL.Image.Image) -> PIL.Image.Image:
    ground = PIL.Image.new("RGBA", picture.size, "white")
    return PIL.Image.alpha_composite(ground, picture)


def orientation(exif: bytes) -> int:
    """EXIF orientation 1..8 of an EXIF block (JEITA CP-3451, tag 0x0112); 1 where it has none.

    A TIFF's own orientation has been applied by Pillow when it is loaded.
    """
    block = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(block[:2], "")
    try:
        (start,) = struct.unpack_from(f"{order}I", block, 4)
        (count,) = struct.unpack_from(f"{order}H", block, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", block, entry)
            if tag == ORIENTATION:
                return int(value)
    except struct.error:
        return 1
    return 1


def turned(found: Pixels, orientation: int) -> Pixels:
    """Pixels as displayed: orientations 2 to 8 mirror, turn, or both."""
    if not 2 <= orientation <= 8:
        return found
    if orientation >= 5:
        found = found.transpose(1, 0, 2)
    if orientation in (3, 4, 7, 8):
        found = found[::-1]
    if orientation in (2, 3, 6, 7):
        found = found[:, ::-1]
    return np.ascontiguousarray(found)
