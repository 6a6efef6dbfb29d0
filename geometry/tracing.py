"""Outlines of run-length masks along pixel edges, straight from the runs.

Every run of foreground in a column gives two unit edges: its top (code 1: foreground starts) and
its bottom (code 0). Between neighbouring columns equal edges join, so a corner of the outline is an
end of an edge that the next column does not go on with. Sorted by column line, such corners pair
up into the vertical sides of the outline; sorted by row line, into the horizontal ones; and the
rings are what one finds by walking along both in turn. Where two foreground pixels meet only at a
corner, code 0 sorts before code 1, which keeps the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry.runs import Spans

__all__ = ["rings_of_spans"]

Ints = NDArray[np.int64]
Parts = list[list[NDArray[np.float64]]]


def rings_of_spans(spans: Spans, height: int) -> Parts:
    """Parts of rings (outer first, then holes) of the foreground of a picture of `height`."""
    if not len(spans):
        return []
    runs = _by_column(spans, height)
    corners = _Corners.of(runs)
    loops = corners.loops()
    points = corners.points()
    parents = _parents(corners, loops, runs)
    parts: dict[int, list[NDArray[np.float64]]] = {}
    for ring, loop in enumerate(loops):
        parts.setdefault(parents[ring], []).append(points[loop])
    return list(parts.values())


def _by_column(spans: Spans, height: int) -> Ints:
    """Runs (R, 3) column, top, bottom: spans cut where they go on in the next column."""
    first, last = spans[:, 0] // height, (spans[:, 1] - 1) // height
    count = last - first + 1
    owner = np.repeat(np.arange(len(spans)), count)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    column = first[owner] + nth
    top = np.maximum(spans[owner, 0] - column * height, 0)
    bottom = np.minimum(spans[owner, 1] - column * height, height)
    return np.column_stack([column, top, bottom])


@dataclass(frozen=True, slots=True)
class _Corners:
    """Corners of the outline, sorted by x, y, code; `2k` and `2k + 1` are one vertical side.

    `across` (C,) the corner at the other end of the horizontal side; `order` sorts the corners
    by y, code, x.
    """

    x: Ints
    y: Ints
    code: Ints
    order: Ints
    across: Ints

    @classmethod
    def of(cls, runs: Ints) -> _Corners:
        column = np.repeat(runs[:, 0], 2)
        deep = int(runs[:, 2].max()) + 1
        line = runs[:, 1:].ravel() * 2 + np.tile([1, 0], len(runs))
        keys = np.sort(np.concatenate([column, column + 1]) * (2 * deep) + np.tile(line, 2))
        same = keys[1:] == keys[:-1]
        single = ~(np.append(same, False) | np.insert(same, 0, False))
        x, rest = np.divmod(keys[single], 2 * deep)
        order = np.lexsort((x, rest))
        across = np.empty_like(order)
        across[order[0::2]], across[order[1::2]] = order[1::2], order[0::2]
        return cls(x, rest >> 1, rest & 1, order, across)

    def points(self) -> NDArray[np.float64]:
        return np.column_stack([self.x, self.y]).astype(np.float64)

    def loops(self) -> list[Ints]:
        """Corners of every ring in walking order; rings by their leftmost, then topmost corner."""
        step = self.across[np.arange(len(self.x)) ^ 1].tolist()
        code = self.code.tolist()
        seen = bytearray(len(step))
        starts = (corner for corner in range(0, len(step), 2) if not seen[corner])
        return [_walk(corner ^ code[corner], step, seen) for corner in starts]


def _walk(start: int, step: list[int], seen: bytearray) -> Ints:
    """The ring from `start`: a vertical side, a horizontal side, and so on until closed."""
    walked = []
    corner = start
    while not seen[corner]:
        seen[corner] = seen[corner ^ 1] = 1
        walked.append(corner)
        corner = step[corner]
    verticals = np.array(walked)
    return np.column_stack([verticals, verticals ^ 1]).ravel()


def _parents(corners: _Corners, loops: list[Ints], runs: Ints) -> list[int]:
    """For every ring the outer ring that it belongs to; an outer ring belongs to itself.

    The leftmost, topmost corner of a hole has foreground above it. The top of that run of
    foreground lies on a ring of the same part, which was found before.
    """
    firsts = np.array([int(loop.min()) for loop in loops])
    holes = np.flatnonzero(corners.code[firsts] == 0)
    parents = list(range(len(loops)))
    if not len(holes):
        return parents
    ring = np.empty(len(corners.x), dtype=np.int64)
    for number, loop in enumerate(loops):
        ring[loop] = number
    above = ring[_corner_above(corners, firsts[holes], runs)]
    for hole, found in zip(holes.tolist(), above.tolist(), strict=True):
        parents[hole] = parents[found]
    return parents


def _corner_above(corners: _Corners, below: Ints, runs: Ints) -> Ints:
    """The left end of the horizontal side on top of the run that ends in corner `below`."""
    deep = int(runs[:, 2].max()) + 1
    ends = runs[:, 0] * deep + runs[:, 2]
    run = runs[np.searchsorted(ends, corners.x[below] * deep + corners.y[below])]
    wide = int(corners.x.max()) + 1
    sides = ((corners.y * 2 + corners.code) * wide + corners.x)[corners.order]
    wanted = (run[:, 1] * 2 + 1) * wide + run[:, 0]
    return corners.order[np.searchsorted(sides, wanted, side="right") - 1]
