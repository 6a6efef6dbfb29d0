"""One rotated box for the rotated boxes of every group."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.consensus.middle import middle, weighed
from geometry.overlaps import expand
from geometry.rotated import corners

__all__ = ["rotated"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def rotated(rows: ArrayLike, groups: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """The rotated box in the middle of each group's, (C, 5) from (N, 5) cx cy w h angle.

    One box can be written in four ways, sides swapped with every quarter turn; so each is first
    written as it lies nearest to the group's most central box, corner by corner. Then centre,
    sides and angle (on the circle) are taken by themselves, as `middle` says. The answer is
    written as that central box is. Ellipses are taken the same way.
    """
    boxes = np.asarray(rows, dtype=np.float64).reshape(-1, 5)
    group = np.asarray(groups, dtype=np.int64)
    weight = weighed(weights, group)
    order = np.lexsort((*boxes.T, group))
    boxes, group, weight = boxes[order], group[order], weight[order]
    centres = _central(boxes, group, weight)
    like = boxes[centres[group]]
    turns = _turns(like, boxes)[1]
    written = np.where((turns % 2 == 1)[:, None], boxes[:, [0, 1, 3, 2]], boxes[:, :4])
    off = boxes[:, 4] + turns * (np.pi / 2) - like[:, 4]
    off = (off + np.pi) % (2 * np.pi) - np.pi
    out = middle(np.column_stack([written, off]), group, weight)
    out[:, 4] += boxes[centres, 4]
    return out


def _central(boxes: Floats, group: Ints, weight: Floats) -> Ints:
    """The row of each group, (C,), whose corners lie nearest to those of its other rows.

    Rows are sorted by group; of equally near ones the first.
    """
    count = int(group[-1]) + 1 if len(group) else 0
    first, last = (np.searchsorted(group, np.arange(count), side) for side in ("left", "right"))
    row, mate = expand(first[group], last[group])
    away = np.bincount(row, _turns(boxes[row], boxes[mate])[0] * weight[mate], len(group))
    order = np.lexsort((np.arange(len(group)), away, group))
    return order[first]


def _turns(like: Floats, boxes: Floats) -> tuple[Floats, Ints]:
    """How far the corners of each box are from those of `like` in the nearest way of writing it,
    (N,) sums of squares, and the quarter turns that give that way, (N,)."""
    wanted, found = corners(like), corners(boxes)
    ways = np.stack([np.roll(found, -turn, axis=1) for turn in range(4)], axis=1)
    away = ((ways - wanted[:, None]) ** 2).sum(axis=(2, 3))
    turns = away.argmin(axis=1)
    return away[np.arange(len(away)), turns], turns
