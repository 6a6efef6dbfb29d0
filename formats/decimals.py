"""Decimal numbers of a text, all at once.

Data sets hold numbers such as ``0.123456`` or ``317.25``: up to eight characters. Those are taken
as one word of 64 bits each, which is moved so that its last digit comes last, the point is taken
out, and the digits are summed up pair by pair (the way of simdjson, see D. Lemire, "Number parsing
at a gigabyte per second", 2021). Longer words are cut out as a matrix of characters and summed up
by place. Both are exact as long as 15 digits do, because a whole number over a power of ten is
rounded once. Everything else that Python calls a number is read one by one.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

__all__ = ["CELL", "LONGEST", "cells", "read"]

ZERO, POINT = ord("0"), ord(".")
LONGEST = 16
"""Characters of a word that is read with others; so many bytes stand behind the last word."""
CELL = 8
"""Characters of a word that is read as a whole."""
BLOCK = 1 << 14
"""Words that are read together, so that temporaries stay in the cache."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Letters = NDArray[np.uint8]
Words = NDArray[np.uint64]


def _each(byte: int) -> np.uint64:
    """A word of eight times the same byte."""
    return np.uint64(0x0101010101010101 * byte)


ONES, HIGHEST, HIGH, ZEROS, SIXES, POINTS = map(_each, (1, 0x80, 0xF0, ZERO, 6, POINT))
FILLS = np.array([0x3030303030303030 >> 8 * n for n in range(CELL + 1)], np.uint64)
"""Zeros in front of n characters."""
PLACES = np.uint64(sum(p << 8 * (7 - p) for p in range(CELL)))
"""Times 256 ** p: a word whose last byte is p."""
PAIRS = [
    (np.uint64(factor), np.uint64(shift), np.uint64(mask))
    for factor, shift, mask in (
        (10, 8, 0x00FF00FF00FF00FF),
        (100, 16, 0x0000FFFF0000FFFF),
        (10_000, 32, 0xFFFFFFFF),
    )
]
"""Digits to numbers of two, of four, of eight digits."""
FIRST, LATER = np.uint64(0xFF), np.uint64(0xFFFFFFFFFFFF0000)
"""The byte before the point of ``d.dddddd``, and those behind it."""
UNIT = np.uint64(int.from_bytes(b"0.000000", "little"))
ABOVE = np.uint64(int.from_bytes(b"\x76\x7f" + 6 * b"\x76", "little"))
"""What makes the highest bit of a byte one if that is more than 9; more than 0 for the second."""
SCALES = 10.0 ** np.arange(7, -1, -1)
"""What digits are divided by where the point stands at byte p."""


def read(text: bytes, letters: Letters, starts: Ints, ends: Ints) -> Floats:
    """The numbers of words (W,), NaN where a word is none.

    `letters` is `text` as an array, with at least `LONGEST` bytes behind the last word.
    """
    values, done = np.empty(len(starts)), np.empty(len(starts), dtype=bool)
    for first in range(0, len(starts), BLOCK):
        some = slice(first, first + BLOCK)
        values[some], done[some] = _short(letters, starts[some], ends[some])
    rest = np.flatnonzero(~done)
    values[rest] = _others(text, letters, starts[rest], ends[rest])
    return values


def cells(letters: Letters, starts: Ints) -> Floats | None:
    """The numbers of words ``d.dddddd``; None if one is none. For `letters` see `read`."""
    values = np.empty(len(starts))
    for first in range(0, len(starts), BLOCK):
        some = slice(first, first + BLOCK)
        found = _millionths(_taken(letters, starts[some]))
        if found is None:
            return None
        values[some] = found / 1e6
    return values


def _taken(letters: Letters, starts: Ints) -> Words:
    """Eight characters each, the first of them the lowest byte."""
    found = np.ndarray((len(letters) - CELL + 1,), np.uint64, letters, strides=(1,))[starts]
    return found if sys.byteorder == "little" else found.byteswap()


