"""One object, one row: what windows that overlap saw of one picture, put together.

A window shows the objects at its border cut. Where another window has room for what is visible
and more, that window saw more of the object and the cut row goes. What is cut in every window is
larger than their overlap: the view of the whole picture knows it, or else its pieces, which say the
same where two windows overlap, become one row. What two windows show whole keeps the better score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from geometry import masks, rotated
from geometry.overlaps import overlap_pairs

__all__ = ["Views", "join"]

SAME = 0.5
"""Least IoU of two views of one object, over the part that both windows show."""
MARGIN = 1 / 64
"""A box that ends within this share of a window's side from its border is taken to be cut."""

Bools = NDArray[np.bool_]
Boxes = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Views:
    """The windows, (V, 4) x0 y0 x1 y1; the last one is the whole picture, seen smaller.

    `shared`: pixels that neighbours have in common.
    """

    windows: Boxes
    shared: float

    def inner(self) -> Bools:
        """(V, 4) which sides of a window lie inside the picture."""
        return np.not_equal(self.windows, self.windows[-1])

    def margins(self) -> NDArray[np.float64]:
        """(V, 1) pixels from a window's border within which a box is cut by it."""
        sides = self.windows[:, 2:] - self.windows[:, :2]
        return np.maximum(sides.max(axis=1, keepdims=True) * MARGIN, 2.0)

    def cut(self, boxes: Boxes, view: Ints) -> Bools:
        """(N,) whether a box reaches an inner border of its window."""
        distance = np.abs(boxes - self.windows[view])
        near = np.logical_and(distance < self.margins()[view], self.inner()[view])
        return np.any(near, axis=1)

    def roomy(self) -> Boxes:
        """(V - 1, 4) the part of each window, but the whole picture, where a box is not cut."""
        inward = np.array([1.0, 1.0, -1.0, -1.0]) * self.margins() * self.inner()
        return (self.windows + inward)[:-1]

    def shown(self, boxes: Boxes) -> Bools:
        """(N,) whether some window shows all of a box at full size and what is around it."""
        rooms = self.roomy()[None]
        low = np.all(boxes[:, None, :2] >= rooms[..., :2], axis=2)
        high = np.all(boxes[:, None, 2:] <= rooms[..., 2:], axis=2)
        return np.any(np.logical_and(low, high), axis=1)

    def needless(self, boxes: Boxes, view: Ints) -> Bools:
        """(N,) whether a window shows better what this view saw cut, or small in the whole.

        Objects up to `shared` pixels are whole in some window, which knows more of them than a
        view of everything.
        """
        small = np.max(boxes[:, 2:] - boxes[:, :2], axis=1, initial=0) <= self.shared
        whole = view == len(self.windows) - 1
        doubtful = self.cut(boxes, view) | (whole & small)
        doubtful[doubtful] = self.shown(boxes[doubtful])
        return doubtful


@dataclass(frozen=True, slots=True)
class Seen:
    """Rows in pixels of the picture, and the window that saw each."""

    table: Annotations
    view: Ints

    def __getitem__(self, rows: NDArray) -> Seen:
        return Seen(self.table[rows], self.view[rows])

    def __len__(self) -> int:
        return len(self.view)


def join(found: Annotations, view: Ints, views: Views) -> Annotations:
    """The rows of all windows (in pixels of the picture) without repetitions, best first.

    `view` (N,) tells the window of each row.
    """
    seen = Seen(found, view)
    seen = seen[~views.needless(found.boxes, view)]
    cut = views.cut(seen.table.boxes, seen.view)
    wholes = distinct(seen[~cut])
    pieces = seen[cut]
    joined = Annotations.concat([wholes.table, united(pieces, wholes, views)])
    return joined[ranking(joined.scores)]


def distinct(seen: Seen) -> Seen:
    """Rows without those that a better row of another window repeats."""
    seen = seen[ranking(seen.table.scores)]
    i, j = _pairs(seen, seen)
    repeats = _iou(seen.table, i, j) >= SAME
    return seen[_survivors(len(seen), i[repeats], j[repeats])]


