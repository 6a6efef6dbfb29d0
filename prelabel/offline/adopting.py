"""Detections without a number that fit a track: back-fill, look-ahead, and what lies in gaps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prelabel.offline.options import OfflineOptions
from prelabel.offline.sightings import Sightings
from prelabel.tracker.agility import learned, usual
from prelabel.tracker.filters import Filters, noise
from prelabel.tracker.likeness import likeness
from prelabel.tracker.pairing import pairs

__all__ = ["Walk"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Walk:
    """One walk over a clip along known tracks, from either end.

    Each track is filtered along its own detections. With `adopt`, a frame in which a track has none
    lets it take a free detection. `tracks` (N,) are the numbers then; `states` are those of the
    tracks in ascending numbers, each at its last row on the way (walking back: its first, with the
    speed turned round).
    """

    def __init__(
        self, seen: Sightings, options: OfflineOptions, *, backward: bool, adopt: bool
    ) -> None:
        self.tracks = seen.tracks.copy()
        self._seen, self._options = seen, options
        self.numbers = np.unique(seen.tracks[seen.tracks >= 0])
        count = len(self.numbers)
        self.states = Filters.born(np.zeros((count, 4)), np.zeros((count, 1)))
        self.agility = np.full(count, np.nan)
        self._usual = 1.0
        self._hits = np.zeros(count, dtype=np.int64)
        self._labels = np.full(count, -1)
        self._at = np.full(count, np.inf)
        self._known = np.full(count, np.inf)
        self._looks = np.zeros(count, dtype=np.int64)
        self._walk(backward, adopt)

    def _walk(self, backward: bool, adopt: bool) -> None:
        for now, of in self._seen.walk(backward):
            rows = np.arange(of.start, of.stop)
            own = rows[self.tracks[rows] >= 0]
            self._looks += 1
            self._correct(own, now)
            tracks = np.searchsorted(self.numbers, self.tracks[own])
            self._known[tracks], self._looks[tracks] = now, 0
            if adopt:
                free = rows[
                    (self.tracks[rows] < 0) & (self._seen.scores[rows] >= self._options.low)
                ]
                self._take(free, now)

    def _correct(self, rows: Ints, now: float) -> None:
        """The tracks of these rows, corrected by them; a first row begins the state."""
        tracks = np.searchsorted(self.numbers, self.tracks[rows])
        places, off = self._seen.places[rows], noise(self._seen.scores[rows])
        new = ~np.isfinite(self._at[tracks])
        born = Filters.born(places[new], off[new])
        old = tracks[~new]
        self.agility[tracks[new]] = self._usual
        expected = self._expected(old, now)
        self._learn(old, expected.surprise(places[~new], off[~new]), self._seen.scores[rows[~new]])
        corrected = expected.corrected(np.arange(len(old)), places[~new], off[~new])
        for of, state in ((tracks[new], born), (old, corrected)):
            self.states.place[of], self.states.speed[of] = state.place, state.speed
            self.states.spread[:, of] = state.spread
        self._at[tracks] = now
        self._hits[tracks] += 1
        self._labels[tracks] = self._seen.labels[rows]

    def _expected(self, tracks: Ints, now: float) -> Filters:
        seconds = np.abs(now - self._at[tracks])[:, None]
        return self.states[tracks].predicted(seconds, self.agility[tracks][:, None])

    def _learn(self, tracks: Ints, surprise: Floats, scores: Floats) -> None:
        """As `Tracker` learns how agile objects are: from what is certain and seen before."""
        known = (self._hits[tracks] >= 2) & (scores >= self._options.high)
        tracks = tracks[known]
        if len(tracks):
            self.agility[tracks] = learned(self.agility[tracks], surprise[known])
            self._usual = usual(self._usual, self.agility[tracks])

    def _take(self, free: Ints, now: float) -> None:
        """Free rows go to tracks that were not seen now, but not long ago."""
        options = self._options
        near = (np.abs(now - self._known) <= options.reach) | (self._looks <= options.looks)
        waiting = np.flatnonzero(np.isfinite(self._at) & (self._looks > 0) & near)
        if not len(free) or not len(waiting):
            return
        expected = self._expected(waiting, now)
        i, j, alike = likeness(expected, expected.place, self._seen.places[free])
        good = (alike >= options.fit) & (self._labels[waiting[i]] == self._seen.labels[free[j]])
        i, j = i[good], j[good]
        taken = pairs(i, j, alike[good])
        rows, tracks = free[j[taken]], waiting[i[taken]]
        self.tracks[rows] = self.numbers[tracks]
        self._correct(rows, now)
