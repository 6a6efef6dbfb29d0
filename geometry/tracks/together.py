"""The best path where hops are short: all of them are worked out at once.

A track that jitters beyond the tolerance needs a keyframe every few frames. There are many levels
then (see `levels`) and few hops from each node, so that it is less work to know all hops.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry.overlaps import expand
from geometry.tracks.cones import SLACK, Rows
from geometry.tracks.hops import Hops

__all__ = ["Table", "table"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LOT = 1 << 17
"""Rows that are judged together."""
SAMPLE = 16
"""Of how many nodes one is looked at to tell how much work all of them are."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """All valid hops (H,), ordered by where they stop, with the summed likeness of the rows that
    they leave out; those that stop in group g are ``ends[g]`` up to ``ends[g + 1]``."""

    hops: Hops
    start: Ints
    stop: Ints
    score: Floats
    ends: Ints

    def path(self, first: int, last: int) -> Ints:
        """The nodes of the best path from group `first` to group `last`, (K,)."""
        heads, worth = self.hops.heads, self.hops.worth
        count = np.full(len(worth), np.inf)
        best, before = worth.copy(), np.full(len(worth), -1)
        count[heads[first] : heads[first + 1]] = 1
        for group in range(first + 1, last + 1):
            own = slice(self.ends[group], self.ends[group + 1])
            start, stop = self.start[own], self.stop[own]
            number, total = count[start] + 1, best[start] + self.score[own]
            order = np.lexsort((-total, number, stop))
            lead = order[np.flatnonzero(np.diff(stop[order], prepend=-1))]
            to = stop[lead]
            count[to], before[to] = number[lead], start[lead]
            best[to] += total[lead]
        goal = np.arange(heads[last], heads[last + 1])
        return self._walked(goal[np.lexsort((-best[goal], count[goal]))[0]], before)

    def _walked(self, node: int, before: Ints) -> Ints:
        walked = [int(node)]
        while before[walked[-1]] >= 0:
            walked.append(int(before[walked[-1]]))
        return np.array(walked[::-1])


def table(hops: Hops, rows: Rows, sums: Floats, most: int) -> Table | None:
    """All valid hops between boxes, or None where more than `most` rows would have to be judged.

    `rows` and `sums` are those of `cones.Cones`.
    """
    nodes = np.flatnonzero(hops.groups < len(hops.firsts) - 2)
    some = _possible(_Growing(hops, rows, sums, nodes[::SAMPLE]), most // SAMPLE)
    if some is None:
        return None
    pairs = _possible(_Growing(hops, rows, sums, nodes), 2 * most)
    if pairs is None:
        return None
    start, stop = pairs
    lot = np.cumsum(np.subtract(*hops.between(start, stop)[::-1])) // LOT
    cuts = np.flatnonzero(np.diff(lot)) + 1
    lots = zip(np.split(start, cuts), np.split(stop, cuts), strict=True)
    scored = [hops.scored(*pair) for pair in lots]
    good, score = (np.concatenate(column) for column in zip(*scored, strict=True))
    start, stop, score = start[good], stop[good], score[good]
    order = np.argsort(hops.groups[stop], kind="stable")
    ends = np.searchsorted(hops.groups[stop[order]], np.arange(len(hops.firsts)))
    return Table(hops, start[order], stop[order], score[order], ends)


def _possible(growing: _Growing, most: int) -> tuple[Ints, Ints] | None:
    """The hops that cones do not exclude, or None where they leave out more than `most` rows."""
    found, judged = [(growing.nodes[:0], growing.nodes[:0])], 0
    while len(growing.nodes):
        start, stop = growing.reached()
        found.append((start, stop))
        first, last = growing.hops.between(start, stop)
        judged += int((last - first).sum())
        if judged > most:
            return None
        growing.grow()
    start, stop = (np.concatenate(column) for column in zip(*found, strict=True))
    return start, stop


class _Growing:
    """Nodes (P,) that hops may still leave, the next group for each, and the greatest possible
    speeds, (16, P)."""

    def __init__(self, hops: Hops, rows: Rows, sums: Floats, nodes: Ints) -> None:
        self.hops, self.rows, self.sums, self.nodes = hops, rows, sums, nodes
        self.group = hops.groups[nodes] + 1
        boxes = hops.shapes
        self.sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 1.0).T
        self.most = np.full((16, len(nodes)), np.inf)

    def reached(self) -> tuple[Ints, Ints]:
        """Hops to the next group that are possible."""
        heads = self.hops.heads
        p, target = expand(heads[self.group], heads[self.group + 1])
        node = self.nodes[p]
        way = self._signed(self.sums[:, :, target], node)
        way /= self.hops.at[target] - self.hops.at[node]
        good = (way <= self.most[:, p]).all(axis=0)
        return node[good], target[good]

    def grow(self) -> None:
        """Take the rows of the next group in, leave out what no hop leaves any more, and go on."""
        first, last = self.hops.firsts[self.group], self.hops.firsts[self.group + 1]
        for k in range(int((last - first).max())):
            self._take(np.minimum(first + k, last - 1))
        alive = self.rows.open(self.most)
        alive &= self.group < len(self.hops.firsts) - 2
        self.nodes, self.group = self.nodes[alive], self.group[alive] + 1
        self.most = self.most[:, alive]

    def _take(self, row: Ints) -> None:
        ratio = (self.rows.sides[:, row] / self.sides[:, self.nodes]).max(axis=0)
        bound = self._signed(self.rows.sums[:, :, row], self.nodes)
        bound += self.rows.possible[row] * ratio + SLACK
        bound /= self.hops.places[row] - self.hops.at[self.nodes]
        np.minimum(self.most, bound, out=self.most)

    def _signed(self, there: Floats, node: Ints) -> Floats:
        """The 16 signed sums (16, P) of the way from nodes to something, in the nodes' sides."""
        x, y = (there - self.sums[:, :, node]) / self.sides[:, None, node]
        return (x[:, None] + y).reshape(16, -1)
