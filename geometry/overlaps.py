"""Which boxes overlap, without a matrix of all pairs.

The partners of a box are found by a search in sorted order. If IoU(a, b) >= t, then along either
axis the overlap is at least t times the longer side; with side s of a this bounds the start of b by
``a0 - (1 - t)/t * s <= b0 <= a0 + (1 - t) * s``. So b is sorted into horizontal bands, by x inside
a band, and every a asks for one range per band.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Groups", "Pairs", "expand", "overlap_pairs"]

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]
Pairs = tuple[Ints, Ints, Floats]
Groups = tuple[Ints, Ints] | None

CHUNK = 1 << 15
"""Candidate pairs that are looked at together, so that temporaries stay in the cache."""
SMALL = 1 << 13
"""Pairs up to which all are looked at: fewer than a search costs."""
CELLS = 1 << 20
"""Most bands times groups, so that a key keeps the places after the point that x needs."""


def overlap_pairs(a: Floats, b: Floats, threshold: float = 0.0, groups: Groups = None) -> Pairs:
    """Pairs that overlap and have IoU >= `threshold`: (i, j, iou), sorted by i, then j.

    `a` (N, 4) and `b` (M, 4) x0 y0 x1 y1; `groups` (N,) and (M,): only pairs of one group are
    looked for. Boxes without area, or not finite, overlap nothing; empty input gives no pairs.
    IoU has the type of the boxes.
    """
    rows, columns = (np.flatnonzero(_has_area(boxes)) for boxes in (a, b))
    numbers = _numbered(groups, rows, columns)
    i, j, iou = _sparse(a[rows], b[columns], threshold, numbers)
    i, j = rows[i], columns[j]
    order = np.argsort(i * len(b) + j)
    return i[order], j[order], iou[order]


def expand(starts: Ints, stops: Ints) -> tuple[Ints, Ints]:
    """The members of many ranges, as (number of the range, member); empty ranges have none."""
    lengths = np.maximum(stops - starts, 0)
    owner = np.repeat(np.arange(len(lengths)), lengths)
    shift = np.repeat(starts - (np.cumsum(lengths) - lengths), lengths)
    return owner, np.arange(len(owner), dtype=np.int64) + shift


def _sparse(a: Floats, b: Floats, threshold: float, numbers: tuple[Ints, Ints]) -> Pairs:
    sides_a, sides_b = (np.ascontiguousarray(boxes.T) for boxes in (a, b))
    found = [
        _overlapping(sides_a, sides_b, i, j, threshold)
        for i, j in _candidates(a, b, threshold, numbers)
    ]
    none = np.empty(0, dtype=np.int64)
    columns = zip(*found, strict=True) if found else ((none,), (none,), (a[:0, 0],))
    i, j, iou = (np.concatenate(column) for column in columns)
    return i, j, iou


def _candidates(
    a: Floats, b: Floats, threshold: float, numbers: tuple[Ints, Ints]
) -> Iterator[tuple[Ints, Ints]]:
    """Pairs worth a look, some `CHUNK` at a time."""
    if len(a) * len(b) <= SMALL:
        i, j = np.divmod(np.arange(len(a) * len(b)), max(len(b), 1))
        same = numbers[0][i] == numbers[1][j]
        yield i[same], j[same]
        return
    owner, starts, stops, order = _ranges(
        a.astype(np.float64), b.astype(np.float64), threshold, numbers
    )
    block = np.cumsum(stops - starts) // CHUNK
    for part in np.split(np.arange(len(block)), np.flatnonzero(np.diff(block)) + 1):
        nth, member = expand(starts[part], stops[part])
        yield owner[part][nth], order[member]


def _ranges(
    a: Floats, b: Floats, threshold: float, numbers: tuple[Ints, Ints]
) -> tuple[Ints, Ints, Ints, Ints]:
    """Row `owner` of a has to look at the rows ``order[start:stop]`` of b."""
    (x_low, x_high), (y_low, y_high) = (_reach(a, b, axis, threshold) for axis in (0, 1))
    bands = _Bands.over(a, b, int(numbers[0].max()) + 1)
    first, last = bands.band(y_low), bands.band(y_high)
    owner, band = expand(first, last + 1)
    row = numbers[0][owner] * bands.count + band
    keys = bands.key(numbers[1] * bands.count + bands.band(b[:, 1]), b[:, 0])
    order = np.argsort(keys)
    keys = keys[order]
    starts = np.searchsorted(keys, bands.key(row, x_low[owner]), "left")
    stops = np.searchsorted(keys, bands.key(row, x_high[owner]), "right")
    return owner, starts, stops, order


@dataclass(frozen=True, slots=True)
class _Bands:
    """Horizontal bands over the picture; a key orders by band, then by x."""

    left: float
    span: float
    top: float
    height: float
    count: int

    @classmethod
    def over(cls, a: Floats, b: Floats, groups: int) -> _Bands:
        left = float(min(a[:, 0].min(), b[:, 0].min()))
        span = float(max(a[:, 2].max(), b[:, 2].max())) - left
        top, bottom = float(b[:, 1].min()), float(b[:, 1].max())
        most = max(1, min(len(b) // 4, CELLS // groups))
        wanted = (bottom - top) / max(float(np.median(a[:, 3] - a[:, 1])) / 2, 1e-9)
        count = int(np.clip(wanted, 1, most))
        return cls(left, span * 1.25, top, max((bottom - top) / count, 1e-9), count)

    def band(self, y: Floats) -> Ints:
        return np.clip((y - self.top) / self.height, 0, self.count - 1).astype(np.int64)

    def key(self, row: Ints, x: Floats) -> NDArray[np.float64]:
        return row + np.clip((x - self.left) / self.span, 0, 0.99)


def _reach(a: Floats, b: Floats, axis: int, threshold: float) -> tuple[Floats, Floats]:
    """Least and greatest start that a partner of each `a` may have along one axis.

    Both are moved out by more than float32 or the keys can be wrong by.
    """
    low, side = a[:, axis], a[:, axis + 2] - a[:, axis]
    longest = float((b[:, axis + 2] - b[:, axis]).max())
    ends = np.concatenate([a[:, axis::2], b[:, axis::2]])
    slack = 1e-8 * float(np.abs(ends).max() + ends.max() - ends.min())
    share = 1.0 - threshold * (1 - 1e-6)
    before = np.minimum(side / max(threshold, 1e-9), longest) * share
    return low - before - slack, low + side * share + slack


def _overlapping(a: Floats, b: Floats, i: Ints, j: Ints, threshold: float) -> Pairs:
    """Those of the pairs that overlap enough; `a` and `b` are (4, N) and (4, M)."""
    width = np.minimum(a[2, i], b[2, j]) - np.maximum(a[0, i], b[0, j])
    height = np.minimum(a[3, i], b[3, j]) - np.maximum(a[1, i], b[1, j])
    touching = np.flatnonzero((width > 0) & (height > 0))
    i, j, inter = i[touching], j[touching], width[touching] * height[touching]
    union = _area(a)[i] + _area(b)[j] - inter
    iou = inter / union
    wanted = iou >= threshold
    return i[wanted], j[wanted], iou[wanted]


def _area(sides: Floats) -> Floats:
    return (sides[2] - sides[0]) * (sides[3] - sides[1])


def _has_area(boxes: Floats) -> NDArray[np.bool_]:
    finite = np.isfinite(boxes[:, :2]) & np.isfinite(boxes[:, 2:])
    good = finite & (boxes[:, 2:] > boxes[:, :2])
    return good[:, 0] & good[:, 1]


def _numbered(groups: Groups, rows: Ints, columns: Ints) -> tuple[Ints, Ints]:
    """The group of each row, as numbers from 0 without gaps."""
    if groups is None:
        return np.zeros(len(rows), np.int64), np.zeros(len(columns), np.int64)
    both = np.concatenate([np.asarray(groups[0])[rows], np.asarray(groups[1])[columns]])
    numbers = np.unique(both, return_inverse=True)[1].astype(np.int64)
    return numbers[: len(rows)], numbers[len(rows) :]
