"""Fragments of one object that become one track.

Both ends of a gap are carried to its middle, the earlier fragment forward, the later one backward.
How far apart they meet, measured by how far each can be off after that time, says how likely they
are one. All gaps of the clip are decided together, as one assignment.
"""

from __future__ import annotations

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

SLACK = np.array([0.15, 0.15, 0.2, 0.2])
"""How far the two ends may be apart besides, in sizes of the box: half hidden objects."""
RARE = 0.01
"""How many other fragments begin, on average, in a place, size and shape like the expected one."""


def join(seen: Sightings, options: OfflineOptions) -> tuple[Ints, int]:
    """The tracks (N,) with fragments joined, and how many joints there are."""
    numbers, first, last = seen.ends()
    i, j = _candidates(seen, first, last, options)
    if not len(i):
        return seen.tracks, 0
    ends = Walk(seen, options, backward=False, adopt=False).states
    starts = Walk(seen, options, backward=True, adopt=False).states
    seconds = _moments(seen, first)[j] - _moments(seen, last)[i]
    worth = _worth(ends[i], starts[j], seconds)
    table = np.zeros((len(numbers), len(numbers)))
    table[i, j] = np.where(seen.labels[last[i]] == seen.labels[first[j]], worth, 0.0)
    i, j = pairs(table, 1e-9)
    return _renumbered(seen.tracks, numbers, i, j), len(i)


def _candidates(
    seen: Sightings, first: Ints, last: Ints, options: OfflineOptions
) -> tuple[Ints, Ints]:
    """Fragments (K,) and those (K,) that begin within the time that may lie between."""
    begin, end = _moments(seen, first), _moments(seen, last)
    order = np.argsort(begin, kind="stable")
    low = np.searchsorted(begin[order], end, "right")
    high = np.searchsorted(begin[order], end + options.join + 1e-6, "right")
    i, k = expand(low, high)
    return i, order[k]


def _moments(seen: Sightings, rows: Ints) -> Floats:
    return seen.moments[np.searchsorted(seen.looked, seen.frames[rows])]


def _worth(ends: Filters, starts: Filters, seconds: Floats) -> Floats:
    """Logarithm of how much likelier one object is than two, (K,); 0 where it is not."""
    half = seconds[:, None] / 2
    a, b = ends.predicted(half), starts.predicted(half)
    size = np.sqrt(
        np.maximum(
            np.sqrt(a.place[:, 2:3] * a.place[:, 3:4] * b.place[:, 2:3] * b.place[:, 3:4]), 1
        )
    )
    variance = (a.spread[0] + b.spread[0]) / size**2 + SLACK**2
    off = (a.place - b.place) / size
    fit = -0.5 * (off**2 / variance + np.log(2 * np.pi * variance)).sum(axis=1)
    return np.maximum(fit - np.log(RARE), 0.0)


def _renumbered(tracks: Ints, numbers: Ints, i: Ints, j: Ints) -> Ints:
    """Every chain of joined fragments has the number of its first one."""
    root = np.arange(len(numbers))
    root[j] = i
    while (root[root] != root).any():
        root = root[root]
    place = np.searchsorted(numbers, np.maximum(tracks, numbers[0]))
    return np.where(tracks >= 0, numbers[root[place]], -1)
