"""Disjoint rings joined to one by bridges of no width.

The parts of a polygon that do not overlap are joined where their vertices are closest; each bridge
is walked there and back, so it covers nothing. Which way a ring winds does not matter: parts that
do not overlap are inside by either filling rule.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["joined"]

Floats = NDArray[np.float64]


def joined(rings: Sequence[Floats]) -> Floats:
    """One ring (K, 2) through all `rings` (two or more points each), the closest joined first."""
    whole, *others = rings
    while others:
        links = [_closest(whole, other) for other in others]
        nearest = min(range(len(others)), key=lambda k: links[k][0])
        _, here, there = links[nearest]
        whole = _bridged(whole, here, others.pop(nearest), there)
    return whole


def _closest(a: Floats, b: Floats) -> tuple[float, int, int]:
    """The smallest squared distance of a vertex of a to one of b, and the two vertices."""
    x = a[:, 0, None] - b[:, 0]
    y = a[:, 1, None] - b[:, 1]
    squares = x * x + y * y
    best = int(squares.argmin())
    here, there = divmod(best, len(b))
    return float(squares[here, there]), here, there


def _bridged(a: Floats, here: int, b: Floats, there: int) -> Floats:
    """Along a to `here`, over to b at `there`, all round b, back, and on along a."""
    return np.concatenate([a[: here + 1], b[there:], b[: there + 1], a[here:]])
