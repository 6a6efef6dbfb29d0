"""`Roster`: what a tracker knows of its tracks, one array per fact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prelabel.tracker.filters import Filters, noise

__all__ = ["Roster"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(slots=True)
class Roster:
    """T tracks; rows stay in the order in which the tracks began."""

    filters: Filters
    labels: Ints
    """(T,) class of the detection that began the track."""
    numbers: Ints
    """(T,) track number, -1 until the track is confirmed."""
    hits: Ints
    """(T,) detections so far."""
    seen: Floats
    """(T,) when it was last seen, in seconds."""
    missed: Ints
    """(T,) looks since."""
    anchors: Floats
    """(T, 4) where it was last seen for certain, carried on by its speed."""
    agility: Floats
    """(T,) how many times more than assumed its speed changes, as a variance."""
    trust: Floats
    """(T,) moving mean of the scores of its detections."""
    weight: Floats
    """(T,) detections that this mean stands for."""

    @classmethod
    def born(
        cls, boxes: Floats, labels: Ints, scores: Floats, time: float, agility: float = 1.0
    ) -> Roster:
        """A track at each of (N, 4) boxes cx cy w h, without a number."""
        n = len(boxes)
        return cls(
            Filters.born(boxes, noise(scores)),
            np.asarray(labels, dtype=np.int64),
            np.full(n, -1),
            np.ones(n, dtype=np.int64),
            np.full(n, time),
            np.zeros(n, dtype=np.int64),
            boxes,
            np.full(n, agility),
            scores,
            np.ones(n),
        )

    @classmethod
    def empty(cls) -> Roster:
        """No tracks."""
        return cls.born(np.empty((0, 4)), np.empty(0, dtype=np.int64), np.empty(0), 0.0)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: NDArray) -> Roster:
        return Roster(*(getattr(self, name)[rows] for name in NAMES))

    def joined(self, other: Roster) -> Roster:
        """These tracks and then the others."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in NAMES[1:])
        return Roster(self.filters.joined(other.filters), *(np.concatenate(p) for p in pairs))


NAMES = tuple(Roster.__dataclass_fields__)
