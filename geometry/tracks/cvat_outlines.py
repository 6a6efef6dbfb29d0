"""Polygons and polylines between two keyframes as CVAT's export has them.

Vertices are matched by their share of the outline's length, counted from the first vertex: each
of the earlier keyframe with the nearest of the later one, then each of the later one that is left
with the nearest of the earlier one. Runs of points that share a partner are thinned by how far
apart they are in that very frame, so the number of points changes from frame to frame. Neither
the start nor the winding is looked at. Found out from CVAT's interpolation of polyshapes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geometry.rings import Rings
from geometry.tracks.alignment import lengths
from geometry.tracks.outlines import Row, each_pair, one_ring

__all__ = ["polygons", "polylines"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Span = tuple[int, int, float]
"""First and last of the points of a run, and how far apart those that stay have to be."""


def polygons(column: Rings, start: Ints, stop: Ints, share: Floats) -> Rings:
    """Polygons of one ring; others are taken as one ring with bridges."""
    return each_pair(column, start, stop, share, lambda a, b, at: _blend(a, b, at, closed=True))


def polylines(column: Rings, start: Ints, stop: Ints, share: Floats) -> Rings:
    """Open lines."""
    return each_pair(column, start, stop, share, lambda a, b, at: _blend(a, b, at, closed=False))


def _blend(a: Row, b: Row, at: Floats, closed: bool) -> Rings:
    left, right = one_ring(a), one_ring(b)
    if not len(left) or not len(right):
        return Rings.of([a] * len(at))
    if closed:
        left, right = (np.concatenate([ring, ring[:1]]) for ring in (left, right))
    partners = _partners(_shares(left), _shares(right))
    moved = _moved(left, right, partners, at)
    kept = _thinned(moved, _spans(left, right, partners))
    if closed:
        last = kept.shape[1] - 1 - np.argmax(kept[:, ::-1], axis=1)
        kept[np.arange(len(at)), last] = False
    return _rows(moved, kept)


def _shares(points: Floats) -> Floats:
    way = lengths(points, closed=False)
    return way / way[-1] if way[-1] > 0 else way


def _partners(left: Floats, right: Floats) -> list[list[int]]:
    """The vertices of the later keyframe that each of the earlier one is matched with, in order."""
    apart = np.abs(left[:, None] - right)
    nearest = np.argmin(apart, axis=1)
    partners = [[k] for k in nearest.tolist()]
    for k in np.setdiff1d(np.arange(len(right)), nearest).tolist():
        partners[int(np.argmin(apart[:, k]))].append(k)
    return [sorted(found) for found in partners]


def _moved(left: Floats, right: Floats, partners: Sequence[Sequence[int]], at: Floats) -> Floats:
    """All matched pairs at every share, (F, M, 2)."""
    first = left[np.repeat(np.arange(len(left)), [len(found) for found in partners])]
    second = right[[k for found in partners for k in found]]
    return first + (second - first) * at[:, None, None]


def _spans(left: Floats, right: Floats, partners: Sequence[Sequence[int]]) -> list[Span]:
    """The runs that are thinned: vertices of the earlier keyframe with one and the same partner,
    and all partners of one vertex."""
    ends = np.cumsum([len(found) for found in partners]).tolist()
    spans: list[Span] = []
    opened: int | None = None
    for i, found in enumerate(partners):
        if len(found) == 1 and opened is not None and found[0] == partners[opened][0]:
            continue
        if opened is not None:
            spans.append(_span(ends[opened] - 1, ends[i - 1] - 1, left[opened:i]))
        opened = i if len(found) == 1 else None
        if opened is None:
            run = right[found[0] : found[-1] + 1]
            spans.append(_span(ends[i] - len(found), ends[i] - 1, run))
    if opened is not None:
        spans.append(_span(ends[opened] - 1, ends[-1] - 1, left[opened:]))
    return spans


def _span(first: int, last: int, run: Floats) -> Span:
    return first, last, float(lengths(run, closed=False)[-1]) / (2 * len(run))


def _thinned(moved: Floats, spans: Sequence[Span]) -> Bools:
    """Which points stay, (F, M); `moved` gets the middle of two that become one."""
    kept = np.ones(moved.shape[:2], dtype=bool)
    for first, last, apart in spans:
        if first == last:
            continue
        pushed = moved[:, first].copy()
        for k in range(first + 1, last):
            far = np.hypot(*(moved[:, k] - pushed).T) >= apart
            kept[:, k] = far
            pushed[far] = moved[far, k]
        ends = moved[:, first], moved[:, last]
        merged = ~kept[:, first + 1 : last].any(axis=1) & (np.hypot(*(ends[1] - ends[0]).T) < apart)
        moved[merged, first] = (ends[0][merged] + ends[1][merged]) / 2
        kept[merged, last] = False
    return kept


def _rows(moved: Floats, kept: Bools) -> Rings:
    counts = kept.sum(axis=1)
    ones = np.arange(len(counts) + 1)
    return Rings(moved[kept], np.concatenate([[0], np.cumsum(counts)]), ones, ones)
