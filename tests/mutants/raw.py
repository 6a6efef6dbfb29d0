"""Faults of any file: bytes turned over, replaced, cut off, taken out, repeated."""

from __future__ import annotations

from numpy.random import Generator

STRANGE = (b"\xef\xbb\xbf", b"\x00", b"\xff\xfe", b"\r\n", b"\r", b"\xe2\x80\xa8", b"\x85", b"\x1a")


def mutate(data: bytes, rng: Generator) -> bytes:
    """One fault in some bytes."""
    found = bytearray(data)
    FAULTS[rng.integers(len(FAULTS))](found, rng)
    return bytes(found)


def _place(data: bytearray, rng: Generator) -> int:
    return int(rng.integers(len(data) + 1))


def flip(data: bytearray, rng: Generator) -> None:
    for _ in range(int(rng.integers(1, 6)) if data else 0):
        data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))


def overwrite(data: bytearray, rng: Generator) -> None:
    start = _place(data, rng)
    noise = rng.bytes(int(rng.integers(1, 20)))
    data[start : start + len(noise)] = noise


def cut(data: bytearray, rng: Generator) -> None:
    del data[_place(data, rng) :]


def behead(data: bytearray, rng: Generator) -> None:
    del data[: _place(data, rng)]


def remove(data: bytearray, rng: Generator) -> None:
    start = _place(data, rng)
    del data[start : start + int(rng.integers(1, 60))]


def repeat(data: bytearray, rng: Generator) -> None:
    start = _place(data, rng)
    piece = data[start : start + int(rng.integers(1, 60))]
    data[start:start] = piece * int(rng.integers(1, 50))


def strange(data: bytearray, rng: Generator) -> None:
    start = _place(data, rng) if rng.integers(3) else 0
    data[start:start] = STRANGE[rng.integers(len(STRANGE))]


def empty(data: bytearray, rng: Generator) -> None:
    del data[int(rng.integers(2)) :]


FAULTS = (flip, overwrite, cut, behead, remove, repeat, strange, empty)
