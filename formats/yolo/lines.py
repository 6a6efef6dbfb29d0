"""Label files to numbers: all files of a chunk are parsed as one text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formats import decimals
from formats.files import BOM
from formats.yolo.rows import Rows

__all__ = ["parse"]

SPACE, NEWLINE = 32, 10
PADDING = b"\n" * decimals.LONGEST


def parse(texts: Sequence[bytes]) -> Rows:
    """The lines of label files; blank lines count but give no row.

    A word that is no number is NaN.
    """
    if not texts:
        return Rows.empty()
    clean = [text.removeprefix(BOM) for text in texts]
    whole = b"\n".join(clean) + PADDING
    letters = np.frombuffer(whole, dtype=np.uint8)
    ends = np.flatnonzero(letters <= SPACE)
    starts = np.empty_like(ends)
    starts[:1], starts[1:] = 0, ends[:-1] + 1
    solid = starts < ends
    per_line = _per_line(solid, letters[ends] == NEWLINE)
    starts, ends = starts[solid], ends[solid]
    values = decimals.read(whole, letters, starts, ends)
    lengths = np.array([text.count(b"\n") + 1 for text in clean], dtype=np.int64)
    files = np.repeat(np.arange(len(clean)), lengths)
    places = np.arange(len(files)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + 1
    words = per_line[: len(files)]
    full = words > 0
    return _rows(files[full], places[full], words[full], values)


def _per_line(solid: NDArray[np.bool_], ending: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many words stand on each line: those that are `solid`, up to an `ending` one."""
    return np.diff(np.cumsum(solid)[ending], prepend=0)


def _rows(
    files: NDArray[np.int64],
    places: NDArray[np.int64],
    words: NDArray[np.int64],
    values: NDArray[np.float64],
) -> Rows:
    """Rows of lines with `words` (N,) numbers each: the first is the class."""
    heads = np.cumsum(words) - words
    rest = np.ones(len(values), dtype=bool)
    rest[heads] = False
    return Rows(files, places, values[heads], words - 1, values[rest])
