"""Faults of zip archives and of PNG pictures: names that lead out, sizes that are lies."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable

from numpy.random import Generator

from mutants import raw

Mutate = Callable[[str, bytes, Generator], bytes]
NAMES = ("../evil.txt", "/evil.txt", "a/../../evil.txt", "C:\\evil.txt", "", "\x00", "a" * 300)
SIZES = (0, 1, 65_535, 65_536, 1_000_000, 2**31 - 1, 2**32 - 1)


def archive(data: bytes, rng: Generator, mutate: Mutate) -> bytes:
    """A fault of the archive, or inside one of its members."""
    if not rng.integers(3):
        return raw.mutate(data, rng)
    members = _members(data)
    if not members:
        return data
    k = int(rng.integers(len(members)))
    name, content = members[k]
    match int(rng.integers(6)):
        case 0:
            members[k] = NAMES[rng.integers(len(NAMES))], content
        case 1:
            members.append((name, content))
        case 2:
            del members[k]
        case _:
            members[k] = name, mutate(name, content, rng)
    return _zipped(members, bool(rng.integers(2)))


def _members(data: bytes) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        return [(name, found.read(name)) for name in found.namelist()]


def _zipped(members: list[tuple[str, bytes]], deflated: bool) -> bytes:
    out = io.BytesIO()
    kind = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", kind) as made:
        warnings.simplefilter("ignore")
        for name, content in members:
            made.writestr(zipfile.ZipInfo(name), content, kind)
    return out.getvalue()


def png(data: bytes, rng: Generator) -> bytes:
    """Another size in the header, with its right check sum, or any fault."""
    if rng.integers(2) or len(data) < 33:
        return raw.mutate(data, rng)
    head = bytearray(data[12:29])
    at = 4 + 4 * int(rng.integers(2))
    head[at : at + 4] = struct.pack(">I", SIZES[rng.integers(len(SIZES))])
    if not rng.integers(3):
        head[12] = int(rng.integers(17))
    return data[:12] + bytes(head) + struct.pack(">I", zlib.crc32(head)) + data[33:]
