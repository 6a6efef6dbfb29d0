"""Decimal numbers of a text, all at once.

Label files hold numbers such as ``0.123456``: the same characters in the same places. Those eight
are taken as one word of 64 bits, whose digits are summed up pair by pair (the way of simdjson, see
D. Lemire, "Number parsing at a gigabyte per second", 2021). Words of another length are cut out as
a matrix of characters and summed up by place. Both are exact as long as 15 digits do, because a
whole number over a power of ten is rounded once. Everything else that Python calls a number is read
one by one.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

__all__ = ["LONGEST", "read"]

ZERO, POINT = ord("0"), ord(".")
CELL = 8
BLOCK = 1 << 14
"""Words that are read together, so that temporaries stay in the cache."""
HIGH, ZEROS, SIXES = (np.uint64(0x0101010101010101 * byte) for byte in (0xF0, ZERO, 6))
LONGEST = 16


def read(
    text: bytes, letters: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The numbers of words (W,), NaN where a word is none.

    `letters` is `text` as an array, with at least `LONGEST` bytes behind the last word.
    """
    values, done = np.empty(len(starts)), np.empty(len(starts), dtype=bool)
    for first in range(0, len(starts), BLOCK):
        some = slice(first, first + BLOCK)
        values[some], done[some] = _millionths(letters, starts[some], ends[some])
    rest = np.flatnonzero(~done)
    values[rest] = _others(text, letters, starts[rest], ends[rest])
    return values


def _millionths(
    letters: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Words of the form ``d.dddddd``, and which of them are that."""
    words = np.ndarray((len(letters) - CELL + 1,), np.uint64, letters, strides=(1,))[starts]
    if sys.byteorder == "big":
        words.byteswap(inplace=True)
    fits = np.asarray(ends - starts == CELL)
    fits &= (words & 0xFF00) == POINT << 8
    # the first digit takes the place of the point, a zero that of the digit
    words = (words & ~np.uint64(0xFFFF)) | ((words & 0xFF) << 8) | ZERO
    fits &= (words & HIGH) == ZEROS
    words -= ZEROS
    fits &= ((words + SIXES) & HIGH) == 0
    words = (words * 10 + (words >> 8)) & 0x00FF00FF00FF00FF
    words = (words * 100 + (words >> 16)) & 0x0000FFFF0000FFFF
    words = (words * 10_000 + (words >> 32)) & 0xFFFFFFFF
    return words / 1e6, fits


def _others(
    text: bytes, letters: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The numbers of words of any form."""
    lengths = ends - starts
    values = np.full(len(starts), np.nan)
    done = np.zeros(len(starts), dtype=bool)
    for length in np.flatnonzero(np.bincount(np.minimum(lengths, LONGEST + 1))):
        if length <= LONGEST:
            words = np.flatnonzero(lengths == length)
            found, fits = _decimals(letters, starts[words], int(length))
            values[words], done[words] = found, fits
    for word in np.flatnonzero(~done).tolist():
        values[word] = _number(text[starts[word] : ends[word]])
    return values


def _decimals(
    letters: NDArray[np.uint8], starts: NDArray[np.int64], length: int
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
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
    exact: type[np.floating] = np.float32 if places <= 7 else np.float64
    weights = (10.0 ** np.arange(places - 1, -1, -1)).astype(exact)
    with np.errstate(all="ignore"):  # some BLAS builds raise flags over lanes that hold nothing
        whole = np.dot(digits.astype(exact), weights).astype(np.float64)
    return whole / 10.0 ** (places - 1 if pointed else 0), fits


def _number(word: bytes) -> float:
    try:
        return float("nan") if b"_" in word else float(word)
    except ValueError:
        return float("nan")
