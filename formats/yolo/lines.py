"""Label files to numbers: all files of a chunk are parsed as one text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formats import decimals
from formats.files import BOM
from formats.yolo import cells
from formats.yolo.rows import Rows

__all__ = ["parse"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Letters = NDArray[np.uint8]
SPACE, NEWLINE = 32, 10
BLANKS = re.compile(rb"[\x00-\x09\x0b-\x20]+")
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
    newlines = np.flatnonzero(letters == NEWLINE)
    lengths = _lengths(clean, newlines)
    files = np.repeat(np.arange(len(clean)), lengths)
    places = np.arange(len(files)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + 1
    per_line, classes, values = cells.read(whole, letters, newlines) or _words(whole, letters)
    words = per_line[: len(files)]
    full = words > 0
    return Rows(files[full], places[full], classes, words[full] - 1, values)


def _lengths(texts: Sequence[bytes], newlines: Ints) -> Ints:
    """How many lines each text has, one more than newlines."""
    ends = np.cumsum([len(text) + 1 for text in texts]) - 1
    return np.diff(np.searchsorted(newlines, ends, side="right"), prepend=0)


def _words(text: bytes, letters: Letters) -> tuple[Ints, Floats, Floats]:
    """How many words stand on each line, the first of each as a number, the others."""
    spaced = _spaced(text, letters)
    if spaced is not text:
        text, letters = spaced, np.frombuffer(spaced, dtype=np.uint8)
    ends = np.flatnonzero(letters <= SPACE)
    starts = np.empty_like(ends)
    starts[:1], starts[1:] = 0, ends[:-1] + 1
    solid = starts < ends
    per_line = np.diff(np.cumsum(solid)[letters[ends] == NEWLINE], prepend=0)
    starts, ends = starts[solid], ends[solid]
    words = per_line[per_line > 0]
    heads = np.cumsum(words) - words
    rest = np.ones(len(starts), dtype=bool)
    rest[heads] = False
    classes = decimals.read(text, letters, starts[heads], ends[heads])
    return per_line, classes, decimals.read(text, letters, starts[rest], ends[rest])


def _spaced(text: bytes, letters: Letters) -> bytes:
    """The text; where it is blanks for the most part, with one for each run of them in a line."""
    blanks = np.count_nonzero(letters <= SPACE)
    return BLANKS.sub(b" ", text) if 2 * blanks > len(text) else text