def united(pieces: Seen, wholes: Seen, views: Views) -> Annotations:
    """One row for each object that no window shows whole, made of its pieces."""
    group = _groups(len(pieces), *_agreeing(pieces, pieces, views))
    known, _ = _agreeing(pieces, wholes, views)
    unknown = ~np.isin(group, group[known])
    return _merged(pieces.table[unknown], group[unknown])


def ranking(scores: NDArray[np.float64]) -> Ints:
    """Rows by score, best first, equal ones in their order."""
    return np.argsort(-scores, kind="stable")


def _pairs(a: Seen, b: Seen) -> tuple[Ints, Ints]:
    """Rows of one class and different windows whose boxes overlap."""
    labels = a.table.labels.astype(np.int64), b.table.labels.astype(np.int64)
    i, j, _ = overlap_pairs(a.table.boxes, b.table.boxes, 0.0, labels)
    apart = a.view[i] != b.view[j]
    return i[apart], j[apart]


def _agreeing(pieces: Seen, others: Seen, views: Views) -> tuple[Ints, Ints]:
    """Pairs that say the same about what both windows show (of the others: about the piece)."""
    i, j = _pairs(pieces, others)
    shared = _common(views.windows[pieces.view[i]], views.windows[others.view[j]])
    a, b = _common(pieces.table.boxes[i], shared), _common(others.table.boxes[j], shared)
    same = _box_iou(a, b) >= SAME
    return i[same], j[same]


def _common(a: Boxes, b: Boxes) -> Boxes:
    return np.hstack([np.maximum(a[:, :2], b[:, :2]), np.minimum(a[:, 2:], b[:, 2:])])


def _box_area(boxes: Boxes) -> NDArray[np.float64]:
    sides: NDArray[np.float64] = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    return sides.prod(axis=1)


def _box_iou(a: Boxes, b: Boxes) -> NDArray[np.float64]:
    """IoU of a[k] with b[k]."""
    inter = _box_area(_common(a, b))
    union = _box_area(a) + _box_area(b) - inter
    return np.divide(inter, union, out=np.zeros(len(inter)), where=union > 0)


def _iou(table: Annotations, i: Ints, j: Ints) -> NDArray[np.float64]:
    """IoU of rows i[k] and j[k]: of the rotated boxes, where there are any."""
    if table.rotated is not None:
        return rotated.pair_iou(table.rotated[i], table.rotated[j])
    return _box_iou(table.boxes[i], table.boxes[j])


def _survivors(n: int, i: Ints, j: Ints) -> Bools:
    """Rows that no earlier row which survives repeats; `i`, `j` are pairs of repetitions."""
    alive = np.ones(n, dtype=bool)
    ahead = i < j
    i, j = i[ahead], j[ahead]
    bounds = np.searchsorted(i, np.arange(n + 1))
    for row in np.unique(i):
        if alive[row]:
            alive[j[bounds[row] : bounds[row + 1]]] = False
    return alive


def _groups(n: int, i: Ints, j: Ints) -> Ints:
    """(N,) the least row that each row is joined to by the pairs, over any number of them."""
    group = np.arange(n)
    while True:
        lower = group.copy()
        np.minimum.at(lower, i, group[j])
        np.minimum.at(lower, j, group[i])
        lower = lower[lower]
        if np.array_equal(lower, group):
            return group
        group = lower


def _merged(pieces: Annotations, group: Ints) -> Annotations:
    """The best row of each group, with the bounds and the masks of all.

    A turned box or a skeleton is left as its best piece saw it.
    """
    order = ranking(pieces.scores)
    pieces, group = pieces[order], group[order]
    _, first, number = np.unique(group, return_index=True, return_inverse=True)
    best = pieces[first]
    if pieces.rotated is not None or pieces.keypoints is not None:
        return best
    members = [np.flatnonzero(number == k) for k in range(len(first))]
    return best.with_columns(
        boxes=np.array([_bounds(pieces.boxes[rows]) for rows in members]).reshape(-1, 4),
        masks=None
        if pieces.masks is None
        else [_union(list(pieces.masks[rows])) for rows in members],
    )


def _bounds(boxes: Boxes) -> Boxes:
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _union(parts: Sequence[masks.Mask]) -> masks.Mask:
    return parts[0] if len(parts) == 1 else masks.union(parts, parts[0].size)
