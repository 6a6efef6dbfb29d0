"""Label files to numbers: all files of a chunk are parsed as one text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formats import decimals
from formats.files import BOM
from formats.yolo.rows import Rows

__all__ = ["parse"]

Ints = NDArray[np.int64]
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
    whole = _spaced(b"\n".join(clean) + PADDING)
    letters = np.frombuffer(whole, dtype=np.uint8)
    starts, ends, per_line = _words(letters)
    lengths = np.array([text.count(b"\n") + 1 for text in clean], dtype=np.int64)
    files = np.repeat(np.arange(len(clean)), lengths)
    places = np.arange(len(files)) - np.repeat(np.cumsum(lengths) - lengths, lengths) + 1
    words = per_line[: len(files)]
    full = words > 0
    words = words[full]
    heads = np.cumsum(words) - words
    rest = np.ones(len(starts), dtype=bool)
    rest[heads] = False
    classes = decimals.read(whole, letters, starts[heads], ends[heads])
    values = decimals.read(whole, letters, starts[rest], ends[rest])
    return Rows(files[full], places[full], classes, words - 1, values)


def _spaced(text: bytes) -> bytes:
    """The text; where it is blanks for the most part, with one for each run of them in a line."""
    letters = np.frombuffer(text, dtype=np.uint8)
    blanks = np.count_nonzero(letters <= SPACE)
    return BLANKS.sub(b" ", text) if 2 * blanks > len(text) else text


def _words(letters: NDArray[np.uint8]) -> tuple[Ints, Ints, Ints]:
    """Where words begin and end, runs of anything but blanks; how many stand on each line."""
    ends = np.flatnonzero(letters <= SPACE)
    starts = np.empty_like(ends)
    starts[:1], starts[1:] = 0, ends[:-1] + 1
    solid = starts < ends
    per_line = np.diff(np.cumsum(solid)[letters[ends] == NEWLINE], prepend=0)
    return starts[solid], ends[solid], per_line
