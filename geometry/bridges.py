"""One ring for several: rings joined by bridges of no width."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["bridged", "oriented"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCK = 1 << 20
"""Distances that are held at a time."""


def oriented(part: Sequence[Floats]) -> list[Floats]:
    """The rings of a part with the outer one clockwise on the screen and holes the other way."""
    return [
        ring if (_twice_area(ring) > 0) == (number == 0) else ring[::-1]
        for number, ring in enumerate(part)
    ]


def bridged(rings: Sequence[Floats]) -> Floats:
    """One ring (K, 2) that walks all `rings` (K_r, 2), each bridged where vertices are closest.

    Grown from the first ring by always adding the nearest one (Prim's spanning tree); a bridge is
    walked there and back, so it encloses nothing. No rings give (0, 2).
    """
    if not rings:
        return np.empty((0, 2))
    points = np.concatenate(rings)
    owner = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    distance = np.full(len(points), np.inf)
    nearest = np.zeros(len(points), dtype=np.int64)
    waiting = np.ones(len(points), dtype=bool)
    path = added = np.flatnonzero(owner == 0)
    for _ in rings[1:]:
        waiting[added] = False
        _update(points, added, np.flatnonzero(waiting), distance, nearest)
        landing = int(np.argmin(np.where(waiting, distance, np.inf)))
        added = np.flatnonzero(owner == owner[landing])
        leave = int(np.flatnonzero(path == nearest[landing])[0])
        tour = np.roll(added, -int(np.flatnonzero(added == landing)[0]))
        path = np.concatenate([path[: leave + 1], tour, [landing], path[leave:]])
    return points[path]


def _update(points: Floats, added: Ints, waiting: Ints, distance: Floats, nearest: Ints) -> None:
    """Let the `waiting` points know vertices of the `added` ring that are nearer than before."""
    rows = max(1, BLOCK // len(added))
    for start in range(0, len(waiting), rows):
        block = waiting[start : start + rows]
        square = (points[block, None, 0] - points[added, 0]) ** 2
        square += (points[block, None, 1] - points[added, 1]) ** 2
        best = np.argmin(square, axis=1)
        least = square[np.arange(len(block)), best]
        nearer = least < distance[block]
        distance[block[nearer]] = least[nearer]
        nearest[block[nearer]] = added[best[nearer]]


def _twice_area(ring: Floats) -> float:
    x, y = (ring - ring[0]).T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1))
