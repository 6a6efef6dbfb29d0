"""`Tracker`: detections of one frame after the other get track numbers.

ByteTrack's association (Zhang et al., ECCV 2022) over arrays: certain detections are matched first,
with all tracks; what tracks are left may take uncertain ones, which are mostly half hidden objects.
There is no object per track, and numbers belong to the tracker, so two of them never disturb each
other. What is different from ByteTrack stands in docs/tracking.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from geometry import boxes
from prelabel.tracker.agility import learned, usual
from prelabel.tracker.filters import noise
from prelabel.tracker.likeness import likeness
from prelabel.tracker.options import TrackerOptions
from prelabel.tracker.pairing import pairs
from prelabel.tracker.roster import Roster

__all__ = ["Tracker"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
STILL = 0.2
"""Sizes of its box per second below which a track stands still."""


class Tracker:
    """Follows the objects of one clip; frames are given in order, those without detections, too."""

    def __init__(self, options: TrackerOptions | None = None, rate: float = 25.0) -> None:
        """`rate` (frames per second) tells the time of frames that come without one."""
        self.options = options or TrackerOptions()
        self._rate = rate
        self._roster = Roster.empty()
        self._time: float | None = None
        self._step = 0.0
        self._given = 0
        self._agility = 1.0

    def update(
        self,
        frame: int,
        time: float | None,
        found: Annotations,
        motion: Floats | None = None,
    ) -> Annotations:
        """The same rows in the same order with their track numbers, -1 for none.

        `time` in seconds, later than the last one; `motion` (2, 3) is the affine map of the frame
        given before to this one, None for a camera that stands still. A row never gets lost: it may
        have no number, because its score is too low, it is a tag, or its track is not confirmed or
        in doubt.
        """
        now = frame / self._rate if time is None else time
        self._expect(now, motion)
        places = boxes.to_cxcywh(found.boxes).astype(np.float64)
        labels, scores = found.labels.astype(np.int64), _certain(found)
        tracks = self._taken(places, labels, scores)
        self._mark(tracks, places, scores, now)
        self._begin(tracks, places, labels, scores, now)
        numbers = self._numbered(tracks)
        self._forget(now)
        self._time = now
        return found.with_columns(tracks=numbers)

    def _expect(self, now: float, motion: Floats | None) -> None:
        """Where the tracks should be now."""
        roster = self._roster
        if motion is not None:
            anchors = roster.filters.at(roster.anchors).moved(motion)
            roster.filters, roster.anchors = roster.filters.moved(motion), anchors.place
        if self._time is not None:
            self._step = max(now - self._time, 0.0)
            roster.anchors = roster.anchors + self._step * roster.filters.speed
            roster.filters = roster.filters.predicted(self._step, roster.agility[:, None])
        roster.missed = roster.missed + 1

    def _taken(self, places: Floats, labels: Ints, scores: Floats) -> Ints:
        """The row in the roster of the track that takes each detection, (N,), -1 for none."""
        options, tracks = self.options, np.full(len(places), -1)
        free = np.ones(len(self._roster), dtype=bool)
        upper = scores >= options.high
        lower = (scores >= options.low) & ~upper
        for band, least in ((upper, options.least_first), (lower, options.least_second)):
            rows, found = np.flatnonzero(free), np.flatnonzero(band)
            if not len(rows) or not len(found):
                continue
            i, j = self._pairs(rows, places[found], labels[found], least)
            tracks[found[j]] = rows[i]
            free[rows[i]] = False
        return tracks

    def _pairs(self, rows: Ints, places: Floats, labels: Ints, least: float) -> tuple[Ints, Ints]:
        """Which of the tracks take which of the detections."""
        roster = self._roster
        i, j, alike = likeness(roster.filters[rows], roster.anchors[rows], places)
        good = alike >= max(least, 1e-9)
        if self.options.gate_classes:
            good &= roster.labels[rows[i]] == labels[j]
        i, j = i[good], j[good]
        taken = pairs(i, j, alike[good])
        return i[taken], j[taken]

    def _mark(self, tracks: Ints, places: Floats, scores: Floats, now: float) -> None:
        """What was seen corrects its track."""
        roster, seen = self._roster, tracks >= 0
        rows, places, scores = tracks[seen], places[seen], scores[seen]
        certain, off = scores >= self.options.high, noise(scores)
        self._surprise(rows[certain], places[certain], off[certain])
        roster.anchors[rows[certain]] = places[certain]
        roster.filters = roster.filters.corrected(rows, places, off)
        roster.hits[rows] += 1
        most = max(2.0, self.options.memory / self._step) if self._step else 2.0
        roster.weight[rows] = np.minimum(roster.weight[rows] + 1, most)
        roster.trust[rows] += (scores - roster.trust[rows]) / roster.weight[rows]
        roster.seen[rows], roster.missed[rows] = now, 0

    def _surprise(self, rows: Ints, places: Floats, off: Floats) -> None:
        """How agile objects are is learned from those that were seen at least twice."""
        roster = self._roster
        known = roster.hits[rows] >= 2
        rows = rows[known]
        if len(rows):
            found = roster.filters[rows].surprise(places[known], off[known])
            roster.agility[rows] = learned(roster.agility[rows], found)
            self._agility = usual(self._agility, roster.agility[rows])

    def _begin(
        self, tracks: Ints, places: Floats, labels: Ints, scores: Floats, now: float
    ) -> None:
        """New tracks for certain detections that no track took; `tracks` is filled in."""
        new = np.flatnonzero((tracks < 0) & (scores >= self.options.start))
        if not len(new):
            return
        tracks[new] = len(self._roster) + np.arange(len(new))
        born = Roster.born(places[new], labels[new], scores[new], now, self._agility)
        self._roster = self._roster.joined(born)

    def _numbered(self, tracks: Ints) -> Ints:
        """The track number of each detection; tracks with enough hits get theirs now."""
        roster = self._roster
        ready = roster.hits >= (1 if self._time is None else self.options.hits)
        new = np.flatnonzero(ready & (roster.numbers < 0))
        if len(new):
            roster.numbers[new] = self._given + np.arange(len(new))
            self._given += len(new)
        doubtful = (roster.trust < self.options.doubt) & (roster.filters.pace() < STILL)
        told = np.where(doubtful, -1, roster.numbers)
        return np.where(tracks >= 0, told[tracks] if len(roster) else -1, -1)

    def _forget(self, now: float) -> None:
        """Tracks that waited too long, or were not confirmed at once, end."""
        roster, options = self._roster, self.options
        waiting = (now - roster.seen <= options.keep) | (roster.missed <= options.looks)
        kept = waiting & ((roster.numbers >= 0) | (roster.missed == 0))
        if not kept.all():
            self._roster = roster[kept]


def _certain(found: Annotations) -> Floats:
    """(N,) the scores; 1 where a person drew, -1 for what has no area."""
    sides = found.boxes[:, 2:] - found.boxes[:, :2]
    real = np.isfinite(found.boxes).all(axis=1) & (sides > 0).all(axis=1)
    return np.where(real, np.where(np.isnan(found.scores), 1.0, found.scores), -1.0)
