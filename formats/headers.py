"""The headers of JPEG and PNG files: size and EXIF orientation, without an imaging library.

JPEG: ITU T.81 B.2.2 (frame header) and Exif 2.32 4.7.2 (APP1); PNG: W3C PNG (third edition) 11.2.1
(IHDR) and 11.3.3.6 (eXIf).
"""

from __future__ import annotations

import struct
from typing import BinaryIO

__all__ = ["jpeg", "png"]

Found = tuple[tuple[int, int], int]
ORIENTATION = 0x0112
FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""JPEG markers of a frame header: SOF0 to SOF15 without DHT, JPG and DAC."""
BARE = frozenset({0x01, *range(0xD0, 0xD9)})
"""JPEG markers that stand alone, without a length."""


def jpeg(stream: BinaryIO) -> Found | None:
    """(stored size, orientation) of a JPEG file, None where no frame header is found."""
    orientation, stated = 1, False
    if stream.read(2) != b"\xff\xd8":
        return None
    while (marker := _marker(stream)) is not None:
        if marker in BARE:
            continue
        length = int.from_bytes(stream.read(2)) - 2
        if length < 0 or marker in (0xD9, 0xDA):
            return None
        if marker in FRAMES:
            height, width = struct.unpack(">xHH", stream.read(5).rjust(5, b"\0"))
            return ((width, height), orientation) if width and height else None
        if marker == 0xE1 and not stated:
            body = stream.read(length)
            if body.startswith(b"Exif\0\0"):
                orientation, stated = exif(body[6:]), True
        else:
            stream.seek(length, 1)
    return None


def _marker(stream: BinaryIO) -> int | None:
    """The next marker; bytes before it and fill bytes are skipped."""
    byte = stream.read(1)
    while byte and byte != b"\xff":
        byte = stream.read(1)
    while byte == b"\xff":
        byte = stream.read(1)
    return byte[0] if byte else None


def png(stream: BinaryIO) -> Found | None:
    """(stored size, orientation) of a PNG file, None where IHDR is missing.

    eXIf may stand behind the pixels, so the chunk heads of the whole file are looked at, but not
    their contents.
    """
    if stream.read(8) != b"\x89PNG\r\n\x1a\n":
        return None
    head = stream.read(25)
    if len(head) < 25 or head[4:8] != b"IHDR":
        return None
    width, height = struct.unpack(">II", head[8:16])
    orientation = 1
    while len(chunk := stream.read(8)) == 8:
        length, name = struct.unpack(">I4s", chunk)
        if name == b"eXIf":
            orientation = exif(stream.read(length))
            break
        if name == b"IEND":
            break
        stream.seek(length + 4, 1)
    return ((width, height), orientation) if width and height else None


def exif(block: bytes) -> int:
    """The orientation 1..8 that a TIFF block states in its first directory, 1 where none is."""
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None or len(block) < 8:
        return 1
    start = struct.unpack_from(order + "I", block, 4)[0]
    if start + 2 > len(block):
        return 1
    for k in range(struct.unpack_from(order + "H", block, start)[0]):
        at = start + 2 + 12 * k
        if at + 12 > len(block):
            return 1
        tag, kind = struct.unpack_from(order + "HH", block, at)
        if tag == ORIENTATION and kind == 3:
            value = int(struct.unpack_from(order + "H", block, at + 8)[0])
            return value if 1 <= value <= 8 else 1
    return 1
