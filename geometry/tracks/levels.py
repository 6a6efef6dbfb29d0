"""The shortest path through hops: the fewest keyframes, and of these the best shown.

Level by level: which nodes can be reached by one more hop than the level before. Only nodes that
no earlier level has reached are looked for, and most hops are judged without a look at their rows
(`cones`), so that of all pairs of nodes few are worked out. From the last node back, the hops
between neighbouring levels are then weighed by the likeness of all rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from geometry.tracks.hops import Hops

__all__ = ["Anywhere", "Opened", "Opener", "path"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


LATEST = 24
"""Nodes of a level that are gone on from before the others."""


class Opened(Protocol):
    """What is known about the hops from the nodes `front` without a look at their rows."""

    front: Ints

    @property
    def stride(self) -> int:
        """Groups to look at together."""

    def over(self, group: int, furthest: int) -> bool:
        """Whether to look no further than `group`; `furthest` is the last one reached so far."""

    def judge(self, first: int, last: int, targets: Ints) -> tuple[Bools, Bools]:
        """Hops (P, M) that are valid for sure, and that may be; groups from `first` to `last`."""

    def forget(self) -> None:
        """Leave out nodes of `front` that no hop can leave any more."""


Opener = Callable[[Ints], Opened]


class Anywhere:
    """Any hop may be valid. Looked for until `GIVE_UP` groups, or twice as far as the furthest
    hop, go by without one."""

    GIVE_UP = 32

    def __init__(self, hops: Hops, front: Ints) -> None:
        self.hops, self.front = hops, front
        self.start = int(hops.groups[front[0]])

    stride = 16

    def over(self, group: int, furthest: int) -> bool:
        """Whether too many groups have gone by."""
        return group - furthest > max(self.GIVE_UP, 2 * (furthest - self.start))

    def forget(self) -> None:
        """There is no telling."""

    def judge(self, _first: int, _last: int, targets: Ints) -> tuple[Bools, Bools]:
        """All hops forward may be valid."""
        ahead = self.hops.groups[targets] > self.hops.groups[self.front][:, None]
        return np.zeros_like(ahead), ahead


def path(hops: Hops, first: int, last: int, opener: Opener, most: int) -> Ints:
    """The nodes of the best path from group `first` to group `last`, (K,).

    Up to `most` rows are weighed to choose among paths of equally many nodes; where that would
    take more, only some of the paths are compared.
    """
    levels, parent = _levels(hops, first, last, opener)
    nodes = levels[-1]
    best, picks = hops.worth[nodes], []
    for level in reversed(levels[:-1]):
        start, stop = _pairs(hops, level, nodes, parent, most // len(levels))
        good, score = hops.scored(start, nodes[stop])
        start, stop, score = start[good], stop[good], score[good]
        total = hops.worth[start] + score + best[stop]
        order = np.lexsort((-total, start))
        lead = order[np.flatnonzero(np.diff(start[order], prepend=-1))]
        picks.append((nodes, stop[lead]))
        nodes, best = start[lead], total[lead]
    return _walk(nodes, int(np.argmax(best)), picks)


def _walk(nodes: Ints, at: int, picks: list[tuple[Ints, Ints]]) -> Ints:
    walked = [int(nodes[at])]
    for level, choice in reversed(picks):
        at = int(choice[at])
        walked.append(int(level[at]))
    return np.array(walked)


def _levels(hops: Hops, first: int, last: int, opener: Opener) -> tuple[list[Ints], Ints]:
    """Nodes by how many hops they are from group `first`, up to those of group `last`, and a node
    of the level before for each that is reached."""
    parent = np.full(len(hops), -1)
    front = np.arange(hops.heads[first], hops.heads[first + 1])
    levels = [front]
    reached = np.zeros(len(hops), dtype=bool)
    while hops.groups[front[-1]] < last:
        fresh = [_reach(hops, opener(some), reached, last, parent) for some in _latest_first(front)]
        front = np.sort(np.concatenate(fresh))
        levels.append(front)
    return [*levels[:-1], front[hops.groups[front] == last]], parent


def _latest_first(front: Ints) -> list[Ints]:
    """A level in lots, as the latest of its nodes reach most of the next one."""
    cuts = [len(front) - LATEST] if len(front) > LATEST else []
    return np.split(front, cuts)[::-1]


def _reach(hops: Hops, opened: Opened, reached: Bools, last: int, parent: Ints) -> Ints:
    """The nodes that are one hop away and not `reached` before, which they now are."""
    group = furthest = int(hops.groups[opened.front[0]]) + 1
    fresh = []
    while group <= last and not opened.over(group, furthest):
        upto = min(group + opened.stride, last + 1)
        targets = np.arange(hops.heads[group], hops.heads[upto])
        targets = targets[~reached[targets]]
        sure, maybe = opened.judge(group, upto, targets)
        source = _sources(hops, opened.front, targets, sure, maybe)
        found = targets[source >= 0]
        if len(found):
            parent[found], reached[found] = source[source >= 0], True
            furthest = int(hops.groups[found[-1]])
            fresh.append(found)
        opened.forget()
        group = upto
    return np.concatenate(fresh) if fresh else np.empty(0, dtype=np.int64)


def _sources(hops: Hops, front: Ints, targets: Ints, sure: Bools, maybe: Bools) -> Ints:
    """A node that each target can be reached from by a valid hop, (M,), or -1; the latest first."""
    out = np.full(len(targets), -1)
    if not sure.size:
        return out
    known = np.flatnonzero(sure.any(axis=0))
    out[known] = front[len(front) - 1 - np.argmax(sure[::-1, known], axis=0)]
    open_ = np.flatnonzero((out < 0) & maybe.any(axis=0))
    nth = np.cumsum(maybe[::-1, open_], axis=0)[::-1]
    taken, count = 0, 4
    while len(open_):
        s, m = np.nonzero(maybe[:, open_] & (nth > taken) & (nth <= taken + count))
        good = hops.valid(front[s], targets[open_[m]])
        out[open_[m[good]]] = front[s[good]]
        taken, count = taken + count, count * 2
        left = (out[open_] < 0) & (nth[0] > taken)
        open_, nth = open_[left], nth[:, left]
    return out


def _pairs(hops: Hops, level: Ints, nodes: Ints, parent: Ints, most: int) -> tuple[Ints, Ints]:
    """Hops to weigh, as nodes of `level` and places in `nodes`: all, or if these leave out more
    than `most` rows some of them; always those by which `nodes` were reached."""
    s, stop = np.nonzero(hops.groups[level][:, None] < hops.groups[nodes])
    start = level[s]
    first, last = hops.between(start, nodes[stop])
    thin = -(-int((last - first).sum()) // max(most, 1))
    if thin <= 1:
        return start, stop
    kept = (np.arange(len(start)) % thin == 0) | (start == parent[nodes[stop]])
    return start[kept], stop[kept]
