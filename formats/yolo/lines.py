"""Label files to numbers: all files of a chunk are parsed as one text."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formats.files import BOM
from formats.yolo import numbers
from formats.yolo.rows import Rows

__all__ = ["parse"]

SPACE, NEWLINE = 32, 10
PADDING = b"\n" * numbers.LONGEST


def parse(texts: Sequence[bytes]) -> Rows:
    """The lines of label files; blank lines count but give no row.

    A word that is no number is NaN.
    """
    if not texts:
        return Rows.empty()
    clean = [text.removeprefix(BOM) for text in texts]
    whole = b"\n".join(clean) + PADDING
    letters = np.frombuffer(whole, dtype=np.uint8)
    starts, ends = _words(letters)
    values = numbers.read(whole, letters, starts, ends)
    lengths = np.array([text.count(b"\n") + 1 for text in clean], dtype=np.int64)
    files = np.repeat(np.arange(len(clean)), lengths)
    places = np.arange(len(files)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + 1
    per_line = np.diff(np.searchsorted(starts, _line_ends(letters, len(files))), prepend=0)
    full = per_line > 0
    return _rows(files[full], places[full], per_line[full].astype(np.int64), values)


def _words(letters: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where words begin and end: runs of anything but blanks."""
    solid = np.zeros(len(letters) + 1, dtype=np.int8)
    np.greater(letters, SPACE, out=solid[1:].view(bool))
    edges = np.diff(solid)
    return np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)


def _line_ends(letters: NDArray[np.uint8], lines: int) -> NDArray[np.int64]:
    return np.flatnonzero(letters == NEWLINE)[:lines]


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
