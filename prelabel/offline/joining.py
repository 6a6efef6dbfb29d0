"""Fragments of one object that become one track.

Both ends of a gap are carried to its middle, the earlier fragment forward, the later one backward.
How far apart they meet, measured by how far each can be off after that time, says how likely they
are one. All gaps of the clip are decided together, as one assignment.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from geometry.overlaps import expand
from prelabel.offline.adopting import Walk
from prelabel.offline.options import OfflineOptions
from prelabel.offline.sightings import Sightings
from prelabel.tracker.filters import Filters
from prelabel.tracker.pairing import pairs

__all__ = ["join"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SLACK = np.full(4, 0.3)
"""How far the two ends may be apart besides, in sizes of the box: half hidden objects."""
HASTE = 0.6
"""How far their speeds may be apart besides, in sizes of the box per second."""
SIGNS = np.array([1.0, -1.0, 1.0])[:, None, None]
RARE = 1e-4
"""How many other fragments begin, on average, in a place, size and speed like the expected ones."""
SAME = 2.0
"""What it is worth, as a logarithm, that a tracker took both for one object."""
STAYS = 0.5
"""What it is worth at least: they stay one unless either fits better elsewhere."""
MANY = 1 << 16
"""Pairs of fragments that are looked at together; of a long clip, all would not fit in memory."""


def join(seen: Sightings, before: Ints, options: OfflineOptions) -> Ints:
    """The tracks (N,) with fragments joined; `before` (N,) are the numbers that a tracker gave."""
    numbers, first, last = seen.ends()
    ends = Walk(seen, options, backward=False, adopt=False)
    starts = Walk(seen, options, backward=True, adopt=False)
    begin, end = _moments(seen, first), _moments(seen, last)
    parts = [(np.empty(0, dtype=np.int64),) * 2 + (np.empty(0),)]
    for i, j in _candidates(begin, end, options.join):
        near = seen.labels[last[i]] == seen.labels[first[j]]
        i, j = i[near], j[near]
        half = (begin[j] - end[i])[:, None] / 2
        a = ends.states[i].predicted(half, ends.agility[i][:, None])
        b = starts.states[j].predicted(half, starts.agility[j][:, None])
        worth = _worth(a, b)
        same = before[last[i]] == before[first[j]]
        worth[same] = np.maximum(worth[same] + SAME, STAYS)
        good = worth > 0
        parts.append((i[good], j[good], worth[good]))
    i, j, worth = (np.concatenate(column) for column in zip(*parts, strict=True))
    taken = pairs(i, j, worth)
    return _renumbered(seen.tracks, numbers, i[taken], j[taken]) if len(taken) else seen.tracks


def _candidates(begin: Floats, end: Floats, most: float) -> Iterator[tuple[Ints, Ints]]:
    """Fragments (K,) and those (K,) that begin at most so much later, some at a time."""
    order = np.argsort(begin, kind="stable")
    low = np.searchsorted(begin[order], end, "right")
    high = np.searchsorted(begin[order], end + most + 1e-6, "right")
    total = np.cumsum(high - low)
    stops = np.searchsorted(total, np.arange(MANY, total[-1] if len(total) else 0, MANY)) + 1
    for some in np.split(np.arange(len(end)), np.unique(stops)):
        i, k = expand(low[some], high[some])
        yield some[i], order[k]


def _moments(seen: Sightings, rows: Ints) -> Floats:
    return seen.moments[np.searchsorted(seen.looked, seen.frames[rows])]


def _worth(a: Filters, b: Filters) -> Floats:
    """Logarithm of how much likelier one object is than two, (K,).

    Of the centre place and speed are compared, of the sides only how long they are. The later
    fragment was followed backward, so its speed has the other sign.
    """
    size = np.sqrt(np.maximum(a.place[:, 2:] * b.place[:, 2:], 1)).prod(axis=1)[:, None] ** 0.5
    place, cross, speed = (a.spread + b.spread * SIGNS) / size**2
    place, speed = place + SLACK**2, speed + HASTE**2
    off, turn = (a.place - b.place) / size, (a.speed + b.speed) / size
    sides = _normal(off[:, 2:], place[:, 2:])
    centre = _normal(off[:, :2], place[:, :2])
    rest = speed[:, :2] - cross[:, :2] ** 2 / place[:, :2]
    speeds = _normal(turn[:, :2] - cross[:, :2] / place[:, :2] * off[:, :2], rest)
    return sides + centre + speeds - np.log(RARE)


def _normal(off: Floats, variance: Floats) -> Floats:
    """Logarithm of the normal density, summed over the columns."""
    return -0.5 * (off**2 / variance + np.log(2 * np.pi * variance)).sum(axis=1)


def _renumbered(tracks: Ints, numbers: Ints, i: Ints, j: Ints) -> Ints:
    """Every chain of joined fragments has the number of its first one."""
    root = np.arange(len(numbers))
    root[j] = i
    while (root[root] != root).any():
        root = root[root]
    place = np.searchsorted(numbers, np.maximum(tracks, numbers[0]))
    return np.where(tracks >= 0, numbers[root[place]], -1)
