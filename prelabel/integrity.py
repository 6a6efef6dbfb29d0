"""Is a JPEG or PNG whole? Decoders accept cut files and leave the rest of the picture grey."""

from __future__ import annotations

import re
import zlib

from prelabel.errors import ImageError

__all__ = ["check_jpeg", "check_png"]

MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""A marker that ends entropy-coded data: neither a stuffed 0, a restart, nor fill (T.81 B.1.1)."""
START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
LONE = {0x01, *range(0xD0, 0xD9)}
"""Markers without a length: TEM, RST0-7 and SOI."""

PNG_START = b"\x89PNG\r\n\x1a\n"


def check_jpeg(data: bytes, where: str) -> None:
    """Raise ImageError unless the first picture in `data` reaches its end-of-image marker.

    Walks the segments rather than looking for the marker's two bytes: the thumbnail inside the
    EXIF segment has an end of its own.
    """
    at = 2
    while (found := MARKER.search(data, at)) is not None:
        marker, at = data[found.start() + 1], found.end()
        if marker == END_OF_IMAGE:
            return
        if marker not in LONE:
            at += int.from_bytes(data[at : at + 2], "big")
    raise ImageError(f"the JPEG is cut: no end of image in its {len(data)} bytes", where=where)


def check_png(data: bytes, where: str) -> frozenset[bytes]:
    """The types of the chunks; ImageError unless the file runs to IEND with sound checksums.

    Checksums are those of PNG (ISO 15948) 5.5, over type and content.
    """
    types = set()
    at = len(PNG_START)
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        if end > len(data):
            break
        if zlib.crc32(memoryview(data)[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end]):
            raise ImageError(f"the PNG is damaged: checksum of chunk {kind!r}", where=where)
        types.add(kind)
        if kind == b"IEND":
            return frozenset(types)
        at = end
    raise ImageError(f"the PNG is cut: no end in its {len(data)} bytes", where=where)
