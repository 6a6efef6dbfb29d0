"""Hops between boxes that are valid for sure, or for sure not, without a look at their rows.

Let S be how far the four edges of a box are off those of another, in widths and heights of that
other, added up. With p, q the shares of its sides that are covered and a, b what reaches beyond,
S = (1 - p) + (1 - q) + a + b and IoU = p q / (1 + p b + q a + a b). So ``1 - S <= IoU`` (expand
and drop what only helps), and ``S <= 1 / IoU - 1`` (for fixed p >= q the most a + b is
p / IoU - 1 / q, and the sum is greatest at p = q = 1).

S is the greatest of 16 sums with signs, each of which moves evenly over a hop. From a node, every
row bounds their speeds: beyond ``1 / t - 1`` the hop is invalid, within ``1 - t`` the row is well
shown. Over the rows these bounds close in like a cone, and a hop is judged by its speeds alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry.tracks.hops import Hops

__all__ = ["Cones", "Rows"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SLACK = 1e-9
"""Sides by which rounding may move an edge; hops that close to a bound are looked at."""
CELLS = 1 << 13
"""Nodes times rows that are worked on at a time, so that temporaries stay in the cache."""
SKETCH = 4
"""Of how many rows one is looked at where there is nothing to reach: enough to tell most of what
is impossible, though not what is certain."""
PACE = 16
"""Groups that are looked at together; more where there is nothing to reach."""
CERTAIN = 32
"""Nodes up to which it is asked what is certain, too: with more, working out a few hops is less."""
SIGNS = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
"""Of the two edges along an axis; the sum number 4 i + j has signs i in x and j in y."""


class Rows:
    """What cones need to know of the rows: signed sums of their edges, sides and tolerances."""

    def __init__(self, boxes: Floats, need: Floats) -> None:
        """`boxes` (T, 4) to be shown with IoU `need` (T,)."""
        self.sums = signed_sums(boxes)
        self.sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0).T
        t = np.clip(need, 1e-12, 1)
        self.certain, self.possible = 1 - t, 1 / t - 1


def signed_sums(boxes: Floats) -> Floats:
    """The sums of the edges in x and in y with `SIGNS`, (2, 4, N)."""
    return np.stack([SIGNS @ boxes[:, axis::2].T for axis in (0, 1)])


class Cones:
    """The cones of the nodes `front` (P,), in order, grown to rows further and further away."""

    def __init__(self, hops: Hops, rows: Rows, sums: Floats, front: Ints) -> None:
        """`hops` have boxes as shapes, blended linearly; `sums` are `signed_sums` of these."""
        self.hops, self.rows, self.sums, self.front = hops, rows, sums, front
        boxes = hops.shapes[front]
        self.sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0).T
        self.most = np.full((2 if len(front) <= CERTAIN else 1, 16, len(front)), np.inf)
        self.pace = PACE

    @property
    def stride(self) -> int:
        """Groups to go on by."""
        return min(self.pace, max(4, CELLS // max(len(self.front), 1)))

    def over(self, _group: int, _furthest: int) -> bool:
        """Whether no hop can go further."""
        return not len(self.front)

    def judge(self, first: int, last: int, targets: Ints) -> tuple[Bools, Bools]:
        """Grow over the groups from `first` to before `last`, where the `targets` (M,) are.

        Returns which hops are (P, M) valid for sure, and which may be.
        """
        start, stop = int(self.hops.firsts[first]), int(self.hops.firsts[last])
        grown = self._grown(np.arange(start, stop, 1 if len(targets) else SKETCH))
        self.most = grown[..., -1].copy()
        self.pace = PACE if len(targets) else 2 * self.pace
        if not len(targets):
            self.most = self.most[:1]
            none = np.zeros((len(self.front), 0), dtype=bool)
            return none, none
        rows = self.hops.firsts[self.hops.groups[targets]] - start
        s, m = self._likely(grown[0], targets, rows)
        speeds = self._speeds(s, targets[m])
        maybe, sure = (np.zeros((len(self.front), len(targets)), dtype=bool) for _ in range(2))
        maybe[s, m] = (speeds <= grown[0][:, s, rows[m]]).all(axis=0)
        if len(grown) > 1:
            sure[s, m] = (speeds <= grown[1][:, s, rows[m]]).all(axis=0)
        return sure, maybe & ~sure

    def forget(self) -> None:
        """Leave out nodes for which the bounds of some sum and of its negative exclude each other:
        no hop leaves them any more."""
        possible = self.most[0]
        alive = (possible[:8] + possible[:7:-1] >= 0).all(axis=0)
        if not alive.all():
            self.front, self.sides = self.front[alive], self.sides[:, alive]
            self.most = self.most[..., alive]

    def _grown(self, rows: Ints) -> Floats:
        """Greatest possible speeds before and after each of the rows, and certain ones,
        (2 or 1, 16, P, R + 1)."""
        ahead = self.hops.places[rows] - self.hops.at[self.front][:, None]
        off = self._off(rows)
        ratio = self.rows.sides[:, None, rows] / self.sides[:, :, None]
        out = np.empty((*self.most.shape, len(rows) + 1))
        out[..., 0] = self.most
        np.add(off, self.rows.possible[rows] * ratio.max(axis=0) + SLACK, out=out[0, ..., 1:])
        if len(out) > 1:
            np.add(off, self.rows.certain[rows] * ratio.min(axis=0) - SLACK, out=out[1, ..., 1:])
        out[..., 1:] /= np.maximum(ahead, 1)
        if ahead.size and ahead.min() <= 0:
            out[..., 1:][..., ahead <= 0] = np.inf
        return np.minimum.accumulate(out, axis=-1, out=out)

    def _off(self, rows: Ints) -> Floats:
        """The 16 signed sums (16, P, R) of the way from the nodes to rows, in the nodes' sides."""
        way = self.rows.sums[:, :, None, rows] - self.sums[:, :, self.front, None]
        x, y = way / self.sides[:, None, :, None]
        return (x[:, None] + y).reshape(16, *x.shape[1:])

    def _likely(self, bound: Floats, targets: Ints, rows: Ints) -> tuple[Ints, Ints]:
        """Hops that shifts along the two diagonals do not exclude, as (node, target)."""
        ahead = self.hops.at[targets] - self.hops.at[self.front][:, None]
        fits = ahead > 0
        pace = 1 / np.maximum(ahead, 1)
        for i, j in ((0, 0), (0, 3), (3, 0), (3, 3)):
            x, y = self.sums[0, i], self.sums[1, j]
            speed = (x[targets] - x[self.front, None]) / self.sides[0, :, None]
            speed += (y[targets] - y[self.front, None]) / self.sides[1, :, None]
            speed *= pace
            fits &= speed <= bound[4 * i + j][:, rows] + SLACK
        s, m = np.nonzero(fits)
        return s, m

    def _speeds(self, nodes: Ints, targets: Ints) -> Floats:
        """Speeds of hops (H,) from nodes of `front` to targets, (16, H)."""
        x, y = self.sums[:, :, targets] - self.sums[:, :, self.front[nodes]]
        ahead = self.hops.at[targets] - self.hops.at[self.front[nodes]]
        x, y = x / (self.sides[0, nodes] * ahead), y / (self.sides[1, nodes] * ahead)
        return (x[:, None] + y).reshape(16, -1)