def _millionths(found: Words) -> Words | None:
    """Words ``d.dddddd`` as whole numbers; None if one is none. The words are overwritten."""
    found ^= UNIT
    other = found + ABOVE
    other |= found
    if np.bitwise_or.reduce(other) & HIGHEST:
        return None
    np.bitwise_and(found, FIRST, out=other)
    other <<= 8  # the digit takes the place of the point
    found &= LATER
    found |= other
    for factor, shift, mask in PAIRS:
        np.right_shift(found, shift, out=other)
        found *= factor
        found += other
        found &= mask
    return found


def _short(letters: Letters, starts: Ints, ends: Ints) -> tuple[Floats, NDArray[np.bool_]]:
    """Numbers of up to eight characters, and which of the words are that."""
    lengths = ends - starts
    found = _taken(letters, starts)
    if (lengths == CELL).all():
        whole = _millionths(found.copy())
        if whole is not None:
            return whole / 1e6, np.ones(len(found), bool)
    fits = np.asarray(lengths <= CELL)
    lengths = np.minimum(lengths, CELL)
    found <<= (CELL * (CELL - lengths)).astype(np.uint64)
    found |= FILLS[lengths]
    point = _first_point(found)
    if not point.all():
        whole = point == 0
        fits &= ~whole | (lengths < CELL)
        found[whole] = (found[whole] >> 8) | np.uint64(POINT << 56)
        point[whole] = 1 << 56
        lengths = lengths + whole
    return _summed(found, point, fits & (lengths > 1))


def _first_point(found: Words) -> Words:
    """256 ** p, where byte p is the first point of a word; 0 where it has none."""
    other = found ^ POINTS
    there = np.asarray((other - ONES) & ~other & HIGHEST, np.uint64)
    return np.asarray((there & (~there + np.uint64(1))) >> 7, np.uint64)


def _summed(
    found: Words, point: Words, fits: NDArray[np.bool_]
) -> tuple[Floats, NDArray[np.bool_]]:
    """The numbers of eight characters with a point at byte p each, `point` is 256 ** p, and which
    of those that `fits` names have nothing but digits beside it.
    """
    below = point - 1
    found = (found & ~(below | point * 0xFF)) | ((found & below) << 8) | ZERO
    fits &= (found & HIGH) == ZEROS
    found -= ZEROS
    fits &= ((found + SIXES) & HIGH) == 0
    for factor, shift, mask in PAIRS:
        found = np.asarray((found * factor + (found >> shift)) & mask, np.uint64)
    return found / SCALES[(point * PLACES) >> 56], fits


def _others(text: bytes, letters: Letters, starts: Ints, ends: Ints) -> Floats:
    """The numbers of words of any form."""
    lengths = ends - starts
    values = np.full(len(starts), np.nan)
    done = np.zeros(len(starts), dtype=bool)
    for length in np.flatnonzero(np.bincount(np.minimum(lengths, LONGEST + 1))):
        if CELL < length <= LONGEST:
            same = np.flatnonzero(lengths == length)
            values[same], done[same] = _decimals(letters, starts[same], int(length))
    for word in np.flatnonzero(~done).tolist():
        values[word] = _number(text[starts[word] : ends[word]])
    return values


def _decimals(letters: Letters, starts: Ints, length: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Words ``d``, ``dd`` or ``d.ddd`` of one length, and which of them are that."""
    windows = np.lib.stride_tricks.sliding_window_view(letters, length)
    block = windows[starts]
    pointed = length > 2 and len(block) > 0 and int(block[0, 1]) == POINT
    digits = np.delete(block, 1, axis=1) if pointed else block
    digits = digits - np.uint8(ZERO)
    sound = digits.max(initial=0) <= 9
    fits = np.full(len(digits), True) if sound else np.asarray((digits <= 9).all(axis=1))
    if pointed:
        fits &= block[:, 1] == POINT
    places = digits.shape[1]
    weights = 10.0 ** np.arange(places - 1, -1, -1)
    with np.errstate(all="ignore"):  # some BLAS builds raise flags over lanes that hold nothing
        whole = np.dot(digits.astype(np.float64), weights)
    return whole / 10.0 ** (places - 1 if pointed else 0), fits


def _number(word: bytes) -> float:
    try:
        return float("nan") if b"_" in word else float(word)
    except ValueError:
        return float("nan")
