"""thi.ng's rle-pack, the way Label Studio stores brush strokes: runs of bytes as a stream of bits.

Head: 32 bits count of bytes, 5 bits word size - 1 (7), four times 4 bits length size - 1 (3, 4, 8
and 16 bits). Then tokens: a run is bit 1, 2 bits length size, length - 1, and the byte; a literal
is bit 0, 2 bits length size, count - 1, and so many bytes.
Source: https://github.com/thi-ng/umbrella/tree/develop/packages/rle-pack
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from formats.errors import FormatError

__all__ = ["count", "pack", "unpack"]

Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]

HEAD = 53
"""Bits before the first token."""
SIZES = np.array([3, 4, 8, 16])
"""Bits of a length, by class."""
LONGEST = 1 << 16
WORD = 8
BLOCK = 1 << 16
"""Bits that are looked at together while tokens are found."""
PAD = 3
"""Zero bytes behind the data, so that a number may be looked for at any bit of it."""


def pack(lengths: ArrayLike, values: ArrayLike) -> bytes:
    """Runs of bytes as rle: `lengths` (N,) of 1 or more, `values` (N,) 0..255.

    Runs of one byte are written as literals and the end is padded as label-studio-sdk does it.
    """
    long, value = _split(np.asarray(lengths, np.int64), np.asarray(values, np.int64))
    kind = np.digitize(long, [9, 17, 257])
    size = SIZES[kind]
    run = (long > 1).astype(np.int64)
    code = (((run << 2 | kind) << size | (long - 1)) << WORD) | value
    head = (WORD - 1) << 16 | sum(int(n - 1) << 4 * (3 - k) for k, n in enumerate(SIZES))
    total = int(np.sum(lengths, dtype=np.int64))
    codes = np.concatenate([[total, head], code])
    bits = np.concatenate([[32, HEAD - 32], 3 + size + WORD])
    return _joined(codes, bits)


def _split(lengths: Ints, values: Ints) -> tuple[Ints, Ints]:
    """Runs of more than `LONGEST` bytes cut into pieces, the rest last."""
    pieces = -(-lengths // LONGEST)
    whole = np.repeat(np.full(len(lengths), LONGEST), pieces)
    last = np.cumsum(pieces) - 1
    whole[last] = lengths - (pieces - 1) * LONGEST
    return whole, np.repeat(values, pieces)


def _joined(codes: Ints, bits: Ints) -> bytes:
    """Numbers one after another, each of so many bits, up to 32; zeros up to a byte at the end.

    No two numbers share a bit, so what they have in a word of 32 bits can be added up.
    """
    ends = np.cumsum(bits)
    starts = ends - bits
    word, shift = starts >> 5, 64 - bits - (starts & 31)
    spread = codes.astype(np.uint64) << shift.astype(np.uint64)
    total = int(ends[-1]) // 8 + 1
    count = total // 4 + 3
    high = np.bincount(word, (spread >> np.uint64(32)).astype(np.float64), count)
    low = np.bincount(word + 1, (spread & np.uint64(0xFFFFFFFF)).astype(np.float64), count)
    return (high + low).astype(np.uint64).astype(">u4").tobytes()[:total]


def count(data: Bytes) -> int:
    """How many bytes an rle says it holds; FormatError where it is too short to say."""
    if len(data) < 7:
        raise FormatError(f"an rle of {len(data)} bytes, expected at least 7")
    return int.from_bytes(data[:4].tobytes())


def unpack(data: Bytes) -> tuple[Ints, Bytes]:
    """The runs of an rle: lengths (N,) and values (N,); literals are runs of one byte each.

    FormatError where it ends too early or holds another number of bytes than it says.
    """
    total = count(data)
    word, sizes = _head(data)
    if word != WORD:
        raise FormatError(f"an rle of words of {word} bits, expected {WORD}")
    padded = np.concatenate([data, np.zeros(PAD, np.uint8)])
    starts = _starts(padded, sizes, total)
    run, size, long = _tokens(padded, starts, sizes)
    words = np.where(run, 1, long)
    first = np.repeat(starts + 3 + size, words)
    step = np.arange(len(first)) - np.repeat(np.cumsum(words) - words, words)
    values = _bits(padded, first + WORD * step, WORD).astype(np.uint8)
    return np.repeat(np.where(run, long, 1), words), values


def _head(data: Bytes) -> tuple[int, Ints]:
    """Bits of a word, and of a length by its class."""
    bits = int.from_bytes(data[4:7].tobytes()) >> 3
    return (bits >> 16) + 1, np.array([(bits >> 4 * (3 - k) & 15) + 1 for k in range(4)])


def _tokens(padded: Bytes, at: Ints, sizes: Ints) -> tuple[NDArray[np.bool_], Ints, Ints]:
    """Of tokens that begin at some bits: whether runs, bits of their length, bytes they hold."""
    size = sizes[_bits(padded, at + 1, 2)]
    return _bits(padded, at, 1) == 1, size, _bits(padded, at + 3, size) + 1


def _starts(padded: Bytes, sizes: Ints, total: int) -> Ints:
    """Where the tokens begin, in bits, (N,).

    Where a token ends depends on its own bits only, so that is worked out for every bit of a block
    at once; then the tokens are followed from one to the next.
    """
    found: list[int] = []
    at, done, end = HEAD, 0, (len(padded) - PAD) * 8
    while done < total and at < end:
        base = at // 8 * 8
        place = np.arange(base, min(base + BLOCK, end))
        run, size, long = _tokens(padded, place, sizes)
        after = (place + 3 + size + WORD * np.where(run, 1, long)).tolist()
        held = long.tolist()
        while at < base + len(after) and done < total:
            found.append(at)
            done += held[at - base]
            at = after[at - base]
    if done != total or at > end:
        raise FormatError(f"an rle of {total} bytes that is cut off or holds another number")
    return np.array(found, dtype=np.int64)


def _bits(padded: Bytes, at: Ints, size: Ints | int) -> Ints:
    """The number in `size` bits (up to 16) from bit `at` on, (N,)."""
    byte = np.minimum(at >> 3, len(padded) - PAD)
    window = padded[byte].astype(np.int64)
    for k in (1, 2):
        window = window << 8 | padded[byte + k]
    return (window >> (24 - (at & 7) - size)) & ((1 << np.asarray(size)) - 1)
