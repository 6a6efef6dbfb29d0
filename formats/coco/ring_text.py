"""The polygons of many JSON texts at once: how many points each ring has, and later the points.

Nearly every polygon is a list of lists of numbers and nothing else. Where its rings begin and end,
and how many numbers stand in them, is told by brackets and commas; the numbers themselves are read
when somebody wants them, all in one go.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from formats import decimals
from geometry.rings import Rings

__all__ = ["rings"]

OPEN, CLOSE, COMMA = b"[],"
BLANKS = b" \t\r\n"
PLAIN = b"0123456789+-.,[]"
UPPER = bytes.maketrans(b"e", b"E")
"""What lists of lists of numbers are written in, but for blanks and exponents, once they are known
to be JSON; the e of an exponent would stand among the brackets.
"""
PADDING = b"," * decimals.LONGEST
RARE = 16
"""One number in so many may be longer than those that are read together."""
BLOCK = 1 << 16
"""Characters of longer numbers that are read together."""
LEAST = 6
"""Numbers of a ring of three points."""
FLAT = msgspec.json.Decoder(list[float])
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def rings(texts: Sequence[bytes], rows: Ints, count: int) -> Rings | None:
    """The rings of N = `count` rows, of which those at `rows` (K,) have JSON `texts`.

    None where one of them is anything else than lists of an even number of six or more numbers
    each, so that every text must be looked at by itself. A text is JSON and begins with ``[``.
    """
    if not texts:
        return Rings.empty(count)
    text = b",".join(texts)
    if further := text.translate(None, PLAIN):
        if further.strip(BLANKS + b"eE"):
            return None
        texts = [one.translate(UPPER, BLANKS) for one in texts]
        text = b",".join(texts)
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    signs = _Signs.of(text)
    counts = _counts(signs, sizes)
    if counts is None:
        return None
    numbers = signs.numbers()
    if (numbers % 2).any() or numbers.min(initial=LEAST) < LEAST:
        return None
    parts = np.zeros(count, np.int64)
    parts[rows] = counts
    each = np.arange(len(numbers) + 1, dtype=np.int64)
    return Rings(signs.points, _ends(numbers // 2), each, _ends(parts))


@dataclass(slots=True)
class _Signs:
    """A text of lists and the places of its brackets and commas.

    `opens` and `closes` are positions in `places`: of all brackets, and then of those of rings.
    """

    text: bytes
    letters: NDArray[np.uint8]
    places: Ints
    opens: Ints
    closes: Ints

    @classmethod
    def of(cls, text: bytes) -> _Signs:
        text += PADDING
        letters = np.frombuffer(text, np.uint8)
        places = np.flatnonzero((letters == COMMA) | (letters >= OPEN))
        kinds = letters[places]
        brackets = np.flatnonzero(kinds >= OPEN)
        is_open = kinds[brackets] == OPEN
        return cls(text, letters, places, brackets[is_open], brackets[~is_open])

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process gets the text, which is less than its numbers."""
        return _Signs.of, (self.text[: -len(PADDING)],)

    def numbers(self) -> Ints:
        """How many numbers stand in each ring, which is not empty: one behind each sign of its own
        but the last.
        """
        return self.closes - self.opens

    def points(self) -> Floats:
        """The numbers, as pairs."""
        starts, ends = self.places[:-1] + 1, self.places[1:]
        solid = starts < ends
        starts, ends = starts[solid], ends[solid]
        if np.count_nonzero(ends - starts > decimals.CELL) * RARE > len(starts):
            return _one_by_one(self.text[: -len(PADDING)])
        return decimals.read(self.text, self.letters, starts, ends).reshape(-1, 2)


def _counts(signs: _Signs, sizes: Ints) -> Ints | None:
    """How many rings each text has; `signs` keeps their brackets alone.

    None where a text is not a list of lists that are not empty. Two rings of a text have ``],[``
    between them, those of two texts ``]],[[``: nothing else fits into that many characters.
    """
    ends = np.cumsum(sizes + 1) - 1
    starts = ends - sizes
    opens, closes = signs.places[signs.opens], signs.places[signs.closes]
    outer = np.searchsorted(opens, starts)
    if len(opens) != len(closes) or (outer == len(opens)).any():
        return None
    counts = np.diff(outer, append=len(opens)) - 1
    if (counts < 1).any():
        return None
    last = np.cumsum(counts + 1) - 1  # every text has one bracket more than it has rings
    signs.opens, signs.closes = np.delete(signs.opens, outer), np.delete(signs.closes, last)
    opens, closes = np.delete(opens, outer), np.delete(closes, last)
    first = np.cumsum(counts) - counts
    gaps = np.full(len(opens), 2)
    gaps[first] = 4
    fits = (
        (opens[first] == starts + 1).all()
        and (closes[first + counts - 1] == ends - 2).all()
        and (opens[1:] - closes[:-1] == gaps[1:]).all()
        and (closes - opens > 1).all()
    )
    return counts if fits else None


def _one_by_one(text: bytes) -> Floats:
    """The points of a text of lists; some at a time, so that they stay in the cache."""
    flat = text.translate(None, b"[]")
    found, at = [b""], 0
    while at < len(flat):
        stop = flat.find(b",", at + BLOCK)
        stop = len(flat) if stop < 0 else stop
        found.append(_doubles(flat[at:stop]))
        at = stop + 1
    return np.frombuffer(b"".join(found), np.float64).reshape(-1, 2)


def _doubles(text: bytes) -> bytes:
    """The numbers of a text with commas between them, as doubles one after another.

    `struct` packs a list four times as fast as NumPy turns it into an array.
    """
    try:
        numbers = FLAT.decode(b"[%b]" % text)
    except msgspec.ValidationError:  # more than a double holds
        numbers = [float(word) for word in text.split(b",")]
    return struct.pack(f"{len(numbers)}d", *numbers)


def _ends(lengths: Ints) -> Ints:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
