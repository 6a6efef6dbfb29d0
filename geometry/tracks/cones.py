"""Hops between boxes that are valid for sure, or for sure not, without a look at their rows.

Edges of a linearly blended box move evenly. From a node, every row bounds the speed of each edge:
beyond the outer bounds IoU >= t is impossible, within the inner ones it is certain. Over the rows
bounds close in like a cone, and a hop is judged by its four speeds. With target side w:

- IoU >= t needs each edge within ``(1 - t) w`` inward and ``(1 - t) / t w`` outward, as the
  overlap along an axis is at least t times the longer side;
- all edges within ``(1 - sqrt(t)) / 2`` of their side leave at least ``sqrt(t)`` of both sides, and
  so IoU >= t; moved outward or to one side by as much they lose less.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry.tracks.hops import Hops

__all__ = ["Cones", "limits"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SLACK = 1e-9
"""Pixels by which rounding may move an edge; hops that close to a bound are looked at."""
CELLS = 1 << 14
"""Nodes times rows that are worked on at a time, so that temporaries stay in the cache."""


class Cones:
    """The cones of the nodes `front` (P,), in order, grown to rows further and further away."""

    def __init__(self, hops: Hops, limits: Floats, front: Ints) -> None:
        """`hops` have boxes as shapes, blended linearly; `limits` see there."""
        self.hops, self.limits, self.front = hops, limits, front
        self.least = np.full((len(front), 16), -np.inf)

    @property
    def stride(self) -> int:
        """Groups to go on by."""
        return max(4, CELLS // max(len(self.front), 1))

    def over(self, _group: int, _furthest: int) -> bool:
        """Whether no hop can go further."""
        return not len(self.front)

    def judge(self, first: int, last: int, targets: Ints) -> tuple[Bools, Bools]:
        """Grow over the groups from `first` to before `last`, where the `targets` (M,) are.

        Returns which hops are (P, M) valid for sure, and which may be. Nodes of `front` that no
        hop leaves any more are dropped before.
        """
        self._drop()
        hops, front = self.hops, self.front
        start, stop = int(hops.firsts[first]), int(hops.firsts[last])
        grown = self._grown(np.arange(start, stop))
        self.least = grown[:, -1]
        if not len(targets):
            none = np.zeros((len(front), 0), dtype=bool)
            return none, none
        ahead = hops.place(targets) - hops.place(front)[:, None]
        speed = hops.shapes[targets] - hops.shapes[front][:, None]
        speed /= np.where(ahead > 0, ahead, np.inf)[..., None]
        speed = np.concatenate([speed, -speed], axis=-1)
        bound = grown[:, hops.firsts[hops.groups[targets]] - start]
        maybe = (speed >= bound[..., :8]).all(axis=-1) & (ahead > 0)
        sure = (speed >= bound[..., 8:]).all(axis=-1) & maybe
        return sure, maybe & ~sure

    def _grown(self, rows: Ints) -> Floats:
        """The least speeds before, and after each of the rows, (P, R + 1, 16)."""
        ahead = self.hops.places[rows] - self.hops.place(self.front)[:, None]
        here = self.hops.shapes[self.front]
        ends = np.concatenate([here, -here, here, -here], axis=1)
        out = np.empty((len(self.front), len(rows) + 1, 16))
        out[:, 0] = self.least
        np.subtract(self.limits[rows], ends[:, None], out=out[:, 1:])
        out[:, 1:] /= np.where(ahead > 0, ahead, 1)[..., None]
        behind = ahead <= 0
        if behind.any():
            out[:, 1:][behind] = -np.inf
        return np.maximum.accumulate(out, axis=1, out=out)

    def _drop(self) -> None:
        alive = (self.least[:, :4] <= -self.least[:, 4:8]).all(axis=1)
        if not alive.all():
            self.front, self.least = self.front[alive], self.least[alive]


def limits(boxes: Floats, need: Floats) -> Floats:
    """Bounds of the edges that rows `boxes` (T, 4) allow, (T, 16).

    Outer least, outer greatest negated, inner least, inner greatest negated, four edges each.
    """
    t = np.clip(need, 1e-12, 1)[:, None]
    side = np.tile(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), 2)
    inward, outward = (1 - t) * side + SLACK, (1 - t) / t * side + SLACK
    near = np.array([True, True, False, False])
    low, high = np.where(near, outward, inward), np.where(near, inward, outward)
    inner = (1 - np.sqrt(t)) / 2 * side - SLACK
    return np.concatenate([boxes - low, -boxes - high, boxes - inner, -boxes - inner], axis=1)
