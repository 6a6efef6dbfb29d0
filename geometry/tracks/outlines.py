"""Polygons and open lines between two keyframes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from geometry import polygons
from geometry.rings import Rings
from geometry.tracks.alignment import matched_lines, matched_rings

__all__ = ["aligned", "aligned_lines", "each_pair", "held", "one_ring"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Row = list[list[Floats]]
Match = Callable[[Floats, Floats], tuple[Floats, Floats]]


def aligned(column: Rings, start: Ints, stop: Ints, share: Floats) -> Rings:
    """Polygons on the straight way of every point to the one it belongs to (see `alignment`).

    The number of points is the same all the way between two keyframes. Parts and holes are
    matched with those of the other keyframe where both have equally many; otherwise each of the
    two is taken as one ring with bridges. Where either has no polygon, the earlier is held.
    """
    return each_pair(column, start, stop, share, lambda a, b, at: _blend(a, b, at, matched_rings))


def aligned_lines(column: Rings, start: Ints, stop: Ints, share: Floats) -> Rings:
    """As `aligned`, for open lines."""
    return each_pair(column, start, stop, share, lambda a, b, at: _blend(a, b, at, matched_lines))


def held(column: Rings, start: Ints, _stop: Ints, _share: Floats) -> Rings:
    """The earlier keyframe."""
    return column[start]


def each_pair(
    column: Rings,
    start: Ints,
    stop: Ints,
    share: Floats,
    blend: Callable[[Row, Row, Floats], Rings],
) -> Rings:
    """The rows that `blend` gives for each pair of keyframes and its shares, in their order.

    A share of 0 gives the earlier keyframe as it is.
    """
    still = (share == 0) | (start == stop)
    kept, moving = np.flatnonzero(still), np.flatnonzero(~still)
    pair = start[moving] * len(column) + stop[moving]
    order = moving[np.argsort(pair, kind="stable")]
    cuts = np.flatnonzero(np.diff(start[order] * len(column) + stop[order])) + 1
    spans = np.split(order, cuts) if len(order) else []
    blended = [blend(column.row(s[0]), column.row(e[0]), share[span])
               for span in spans for s, e in [(start[span], stop[span])]]  # fmt: skip
    back = np.argsort(np.concatenate([kept, order]))
    return Rings.concat([column[start[kept]], *blended])[back]


def one_ring(row: Row) -> Floats:
    """A polygon as one ring (K, 2), (0, 2) where there is none."""
    return polygons.keyhole(row) if row else np.empty((0, 2))


def _blend(a: Row, b: Row, at: Floats, match: Match) -> Rings:
    if not (a and b):
        return Rings.of([a] * len(at))
    if [len(part) for part in a] != [len(part) for part in b]:
        a, b = [[one_ring(a)]], [[one_ring(b)]]
    pairs = [
        match(first, second)
        for part, other in zip(a, _in_order(a, b), strict=True)
        for first, second in zip(part, other, strict=True)
    ]
    return _rows(pairs, [len(part) for part in a], at)


def _in_order(a: Row, b: Row) -> Row:
    """The parts of b, each where the part of a lies that is nearest, if all have equal rings."""
    if len(a) == 1 or len({len(part) for part in a}) > 1:
        return b
    from scipy.optimize import linear_sum_assignment

    one, other = (np.array([part[0].mean(axis=0) for part in row]) for row in (a, b))
    away = np.hypot(*(one[:, None] - other).transpose(2, 0, 1))
    return [b[k] for k in linear_sum_assignment(away)[1]]


def _rows(pairs: Sequence[tuple[Floats, Floats]], parts: Sequence[int], at: Floats) -> Rings:
    """One row for every share `at`, of the rings that go from the first to the second of a pair."""
    first, second = (np.concatenate([pair[k] for pair in pairs]) for k in (0, 1))
    points = first + (second - first) * at[:, None, None]
    sizes = [len(pair[0]) for pair in pairs]
    return Rings(
        points.reshape(-1, 2),
        _offsets(np.tile(sizes, len(at))),
        _offsets(np.tile(parts, len(at))),
        _offsets(np.full(len(at), len(parts))),
    )


def _offsets(counts: NDArray) -> Ints:
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
