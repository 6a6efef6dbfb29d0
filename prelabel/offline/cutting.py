"""Tracks cut into pieces wherever a tracker may have mixed up two objects.

That is where a track was not seen for a while, and where it met another one: as long as two boxes
overlap, detections are missing, shrink to what can be seen, or belong to the other object. The rows
of a short meeting are set free; what lies before and after is joined again with the whole clip in
view, and takes them back.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry import boxes
from geometry.overlaps import overlap_pairs
from prelabel.offline.options import OfflineOptions
from prelabel.offline.sightings import Sightings

__all__ = ["cut"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def cut(seen: Sightings, options: OfflineOptions) -> Ints:
    """The piece (N,) that each row belongs to, numbered from 0; -1 for free rows."""
    order = np.lexsort((seen.frames, seen.tracks))
    order = order[seen.tracks[order] >= 0]
    tracks, looks = seen.tracks[order], np.searchsorted(seen.looked, seen.frames[order])
    free = _short(_meeting(seen)[order], tracks, seen.moments[looks], options.meeting)
    order, tracks, looks = order[~free], tracks[~free], looks[~free]
    apart = np.diff(looks) > options.looks
    begins = np.append(True, (np.diff(tracks) != 0) | apart)[: len(order)]
    pieces = np.full(len(seen.tracks), -1)
    pieces[order] = np.cumsum(begins) - 1
    return pieces


def _meeting(seen: Sightings) -> Bools:
    """(N,) whether a row overlaps one of another track in its frame."""
    rows = np.flatnonzero(seen.tracks >= 0)
    places, frames = boxes.from_cxcywh(seen.places[rows]), seen.frames[rows]
    i, j, _ = overlap_pairs(places, places, MEETING, (frames, frames))
    found = np.zeros(len(seen.tracks), dtype=bool)
    found[rows[i[i != j]]] = True
    return found


def _short(met: Bools, tracks: Ints, moments: NDArray[np.float64], most: float) -> Bools:
    """Those of the rows, sorted by track and time, in a meeting of at most `most` seconds."""
    if not len(met):
        return met
    starts = np.append(True, (np.diff(tracks) != 0) | (np.diff(met) != 0))
    run = np.cumsum(starts) - 1
    first = np.flatnonzero(starts)
    last = np.append(first[1:], len(met)) - 1
    return met & (moments[last] - moments[first] <= most + 1e-6)[run]


MEETING = 0.3
"""IoU from which two tracks meet."""
