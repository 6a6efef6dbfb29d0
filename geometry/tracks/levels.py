"""The shortest path through hops: the fewest keyframes, and of these the best shown.

Level by level: which nodes can be reached by one more hop than the level before. Only nodes that
no earlier level has reached are looked for, and most hops are judged without a look at their rows
(`cones`), so that of all pairs of nodes few are worked out. From the last node back, the hops
between neighbouring levels are then weighed by the likeness of all rows.
"""

from __future__ import annotations

from collections import deque
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


ODD = 8
"""Rows that hops failed at lately, which are looked at first."""
MANY = 1 << 10
"""Hops above which it pays to look at an odd row first."""


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
    hop, go by without one; `HASTY` groups where judging takes long."""

    GIVE_UP, HASTY = 32, 8

    def __init__(self, hops: Hops, front: Ints) -> None:
        self.hops, self.front = hops, front
        self.start = int(hops.groups[front[0]])

    stride = 8

    def over(self, group: int, furthest: int) -> bool:
        """Whether too many groups have gone by."""
        if self.hops.hasty:
            return group - furthest > self.HASTY
        return group - furthest > max(self.GIVE_UP, 2 * (furthest - self.start))

    def forget(self) -> None:
        """There is no telling."""

    def judge(self, _first: int, _last: int, targets: Ints) -> tuple[Bools, Bools]:
        """All hops forward may be valid."""
        ahead = self.hops.groups[targets] > self.hops.groups[self.front][:, None]
        return np.zeros_like(ahead), ahead


def path(hops: Hops, first: int, last: int, opener: Opener, most: int) -> Ints:
    """The nodes of the best path from group `first` to group `last`, (K,).

    Up to `most` rows for each group are weighed to choose among paths of equally many nodes; where
    that would take more, only some of the paths are compared.
    """
    levels, parent = _levels(hops, first, last, opener)
    nodes, most = levels[-1], most * (last - first) // len(levels)
    best, picks = hops.worth[nodes], []
    for level in reversed(levels[:-1]):
        start, stop = _pairs(hops, level, nodes, parent, most)
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
    odd: deque[int] = deque(maxlen=ODD)
    goal = np.arange(hops.heads[last], hops.heads[last + 1])
    while not _leads(hops, front[-1 if hops.slow else -LATEST :], goal, parent):
        fresh = []
        for some in _latest_first(front):
            fresh.append(_reach(hops, opener(some), reached, last, parent, odd))
            if reached[goal].any():
                return [*levels, goal], parent
        front = np.sort(np.concatenate(fresh))
        levels.append(front)
    return [*levels, goal], parent


def _leads(hops: Hops, front: Ints, goal: Ints, parent: Ints) -> bool:
    """Whether some hop from `front` to a node of `goal` is valid; noted in `parent`."""
    s, m = np.divmod(np.arange(len(front) * len(goal)), len(goal))
    good = hops.valid(front[s], goal[m])
    parent[goal[m[good]]] = front[s[good]]
    return bool(good.any())


def _latest_first(front: Ints) -> list[Ints]:
    """A level in lots, as the latest of its nodes reach most of the next one."""
    cuts = [len(front) - LATEST] if len(front) > LATEST else []
    return np.split(front, cuts)[::-1]


def _reach(
    hops: Hops, opened: Opened, reached: Bools, last: int, parent: Ints, odd: deque[int]
) -> Ints:
    """The nodes that are one hop away and not `reached` before, which they now are."""
    group, furthest = (int(hops.groups[opened.front[k]]) + 1 for k in (0, -1))
    fresh = []
    while group <= last and not opened.over(group, furthest):
        ahead = _next(hops, reached, group, last)
        upto = ahead if ahead > group else min(group + opened.stride, last + 1)
        targets = np.arange(hops.heads[group], hops.heads[upto])
        targets = targets[~reached[targets]]
        sure, maybe = opened.judge(group, upto, targets)
        source = _sources(hops, opened.front, targets, sure, maybe, odd)
        found = targets[source >= 0]
        if len(found):
            parent[found], reached[found] = source[source >= 0], True
            furthest = max(furthest, int(hops.groups[found[-1]]))
            fresh.append(found)
        opened.forget()
        group = upto
    return np.concatenate(fresh) if fresh else np.empty(0, dtype=np.int64)


def _next(hops: Hops, reached: Bools, group: int, last: int) -> int:
    """The first group from `group` on with a node that is not reached; after `last` if none."""
    start = hops.heads[group]
    left = np.flatnonzero(~reached[start : hops.heads[last + 1]])
    return int(hops.groups[start + left[0]]) if len(left) else last + 1


def _sources(
    hops: Hops, front: Ints, targets: Ints, sure: Bools, maybe: Bools, odd: deque[int]
) -> Ints:
    """A node that each target can be reached from by a valid hop, (M,), or -1; the latest first."""
    out = np.full(len(targets), -1)
    if not sure.size:
        return out
    known = np.flatnonzero(sure.any(axis=0))
    out[known] = front[len(front) - 1 - np.argmax(sure[::-1, known], axis=0)]
    left = np.flatnonzero((out < 0) & maybe.any(axis=0))
    maybe, count = maybe[:, left], 1
    while len(left) and (count < 4 or not hops.hasty):
        latest = np.cumsum(maybe[::-1], axis=0)[::-1] <= count
        s, m = np.nonzero(maybe & latest)
        fault = hops.faults(front[s], targets[left[m]], odd)
        good = fault < 0
        odd.extend(row for row in np.unique(fault[~good])[:2].tolist() if row not in odd)
        out[left[m[good]]] = front[s[good]]
        maybe &= ~latest
        _exclude(hops, front, targets[left], maybe, m[~good], fault[~good])
        open_ = (out[left] < 0) & maybe.any(axis=0)
        left, maybe, count = left[open_], maybe[:, open_], count * 2
    return out


def _exclude(hops: Hops, front: Ints, targets: Ints, maybe: Bools, m: Ints, fault: Ints) -> None:
    """Take hops out of `maybe` that do not show a row well that another hop to the same target
    does not: often it is one odd row that no hop gets past."""
    if np.count_nonzero(maybe) <= MANY:
        return
    odd = np.full(len(targets), -1)
    odd[m] = fault
    s, m = np.nonzero(maybe & (odd >= hops.firsts[hops.groups[front] + 1][:, None]))
    bad = ~hops.enough(front[s], targets[m], odd[m])
    maybe[s[bad], m[bad]] = False


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
