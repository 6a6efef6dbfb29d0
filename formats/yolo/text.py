"""Numbers to label lines, for all rows of a chunk at once.

Every number is written with 6 decimals: a space and the 8 characters of ``0.123456``, which are
put in their place as one word of 64 bits.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["DECIMALS", "SCALE", "lines"]

DECIMALS = 6
SCALE = 10**DECIMALS
CELL = 9
BLOCK = 1 << 14
"""Numbers that are written together, so that temporaries stay in the cache."""
CELLS = CELL * np.arange(BLOCK)
ZERO, SPACE, NEWLINE = ord("0"), ord(" "), ord("\n")


def _words(texts: list[bytes]) -> NDArray[np.uint64]:
    """Texts of 8 bytes as words."""
    return np.frombuffer(b"".join(texts), np.uint64)


FRONTS = _words([b"%d.%03d\0\0\0" % divmod(i, 1000) for i in range(10_000)])
BACKS = _words([b"\0\0\0\0\0%03d" % i for i in range(1000)])
"""The first five characters of a number below 10, and its last three."""

Ints = NDArray[np.int64]


def lines(
    classes: Ints, counts: Ints, values: NDArray[np.float64]
) -> tuple[bytes, NDArray[np.int64]]:
    """The text of N lines ``class value value ...``, and where each ends in it, (N + 1,) from 0.

    `counts` (N,) values stand on each line; `values` those of all lines one after another.
    """
    values = np.asarray(values)
    if len(values) and not (_whole(values.min()) >= 0 and _whole(values.max()) < 10 * SCALE):
        return _one_by_one(classes, counts, _whole(values).astype(np.int64))
    heads = _digits(classes)
    ends = np.concatenate([[0], np.cumsum(heads + CELL * counts + 1)]).astype(np.int64)
    out = np.full(int(ends[-1]), SPACE, dtype=np.uint8)
    _head(out, ends[:-1], classes, heads)
    out[ends[1:] - 1] = NEWLINE
    first = ends[:-1] + heads + 1 - CELL * (np.cumsum(counts) - counts)
    _fill(out, np.repeat(first, counts), values)
    return out.tobytes(), ends


def _whole(values: Any) -> Any:
    """Numbers in millionths."""
    return np.rint(values * SCALE)


def _fill(out: NDArray[np.uint8], shifts: Ints, values: NDArray[np.float64]) -> None:
    """Write numbers below 10; number k stands `shifts[k]` behind ``CELL * k``."""
    words = np.ndarray((max(len(out) - 7, 0),), np.uint64, out, strides=(1,))
    for start in range(0, len(values), BLOCK):
        small = _whole(values[start : start + BLOCK]).astype(np.uint32)
        thousands = small // np.uint32(1000)
        places = shifts[start : start + BLOCK] + CELLS[: len(small)]
        words[places + CELL * start] = (
            FRONTS[thousands] | BACKS[small - thousands * np.uint32(1000)]
        )


def _digits(classes: Ints) -> Ints:
    """(N,) how many digits a class number has."""
    return 1 + np.searchsorted(10 ** np.arange(1, 10), classes, side="right")


def _head(out: NDArray[np.uint8], starts: Ints, classes: Ints, digits: Ints) -> None:
    """Write the class numbers at the starts of their lines."""
    for place in range(int(digits.max(initial=0))):
        rows = digits > place
        out[starts[rows] + place] = ZERO + classes[rows] // 10 ** (digits[rows] - 1 - place) % 10


def _one_by_one(classes: Ints, counts: Ints, whole: Ints) -> tuple[bytes, Ints]:
    """The same for numbers that do not fit the cells: corners of boxes that stick out."""
    bounds = np.concatenate([[0], np.cumsum(counts)]).tolist()
    numbers = whole.tolist()
    texts = [
        b"%d" % name + b"".join(_number(n) for n in numbers[start:stop]) + b"\n"
        for name, (start, stop) in zip(classes.tolist(), pairwise(bounds), strict=True)
    ]
    ends = np.concatenate([[0], np.cumsum([len(text) for text in texts])])
    return b"".join(texts), ends.astype(np.int64)


def _number(whole: int) -> bytes:
    sign = b" -" if whole < 0 else b" "
    return sign + b"%d.%06d" % divmod(abs(whole), SCALE)
