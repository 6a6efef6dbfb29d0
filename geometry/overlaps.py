"""Which boxes overlap, without a matrix of all pairs; and who survives suppression.

The candidates of a box are found by a search in sorted order. If IoU(a, b) >= t, then along
either axis the overlap is at least t times the longer side; with side s of a this bounds the start
of b by ``a0 - (1 - t)/t * s <= b0 <= a0 + (1 - t) * s``. So b is sorted into horizontal bands, by
x inside a band, and every a asks for one range per band.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pairs", "expand", "overlap_pairs", "pair_iou", "survivors"]

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]
Pairs = tuple[Ints, Ints, Floats]

CHUNK = 1 << 18
"""Candidate pairs that are looked at together: temporaries stay within a few MiB."""


def overlap_pairs(
    a: Floats, b: Floats, threshold: float = 0.0, groups: tuple[Ints, Ints] | None = None
) -> Pairs:
    """Pairs that overlap and have IoU >= `threshold`: (i, j, iou), sorted by i, then j.

    `a` (N, 4) and `b` (M, 4) x0 y0 x1 y1; `groups` (N,) and (M,): only pairs of one group are
    looked for. Boxes without area, or not finite, overlap nothing; empty input gives no pairs.
    IoU has the type of the boxes.
    """
    search = _Search.over(a, b, threshold, groups)
    found = [_overlapping(a, b, *candidates, threshold) for candidates in search.candidates()] or [
        _overlapping(a, b, np.empty(0, np.int64), np.empty(0, np.int64), threshold)
    ]
    i, j, iou = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((j, i))
    return i[order], j[order], iou[order]


def pair_iou(a: Floats, b: Floats) -> Floats:
    """IoU row by row, (N,) from (N, 4) and (N, 4), in the arithmetic type of the boxes."""
    width = np.minimum(a[:, 2], b[:, 2]) - np.maximum(a[:, 0], b[:, 0])
    height = np.minimum(a[:, 3], b[:, 3]) - np.maximum(a[:, 1], b[:, 1])
    inter = np.maximum(width, 0) * np.maximum(height, 0)
    union = _area(a) + _area(b) - inter
    return np.divide(inter, union, out=np.zeros_like(inter), where=inter > 0)


def survivors(n: int, better: Ints, worse: Ints) -> NDArray[np.bool_]:
    """Which of `n` shapes greedy suppression keeps, (n,), given who overlaps whom too much.

    Shapes are numbered best first, and ``better[k] < worse[k]``. A shape is dropped if a better
    one that is kept itself overlaps it. Each round settles all shapes with no undecided better
    neighbour, so there are as many rounds as the longest chain, not as there are shapes.
    """
    kept = np.ones(n, dtype=bool)
    while len(better):
        blocked = np.zeros(n, dtype=bool)
        blocked[worse] = True
        dropped = np.zeros(n, dtype=bool)
        dropped[worse[~blocked[better]]] = True
        kept &= ~dropped
        open_ = blocked[better] & ~dropped[better] & ~dropped[worse]
        better, worse = better[open_], worse[open_]
    return kept


def expand(starts: Ints, stops: Ints) -> tuple[Ints, Ints]:
    """The members of many ranges, as (number of the range, member); empty ranges have none."""
    lengths = np.maximum(stops - starts, 0)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    ends = np.cumsum(lengths)
    shift = starts - (ends - lengths)
    return owner, np.arange(len(owner), dtype=np.int64) + shift[owner]


@dataclass(frozen=True, slots=True)
class _Search:
    """Ranges `starts..stops` of `order` (rows of b) that row `owner` of a has to look at."""

    owner: Ints
    starts: Ints
    stops: Ints
    order: Ints

    @classmethod
    def over(
        cls, a: Floats, b: Floats, threshold: float, groups: tuple[Ints, Ints] | None
    ) -> _Search:
        rows, columns = (np.flatnonzero(_has_area(x)) for x in (a, b))
        none = np.empty(0, dtype=np.int64)
        if not len(rows) or not len(columns):
            return cls(none, none, none, none)
        a, b = (np.asarray(x, dtype=np.float64) for x in (a[rows], b[columns]))
        kind_a, kind_b = _same_numbers(groups, rows, columns)
        (x_low, x_high), (y_low, y_high) = (_reach(a, b, axis, threshold) for axis in (0, 1))
        grid = _Bands.over(a, b)
        owner, band = expand(grid.band(y_low), grid.band(y_high) + 1)
        row = kind_a[owner] * grid.count + band
        keys_b = grid.key(kind_b * grid.count + grid.band(b[:, 1]), b[:, 0])
        order = np.argsort(keys_b, kind="stable")
        starts = np.searchsorted(keys_b[order], grid.key(row, x_low[owner]), "left")
        stops = np.searchsorted(keys_b[order], grid.key(row, x_high[owner]), "right")
        return cls(rows[owner], starts, stops, columns[order])

    def candidates(self) -> Iterator[tuple[Ints, Ints]]:
        """Pairs (row of a, row of b) worth a look, some `CHUNK` at a time."""
        block = np.cumsum(self.stops - self.starts) // CHUNK
        cuts = np.flatnonzero(np.diff(block)) + 1
        for part in np.split(np.arange(len(block)), cuts) if len(block) else ():
            owner, member = expand(self.starts[part], self.stops[part])
            yield self.owner[part][owner], self.order[member]


@dataclass(frozen=True, slots=True)
class _Bands:
    """Horizontal bands over the picture; a key orders by band, then by x."""

    left: float
    span: float
    top: float
    height: float
    count: int

    @classmethod
    def over(cls, a: Floats, b: Floats) -> _Bands:
        left = float(min(a[:, 0].min(), b[:, 0].min()))
        span = float(max(a[:, 2].max(), b[:, 2].max())) - left
        top, bottom = float(b[:, 1].min()), float(b[:, 1].max())
        height = max(float(np.median(a[:, 3] - a[:, 1])) * 0.7, (bottom - top) / 1024, 1e-9)
        return cls(left, span * 1.25 + 1, top, height, int((bottom - top) / height) + 1)

    def band(self, y: Floats) -> Ints:
        return np.clip((y - self.top) / self.height, 0, self.count - 1).astype(np.int64)

    def key(self, row: Ints, x: Floats) -> NDArray[np.float64]:
        return row + np.clip((x - self.left) / self.span, 0, 0.99)


def _reach(a: Floats, b: Floats, axis: int, threshold: float) -> tuple[Floats, Floats]:
    """Least and greatest start that a partner of each `a` may have along one axis."""
    side = a[:, axis + 2] - a[:, axis]
    longest = float((b[:, axis + 2] - b[:, axis]).max())
    slack = 1e-9 * (np.abs(a[:, axis]) + side + longest) + 1e-9
    share = 1.0 - threshold * (1 - 1e-6)
    before = np.minimum(side / max(threshold, 1e-9), longest) * share
    return a[:, axis] - before - slack, a[:, axis] + side * share + slack


def _same_numbers(groups: tuple[Ints, Ints] | None, rows: Ints, columns: Ints) -> tuple[Ints, Ints]:
    if groups is None:
        return np.zeros(len(rows), np.int64), np.zeros(len(columns), np.int64)
    both = np.concatenate([np.asarray(groups[0])[rows], np.asarray(groups[1])[columns]])
    numbers = np.unique(both, return_inverse=True)[1].astype(np.int64)
    return numbers[: len(rows)], numbers[len(rows) :]


def _overlapping(a: Floats, b: Floats, i: Ints, j: Ints, threshold: float) -> Pairs:
    iou = pair_iou(a[i], b[j])
    wanted = (iou > 0) & (iou >= threshold)
    return i[wanted], j[wanted], iou[wanted]


def _area(boxes: Floats) -> Floats:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _has_area(boxes: Floats) -> NDArray[np.bool_]:
    good = np.isfinite(boxes[:, :2]) & np.isfinite(boxes[:, 2:]) & (boxes[:, 2:] > boxes[:, :2])
    return good[:, 0] & good[:, 1]
