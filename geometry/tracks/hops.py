"""The graph that keyframes are a path through: nodes are keyframes that may be, edges are hops.

A node is a shape at one place of the tool's grid. A hop from one node to a later one is valid if
what the tool shows between them is like every row in between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geometry.overlaps import expand

__all__ = ["Hops", "Judge"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Judge = Callable[[Any, Ints], Floats]
"""Shapes (Q, ...) and the rows (Q,) of the track they stand for -> how alike they are, (Q,)."""
LOT = 1 << 13
"""Rows that are shown and judged at a time."""
FEW = 1 << 12
"""Rows up to which all of them are judged, rather than some of each hop first; of shapes that
are quickly judged."""
SHORT = 64
"""Nodes up to which every hop is looked for, whatever the shapes."""
PROBES = (1, 7)
"""Rows of each hop that are judged first: most invalid hops are found out by their middle."""


@dataclass(frozen=True, slots=True, eq=False)
class Hops:
    """Rows to be shown, and the nodes.

    Of the T rows: `places` (T,) on the tool's grid, ascending, and `need` (T,), how alike what is
    shown has to be. Rows of one place are a group: group g has the rows ``firsts[g]`` up to
    ``firsts[g + 1]`` and the nodes ``heads[g]`` up to ``heads[g + 1]``. Of the N nodes, ordered by
    group: `shapes` (their column), `rows` (N,) the row each comes from, `groups` (N,), their
    places `at` (N,), and `worth` (N,), the summed likeness to the rows of its own group.
    """

    places: Ints
    need: Floats
    firsts: Ints
    heads: Ints
    shapes: Any
    rows: Ints
    groups: Ints
    at: Ints
    worth: Floats
    blend: Callable[[Any, Ints, Ints, Floats], Any]
    judge: Judge
    slow: bool = False
    """Whether shapes take long to be judged: polygons, lines and masks."""

    def __len__(self) -> int:
        return len(self.groups)

    @property
    def hasty(self) -> bool:
        """Whether to look for likely hops only: many shapes that take long to be judged."""
        return self.slow and len(self) > SHORT

    def between(self, start: Ints, stop: Ints) -> tuple[Ints, Ints]:
        """First and last but one of the rows that a hop leaves out."""
        return self.firsts[self.groups[start] + 1], self.firsts[self.groups[stop]]

    def valid(self, start: Ints, stop: Ints) -> Bools:
        """Which hops (H,) show every row between their nodes as well as needed."""
        return self.faults(start, stop) < 0

    def faults(self, start: Ints, stop: Ints, odd: Sequence[int] = ()) -> Ints:
        """For each hop (H,) a row that it does not show as well as needed, -1 where there is
        none; `odd` are rows that are looked at first where there are many."""
        first, last = self.between(start, stop)
        fault = np.full(len(start), -1)
        many = self.slow or int((last - first).sum()) > FEW
        for row in odd if many else ():
            left = np.flatnonzero((fault < 0) & (first <= row) & (row < last))
            self._look(left, np.full(len(left), row), start, stop, fault)
        for count in PROBES if many else ():
            left = np.flatnonzero((fault < 0) & (last - first > count))
            rows = _spread(first[left], last[left], count)
            self._look(np.repeat(left, count), rows, start, stop, fault)
        left = np.flatnonzero(fault < 0)
        hop, rows = expand(first[left], last[left])
        self._look(left[hop], rows, start, stop, fault)
        return fault

    def _look(self, hop: Ints, rows: Ints, start: Ints, stop: Ints, fault: Ints) -> None:
        bad = ~self.enough(start[hop], stop[hop], rows)
        fault[hop[bad]] = rows[bad]

    def enough(self, start: Ints, stop: Ints, rows: Ints) -> Bools:
        """Whether each of `rows` (Q,) is shown as well as needed by its hop."""
        return self.likeness(start, stop, rows) >= self.need[rows]

    def scored(self, start: Ints, stop: Ints) -> tuple[Bools, Floats]:
        """Which hops (H,) are valid, and the summed likeness of the rows they leave out."""
        hop, rows = expand(*self.between(start, stop))
        found = self.likeness(start[hop], stop[hop], rows)
        bad = np.bincount(hop[found < self.need[rows]], minlength=len(start))
        score = np.bincount(hop, weights=found, minlength=len(start))
        return bad == 0, score.astype(np.float64)

    def likeness(self, start: Ints, stop: Ints, rows: Ints) -> Floats:
        """How alike each of `rows` (Q,) is to what is shown of the hop from `start` to `stop`."""
        if len(rows) <= LOT:
            return self._lot(start, stop, rows)
        lots = [slice(k, k + LOT) for k in range(0, len(rows), LOT)]
        return np.concatenate([self._lot(start[lot], stop[lot], rows[lot]) for lot in lots])

    def _lot(self, start: Ints, stop: Ints, rows: Ints) -> Floats:
        here, there = self.at[start], self.at[stop]
        share = (self.places[rows] - here) / (there - here)
        return self.judge(self.blend(self.shapes, start, stop, share), rows)


def _spread(first: Ints, last: Ints, count: int) -> Ints:
    """`count` rows of each range, evenly within it, one range after the other."""
    share = (np.arange(count) + 0.5) / count
    return (first[:, None] + ((last - first)[:, None] * share).astype(np.int64)).ravel()
