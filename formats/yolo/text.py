"""Numbers to label lines, for all rows of a chunk at once.

Every number is written with 6 decimals, so it takes 9 characters with the space before it, and a
whole chunk is filled in as a matrix of characters.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["DECIMALS", "SCALE", "lines"]

DECIMALS = 6
SCALE = 10**DECIMALS
CELL = 9
ZERO, POINT, SPACE, NEWLINE = ord("0"), ord("."), ord(" "), ord("\n")
TRIPLES = np.array([[i // 100, i // 10 % 10, i % 10] for i in range(1000)], np.uint8) + ZERO
"""The digits of 0 to 999."""
FRONTS = np.empty((10_000, 6), np.uint8)
FRONTS[:, 0], FRONTS[:, 2], FRONTS[:, 3:] = SPACE, POINT, np.tile(TRIPLES, (10, 1))
FRONTS[:, 1] = ZERO + np.repeat(np.arange(10), 1000)
"""A space and the first 4 digits of numbers below 10."""

Ints = NDArray[np.int64]


def lines(
    classes: Ints, counts: Ints, values: NDArray[np.float64]
) -> tuple[bytes, NDArray[np.int64]]:
    """The text of N lines ``class value value ...``, and where each ends in it, (N + 1,) from 0.

    `counts` (N,) values stand on each line; `values` those of all lines one after another.
    """
    whole = np.rint(np.asarray(values) * SCALE).astype(np.int64)
    if whole.size and (whole.min() < 0 or whole.max() >= 10 * SCALE):
        return _one_by_one(classes, counts, whole)
    heads = _digits(classes)
    lengths = heads + CELL * counts + 1
    ends = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    out = np.empty(int(ends[-1]), dtype=np.uint8)
    free = np.ones(len(out), dtype=bool)
    _head(out, free, ends[:-1], classes, heads)
    out[ends[1:] - 1] = NEWLINE
    free[ends[1:] - 1] = False
    out[free] = _cells(whole).ravel()
    return out.tobytes(), ends


def _digits(classes: Ints) -> Ints:
    """(N,) how many digits a class number has."""
    return 1 + np.searchsorted(10 ** np.arange(1, 10), classes, side="right")


def _head(
    out: NDArray[np.uint8], free: NDArray[np.bool_], starts: Ints, classes: Ints, digits: Ints
) -> None:
    """Write the class numbers at the starts of their lines."""
    for place in range(int(digits.max(initial=0))):
        rows = digits > place
        spots = starts[rows] + place
        out[spots] = ZERO + classes[rows] // 10 ** (digits[rows] - 1 - place) % 10
        free[spots] = False


def _cells(whole: Ints) -> NDArray[np.uint8]:
    """(V, 9) characters of numbers below 10 in millionths."""
    cells = np.empty((len(whole), CELL), dtype=np.uint8)
    small = whole.astype(np.int32)
    thousands = small // 1000
    cells[:, :6] = FRONTS[thousands]
    cells[:, 6:] = TRIPLES[small - thousands * 1000]
    return cells


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
