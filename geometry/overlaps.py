"""Which boxes overlap, without a matrix of all pairs where few do.

If IoU(a, b) >= t, then along either axis the overlap is at least t times the longer side; with
side s of a this bounds the start of b by ``a0 - (1 - t)/t * s <= b0 <= a0 + (1 - t) * s``. So the
starts of b are laid out in cells, and every a asks for those in its window. At a low threshold the
window reaches back by the longest side of b: boxes of very different size are searched apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from geometry.blocks import intersections
from geometry.cells import Ranges, expand, ranges

__all__ = [
    "Groups",
    "Pairs",
    "among",
    "expand",
    "has_area",
    "in_order",
    "joined",
    "overlap_pairs",
    "plausible",
    "plausible_pairs",
    "sparse_pairs",
]

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]
Pairs = tuple[Ints, Ints, Floats]
Groups = tuple[Ints, Ints] | None

CHUNK = 1 << 15
"""Candidate pairs that are looked at together, so that temporaries stay in the cache."""
SMALL = 1 << 15
"""Pairs up to which all are looked at: fewer than a search costs."""
DENSE = 6
"""All pairs are looked at where one in so many is a candidate: a block has no indices."""
SLACK = 1 - 1e-6
"""Bounds are loosened by more than float32 can be wrong by."""


def overlap_pairs(a: Floats, b: Floats, threshold: float = 0.0, groups: Groups = None) -> Pairs:
    """Pairs that overlap and have IoU >= `threshold`: (i, j, iou), sorted by i, then j.

    `a` (N, 4) and `b` (M, 4) x0 y0 x1 y1; `groups` (N,) and (M,): only pairs of one group are
    looked for. Boxes without area, or not finite, overlap nothing; empty input gives no pairs.
    IoU has the type of the boxes.
    """
    rows, columns = (np.flatnonzero(has_area(boxes)) for boxes in (a, b))
    numbers = _numbered(groups, rows, columns)
    i, j, iou = joined(_found(a[rows], b[columns], threshold, numbers), np.result_type(a, b))
    return in_order(rows[i], columns[j], iou, len(b))


def plausible_pairs(
    a: Floats,
    b: Floats,
    areas: tuple[Floats, Floats],
    threshold: float = 0.0,
    groups: Groups = None,
) -> tuple[Ints, Ints]:
    """Pairs (i, j) of shapes that may have IoU >= `threshold`, by i, then j.

    `a` (N, 4) and `b` (M, 4) are their bounds, `areas` (N,) and (M,) those of the shapes.
    """
    i, j, _ = overlap_pairs(a, b, 0.0, groups)
    return plausible(a, b, areas, i, j, threshold)


def plausible(
    a: Floats, b: Floats, areas: tuple[Floats, Floats], i: Ints, j: Ints, threshold: float
) -> tuple[Ints, Ints]:
    """Those of the pairs (i, j) that may have IoU >= `threshold`.

    What two shapes have in common is no more than the smaller one, nor than what their bounds have.
    """
    sides = np.minimum(a[i, 2:], b[j, 2:]) - np.maximum(a[i, :2], b[j, :2])
    most = np.minimum(np.minimum(areas[0][i], areas[1][j]), sides[:, 0] * sides[:, 1])
    least = threshold / (1 + threshold) * SLACK * (areas[0][i] + areas[1][j])
    enough = np.flatnonzero((most > 0) & (most >= least))
    return i[enough], j[enough]


def in_order(i: Ints, j: Ints, values: Floats, columns: int) -> Pairs:
    """Pairs sorted by i, then j."""
    place = i * columns + j
    if (place[1:] > place[:-1]).all():
        return i, j, values
    order = np.argsort(place)
    return i[order], j[order], values[order]


def sparse_pairs(a: Floats, b: Floats) -> Pairs | None:
    """The pairs that overlap, in any order; None where they are so many, or the boxes so few, that
    a matrix of all pairs is the cheaper way.
    """
    if len(a) * len(b) <= SMALL:
        return None
    rows, columns = (np.flatnonzero(has_area(boxes)) for boxes in (a, b))
    a, b = a[rows], b[columns]
    searches = _searches(a, b, 0.0, _numbered(None, rows, columns))
    if _many(searches, a, b):
        return None
    i, j, iou = joined(_sparse(a, b, 0.0, searches), a.dtype)
    return rows[i], columns[j], iou


def _found(a: Floats, b: Floats, threshold: float, numbers: tuple[Ints, Ints]) -> Iterator[Pairs]:
    if len(a) * len(b) > SMALL:
        searches = _searches(a, b, threshold, numbers)
        if not _many(searches, a, b):
            yield from _sparse(a, b, threshold, searches)
            return
    yield from _dense(a, b, threshold, numbers)


def _many(searches: list[tuple[Ints, Ranges]], a: Floats, b: Floats) -> bool:
    return sum(found.count for _, found in searches) * DENSE > len(a) * len(b)


def _sparse(
    a: Floats, b: Floats, threshold: float, searches: list[tuple[Ints, Ranges]]
) -> Iterator[Pairs]:
    for rows, found in searches:
        for i, j, iou in among(a, b[rows], found, threshold):
            yield i, rows[j], iou


def among(a: Floats, b: Floats, candidates: Ranges, threshold: float) -> Iterator[Pairs]:
    """Those of the candidates that overlap with IoU >= `threshold`, some at a time."""
    own = np.ascontiguousarray(a.T)
    sides = own, own if b is a else np.ascontiguousarray(b.T)
    areas = _area(own), _area(sides[1])
    for i, j in candidates.pairs(CHUNK):
        yield _overlapping(sides, areas, i, j, threshold)


def _dense(a: Floats, b: Floats, threshold: float, numbers: tuple[Ints, Ints]) -> Iterator[Pairs]:
    """All pairs of one group, block by block."""
    areas = _area(a.T), _area(b.T)
    apart = bool(numbers[0].any() or numbers[1].any())
    for rows, inter in intersections(a, b):
        enough = inter > 0
        if threshold > 0:
            least = threshold / (1 + threshold) * SLACK
            enough &= inter >= np.add.outer(areas[0][rows] * least, areas[1] * least)
        if apart:
            enough &= numbers[0][rows, None] == numbers[1]
        i, j = enough.nonzero()
        common = inter[i, j]
        i += rows.start
        iou = common / (areas[0][i] + areas[1][j] - common)
        wanted = iou >= threshold
        yield i[wanted], j[wanted], iou[wanted]


def _searches(
    a: Floats, b: Floats, threshold: float, numbers: tuple[Ints, Ints]
) -> list[tuple[Ints, Ranges]]:
    """Rows of b of about one size, and for each a where its candidates among them are."""
    found: list[tuple[Ints, Ranges]] = []
    if not len(a) or not len(b):
        return found
    for rows in _sizes(b, threshold):
        low, high = _reach(a.astype(np.float64), b[rows].astype(np.float64), threshold)
        near = ranges(low, high, b[rows, :2].astype(np.float64), (numbers[0], numbers[1][rows]))
        found.append((rows, near))
    return found


def _sizes(b: Floats, threshold: float) -> list[Ints]:
    """Rows of b, those of very different size apart where that narrows the windows."""
    longest = (b[:, 2:] - b[:, :2]).max(axis=1)
    usual = 4 * float(np.median(longest))
    if threshold > 0.3 or float(longest.max()) <= usual:
        return [np.arange(len(b))]
    size = np.where(longest > usual, np.log2(np.maximum(longest / usual, 1)) / 2, -1)
    return [np.flatnonzero(size.astype(np.int64) == k) for k in np.unique(size.astype(np.int64))]


def _reach(a: Floats, b: Floats, threshold: float) -> tuple[Floats, Floats]:
    """Least and greatest start that a partner of each `a` may have, (N, 2) each.

    Both are moved out by more than float32 or the cells can be wrong by.
    """
    low, side = a[:, :2], a[:, 2:] - a[:, :2]
    longest = (b[:, 2:] - b[:, :2]).max(axis=0)
    slack = 1e-6 * max(float(np.abs(a).max()), float(np.abs(b).max()))
    share = 1.0 - threshold * SLACK
    before = np.minimum(side / max(threshold, 1e-9), longest) * share
    return low - before - slack, low + side * share + slack


def _overlapping(
    sides: tuple[Floats, Floats], areas: tuple[Floats, Floats], i: Ints, j: Ints, threshold: float
) -> Pairs:
    """Those of the pairs that overlap enough; sides (4, N) and (4, M), areas (N,) and (M,)."""
    a, b = sides
    width = np.minimum(a[2].take(i), b[2].take(j)) - np.maximum(a[0].take(i), b[0].take(j))
    height = np.minimum(a[3].take(i), b[3].take(j)) - np.maximum(a[1].take(i), b[1].take(j))
    touching = np.flatnonzero((width > 0) & (height > 0))
    i, j = i.take(touching), j.take(touching)
    inter = width.take(touching) * height.take(touching)
    iou = inter / (areas[0].take(i) + areas[1].take(j) - inter)
    if threshold <= 0:
        return i, j, iou
    wanted = np.flatnonzero(iou >= threshold)
    return i.take(wanted), j.take(wanted), iou.take(wanted)


def joined(found: Iterable[Pairs], dtype: np.dtype) -> Pairs:
    """Pairs found some at a time as one; none gives empty columns, with values of `dtype`."""
    none = np.empty(0, dtype=np.int64)
    i, j, iou = zip((none, none, np.empty(0, dtype)), *found, strict=True)
    return np.concatenate(i), np.concatenate(j), np.concatenate(iou)


def _area(sides: Floats) -> Floats:
    return (sides[2] - sides[0]) * (sides[3] - sides[1])


def has_area(boxes: Floats) -> NDArray[np.bool_]:
    """Which boxes are finite with sides above 0, (N,)."""
    good = (boxes[:, 2:] > boxes[:, :2]) & (boxes[:, :2] > -np.inf) & (boxes[:, 2:] < np.inf)
    return good[:, 0] & good[:, 1]


def _numbered(groups: Groups, rows: Ints, columns: Ints) -> tuple[Ints, Ints]:
    """The group of each row, as numbers from 0 without gaps."""
    if groups is None:
        return np.zeros(len(rows), np.int64), np.zeros(len(columns), np.int64)
    both = np.concatenate([np.asarray(groups[0])[rows], np.asarray(groups[1])[columns]])
    numbers = np.unique(both, return_inverse=True)[1].astype(np.int64)
    return numbers[: len(rows)], numbers[len(rows) :]
