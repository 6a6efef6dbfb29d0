"""The polygons of many JSON texts at once: how many points each ring has, and later the points.

Nearly every polygon is a list of lists of numbers and nothing else. Where its rings begin and end,
and how many numbers stand in them, is told by brackets and commas; the numbers themselves are read
when somebody wants them, all in one go.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import partial

import msgspec
import numpy as np
from numpy.typing import NDArray

from geometry.rings import Rings

__all__ = ["rings"]

OPEN, CLOSE, COMMA = b"[],"
BLANKS = b" \t\r\n"
PLAIN = b"0123456789+-.eE,[]"
"""All that a list of lists of numbers is written in, once it is known to be JSON."""
BLOCK = 1 << 16
"""Characters of numbers that are read together."""
LEAST = 6
"""Numbers of a ring of three points."""
FLAT = msgspec.json.Decoder(list[float])
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
        if further.strip(BLANKS):
            return None
        texts = [one.translate(None, BLANKS) for one in texts]
        text = b",".join(texts)
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    letters = np.frombuffer(text, np.uint8)
    found = _spans(letters, sizes)
    if found is None:
        return None
    opens, closes, counts = found
    commas = np.flatnonzero(letters == COMMA)
    numbers = np.searchsorted(commas, closes) - np.searchsorted(commas, opens) + 1
    if (numbers % 2).any() or numbers.min(initial=LEAST) < LEAST:
        return None
    parts = np.zeros(count, np.int64)
    parts[rows] = counts
    each = np.arange(len(opens) + 1, dtype=np.int64)
    return Rings(partial(_points, text), _ends(numbers // 2), each, _ends(parts))


def _spans(letters: NDArray[np.uint8], sizes: Ints) -> tuple[Ints, Ints, Ints] | None:
    """Where every ring opens and closes, and how many each text has.

    None where a text is not a list of lists that are not empty. Two rings of a text have ``],[``
    between them, those of two texts ``]],[[``: nothing else fits into that many characters.
    """
    ends = np.cumsum(sizes + 1) - 1
    starts = ends - sizes
    opens, closes = np.flatnonzero(letters == OPEN), np.flatnonzero(letters == CLOSE)
    inner, outer = np.ones(len(opens), bool), np.searchsorted(opens, starts)
    if len(opens) != len(closes) or (outer == len(opens)).any():
        return None
    inner[outer] = False
    counts = np.diff(outer, append=len(opens)) - 1
    if (counts < 1).any():
        return None
    last = np.cumsum(counts + 1) - 1  # every text has one bracket more than it has rings
    opens = opens[inner]
    inner[:] = True
    inner[last] = False
    closes = closes[inner]
    first = np.cumsum(counts) - counts
    gaps = np.full(len(opens), 2)
    gaps[first] = 4
    fits = (
        (opens[first] == starts + 1).all()
        and (closes[first + counts - 1] == ends - 2).all()
        and (opens[1:] - closes[:-1] == gaps[1:]).all()
        and (closes - opens > 1).all()
    )
    return (opens, closes, counts) if fits else None


def _points(text: bytes) -> NDArray[np.float64]:
    """The numbers of a text of lists, as pairs; some at a time, so that they stay in the cache."""
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
