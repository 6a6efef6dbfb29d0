"""`Image`: decoded pixels and the digest that identifies them; `decode`: from bytes to pixels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from prelabel.errors import ImageError
from prelabel.settings import Settings

__all__ = ["Image", "MAX_PIXELS", "decode"]

MAX_PIXELS = Settings().max_pixels

FOREIGN = {
    b"%PDF": "a PDF document",
    b"<svg": "an SVG drawing",
    b"<!DO": "a web page",
    b"<htm": "a web page",
    b"<?xm": "XML",
    b"PK\x03\x04": "a zip archive",
    b"8BPS": "a Photoshop file",
}
"""First bytes of what is no picture for a model, for the error text."""

STARTS = {b"\xff\xd8\xff": "JPEG", b"\x89PNG": "PNG", b"GIF8": "GIF", b"RIFF": "WEBP", b"BM": "BMP"}
"""First bytes of pictures, to tell a broken one from what was never a picture."""


@dataclass(frozen=True, eq=False)
class Image:
    """A picture as models see it: `pixels` (H, W, 3) uint8 RGB, EXIF orientation applied."""

    pixels: NDArray[np.uint8]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @cached_property
    def digest(self) -> str:
        """sha256 of size and pixels, hexadecimal; computed when first asked for."""
        hasher = hashlib.sha256(repr(self.pixels.shape).encode())
        hasher.update(np.ascontiguousarray(self.pixels).data)
        return hasher.hexdigest()


def decode(data: bytes, where: str = "", max_pixels: int = MAX_PIXELS) -> Image:
    """The picture in `data`, its first frame where it has several, turned as EXIF says.

    Transparent pictures are laid on white, as annotation tools show them. 16-bit samples are
    scaled to 8 bits by their full range, 32-bit ones by the range in the picture. `where` is the
    path or address for error texts. ImageError: not a picture, of a kind that is not read, cut or
    damaged, or of more than `max_pixels`, which is told from the header before any decoding.
    """
    from prelabel import decoding  # loads Pillow and OpenCV

    if not data:
        raise ImageError("is empty, expected a picture", where=where)
    try:
        return Image(decoding.pixels(data, where, max_pixels))
    except decoding.NotAPicture as error:
        raise ImageError(what_it_is(data), where=where) from error


def what_it_is(data: bytes) -> str:
    """What bytes that no decoder takes are, as far as their start tells."""
    if data[4:8] == b"ftyp":
        brand = "".join(chr(byte) for byte in data[8:12] if 32 < byte < 127).upper()
        return f"is a picture or film of kind {brand}, which cannot be read here"
    for first, kind in STARTS.items():
        if data.startswith(first):
            return f"starts like a {kind}, but its header is cut or damaged"
    head = data[:512].lstrip()
    kind = next((what for first, what in FOREIGN.items() if head.startswith(first)), "")
    if not kind and not binary(head):
        kind = "text"
    return f"is not a picture: it is {kind}" if kind else "is not a picture of a known kind"


def binary(head: bytes) -> bool:
    """Whether bytes hold anything but text."""
    return any(byte < 9 or 13 < byte < 32 for byte in head)
