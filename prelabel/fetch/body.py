"""`Body`: the bytes of a picture as they arrive, in one answer or in several.

An answer that breaks off is gone on with where it stopped (RFC 9110, 14: Range and If-Range), when
the server takes ranges and says by which mark it knows the picture again: large pictures that Label
Studio hands on from cloud storage are cut after some seconds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from prelabel.errors import FetchError

__all__ = ["Body", "looks_like_picture"]

STARTS = (
    *(b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    *(b"P1", b"P2", b"P3", b"P4", b"P5", b"P6"),
)
"""First bytes of JPEG, PNG, GIF, BMP, TIFF and PNM."""
CLIPS = (b"\x1a\x45\xdf\xa3", b"OggS", b"FLV\x01", b"\0\0\x01\xba", b"G@\0")
"""First bytes of WebM and Matroska, Ogg, FLV, MPEG program and transport streams."""

HEAD = 16
"""Bytes that tell whether it is a picture."""

OK, PARTIAL = 200, 206
CONTENT_RANGE = re.compile(rb"bytes (\d+)-\d+/(\d+)")

Headers = Mapping[bytes, bytes]


class Body:
    """At most `max_bytes` that start like a picture; `where` is their address for errors."""

    def __init__(self, where: str, max_bytes: int) -> None:
        self._where = where
        self._max = max_bytes
        self._data = bytearray()
        self._total: int | None = None
        self._mark = b""

    def __len__(self) -> int:
        return len(self._data)

    @property
    def whole(self) -> bool:
        """Whether an answer that has ended has brought everything."""
        return self._total is None or len(self._data) >= self._total

    @property
    def resumable(self) -> bool:
        """Whether the rest can be asked for."""
        return bool(self._mark)

    def finished(self) -> bytes:
        """The picture; FetchError where the bytes do not start like one."""
        self._sniff()
        return bytes(self._data)

    def missing(self) -> list[tuple[bytes, bytes]]:
        """Headers that ask for the rest; none at the beginning, or where only all can be had."""
        if not self._data:
            return []
        if not self._mark:
            self._data.clear()
            return []
        return [(b"Range", b"bytes=%d-" % len(self._data)), (b"If-Range", self._mark)]

    def begin(self, status: int, headers: Headers) -> None:
        """An answer begins, with the rest or, again, with everything."""
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise FetchError("answers compressed, which was not asked for", where=self._where)
        if status == PARTIAL:
            self._go_on(headers.get(b"content-range", b""))
            return
        self._data.clear()
        length = headers.get(b"content-length", b"")
        self._total = int(length) if length.isdigit() else None
        self._mark = _mark(headers) if self._total is not None else b""
        self._bounded(self._total or 0)

    def add(self, part: bytes) -> None:
        """Some more bytes."""
        first = len(self._data) < HEAD
        self._data += part
        self._bounded(len(self._data))
        if first and len(self._data) >= HEAD:
            self._sniff()

    def _go_on(self, content_range: bytes) -> None:
        found = CONTENT_RANGE.fullmatch(content_range)
        if not found or int(found[1]) != len(self._data) or int(found[2]) != self._total:
            raise FetchError("answers with another part than was asked for", where=self._where)

    def _bounded(self, size: int) -> None:
        if size > self._max:
            raise FetchError(f"more than {self._max} bytes", where=self._where)

    def _sniff(self) -> None:
        if not looks_like_picture(bytes(self._data[:HEAD])):
            raise FetchError("is not a picture", where=self._where)


def _mark(headers: Headers) -> bytes:
    """By what the server knows the picture again: a strong ETag; "" where it takes no ranges."""
    tag = headers.get(b"etag", b"")
    takes = headers.get(b"accept-ranges", b"").strip().lower() == b"bytes"
    return tag if takes and tag.startswith(b'"') else b""


def looks_like_picture(start: bytes) -> bool:
    """Whether bytes start like a clip, or a picture that `image.decode` takes or names."""
    if start.startswith(STARTS + CLIPS):
        return True
    boxed = start[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free")
    return boxed or (start[:4] == b"RIFF" and start[8:12] in (b"WEBP", b"AVI "))
