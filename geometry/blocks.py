"""What all pairs of two sets of boxes have in common, a block of rows at a time.

Every operand is a whole contiguous block: NumPy's loops over a repeated scalar or a broadcast row
are three times slower than those over plain arrays.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["intersections"]

Floats = NDArray[np.floating]

BLOCK = 1 << 14
"""Pairs that are worked on at a time, so that temporaries stay in the cache."""

SMALL = 1 << 10
"""Pairs so few that the number of calls is what counts."""


def intersections(a: Floats, b: Floats) -> Iterator[tuple[slice, Floats]]:
    """Rows of `a` and their area common with each `b`, (R, M): a buffer that the next one reuses.

    `a` (N, 4) and `b` (M, 4) x0 y0 x1 y1 of one type; a side that is not positive has no area.
    Where there are few pairs, all rows come at once, also where there are none.
    """
    if len(a) * len(b) <= SMALL:
        yield slice(0, len(a)), _at_once(a, b)
        return
    step = min(len(a), max(1, BLOCK // len(b)))
    across = [np.repeat(side[None], step, axis=0) for side in b.T]
    low, high, width, height = (np.empty((step, len(b)), dtype=b.dtype) for _ in range(4))
    zero = np.zeros((step, len(b)), dtype=b.dtype)
    for start in range(0, len(a), step):
        rows = slice(start, min(start + step, len(a)))
        few = slice(rows.stop - start)
        for axis, length in ((0, width), (1, height)):
            low[few], high[few] = a[rows, axis, None], a[rows, axis + 2, None]
            np.minimum(high[few], across[axis + 2][few], out=high[few])
            np.maximum(low[few], across[axis][few], out=low[few])
            np.subtract(high[few], low[few], out=length[few])
            np.maximum(length[few], zero[few], out=length[few])
        yield rows, np.multiply(width[few], height[few], out=width[few])


def _at_once(a: Floats, b: Floats) -> Floats:
    size = np.minimum(a[:, None, 2:], b[:, 2:])
    size -= np.maximum(a[:, None, :2], b[:, :2])
    np.maximum(size, 0, out=size)
    return size[..., 0] * size[..., 1]
