"""Hops between boxes that are valid for sure, or for sure not, without a look at their rows.

Of a box that is to be shown, let p, q be the shares of its sides that another box covers, and a, b
what that one reaches beyond, in sides: IoU = p q / (1 + p b + q a + a b). With a tolerance t let
S = (1 - p) + (1 - q) + t (a + b), which counts what reaches beyond a little less. For IoU >= n,
n <= t, needed by a row:

- S <= 1 + t / n - 2 sqrt(t), or the IoU is less: for q <= p at most a + b = p / n - 1 / q is
  left, the sum grows with p, and is greatest at p = 1, q = sqrt(t).
- The IoU is enough if S + S^2 / 4t <= 1 - n: as p q >= 1 - (1 - p) - (1 - q), a b <= (a + b)^2 / 4.

S is the greatest of 16 weighted sums of the four edges, each of which moves evenly over a hop.
From a node, every row bounds the speeds of these sums: beyond the first bound the hop is invalid,
within the second one the row is shown well. Over the rows bounds close in like a cone, and a hop
is judged by its speeds alone.
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
SKETCH = 8
"""Rows that are looked at where there is nothing to reach."""
PACE = 16
"""Groups that are looked at together."""
CERTAIN = 32
"""Nodes up to which it is asked what is certain, too: with more, working out a few hops is less."""
GIVE_UP = 400
"""Groups without a valid hop after which no further one is looked for: some objects stand still
and jitter so much that nothing can be told from bounds."""
GROWN = 10
"""The number of the sum that is S of a box which only reaches beyond."""


class Rows:
    """What cones need to know of the rows: weighted sums of their edges, sides and bounds."""

    def __init__(self, boxes: Floats, need: Floats, tolerance: float) -> None:
        """`boxes` (T, 4) to be shown with IoU `need` (T,), at most `tolerance`."""
        self.tolerance = tolerance
        self.sums = self.summed(boxes)
        self.sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0).T
        least = np.clip(need, 1e-12, tolerance)
        self.possible = 1 + tolerance / least - 2 * np.sqrt(tolerance)
        self.certain = 2 * tolerance * (np.sqrt(1 + (1 - least) / tolerance) - 1)

    def summed(self, boxes: Floats) -> Floats:
        """Weighted sums of the two edges in x and in y, (2, 4, N): both to the right or down, both
        inward, both outward, both to the left or up. Sum number 4 i + j is i in x and j in y."""
        t = self.tolerance
        weights = np.array([[1, t], [1, -1], [-t, t], [-t, -1]])
        return np.stack([weights @ boxes[:, axis::2].T for axis in (0, 1)])

    def open(self, most: Floats) -> Bools:
        """Nodes (P,) for which bounds (16, P) of speeds do not exclude each other.

        A sum and the one with all edges the other way add up to (1 - t) times shrinking; with
        (1 - t) / t times growing nothing is left, so these bounds must not add up to less.
        """
        grown = (1 - self.tolerance) / self.tolerance * most[GROWN]
        return np.asarray((most[:8] + most[:7:-1] + grown >= 0).all(axis=0))


class Cones:
    """The cones of the nodes `front` (P,), in order, grown to rows further and further away."""

    def __init__(self, hops: Hops, rows: Rows, sums: Floats, front: Ints) -> None:
        """`hops` have boxes as shapes, blended linearly; `sums` are `rows.summed` of these."""
        self.hops, self.rows, self.sums, self.front = hops, rows, sums, front
        boxes = hops.shapes[front]
        self.sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0).T
        self.start = int(hops.groups[front[0]])
        self.most = np.full((2 if len(front) <= CERTAIN else 1, 16, len(front)), np.inf)

    @property
    def stride(self) -> int:
        """Groups to go on by."""
        return min(PACE, max(4, CELLS // max(len(self.front), 1)))

    def over(self, group: int, furthest: int) -> bool:
        """Whether no hop can go further, or none has for very long."""
        stretch = max(GIVE_UP, 4 * (furthest - self.start))
        return not len(self.front) or group - furthest > stretch

    def judge(self, first: int, last: int, targets: Ints) -> tuple[Bools, Bools]:
        """Grow over the groups from `first` to before `last`, where the `targets` (M,) are.

        Returns which hops are (P, M) valid for sure, and which may be.
        """
        start, stop = int(self.hops.firsts[first]), int(self.hops.firsts[last])
        if not len(targets):
            self._sketch(np.arange(start, stop))
            none = np.zeros((len(self.front), 0), dtype=bool)
            return none, none
        grown = self._grown(np.arange(start, stop))
        self.most = grown[..., -1].copy()
        rows = self.hops.firsts[self.hops.groups[targets]] - start
        s, m = self._likely(grown[0], targets, rows)
        speeds = self._speeds(s, targets[m])
        maybe, sure = (np.zeros((len(self.front), len(targets)), dtype=bool) for _ in range(2))
        maybe[s, m] = (speeds <= grown[0][:, s, rows[m]]).all(axis=0)
        if len(grown) > 1:
            sure[s, m] = (speeds <= grown[1][:, s, rows[m]]).all(axis=0)
        return sure, maybe & ~sure

    def _sketch(self, rows: Ints) -> None:
        """Grow over rows where there is nothing to reach: a few of them tell most of what is
        impossible, though not what is certain."""
        if len(rows) > SKETCH:
            self.most = self.most[:1]
            rows = rows[np.linspace(0, len(rows) - 1, SKETCH).astype(np.int64)]
        self.most = self._grown(rows)[..., -1].copy()

    def forget(self) -> None:
        """Leave out nodes that no hop leaves any more."""
        alive = self.rows.open(self.most[0])
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
