"""Kalman filters of many boxes at once: centre x, centre y, width and height, each with a speed.

With noise that does not couple them, the eight-dimensional filter of ByteTrack falls apart into
four filters of two states, place and speed, whose covariance has three numbers. So T tracks are
arrays of (T, 4), there are no matrices, and time is in seconds: a step of any length costs the same
and means the same. Process noise is white acceleration (Bar-Shalom, Estimation with Applications,
6.2.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Filters", "noise"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

VAGUE, SHARP = 0.2, 0.02
"""Standard deviation of a detection of score 0 and of score 1, in sizes of its box."""
AGILE = np.array([0.25, 0.25, 0.125, 0.125])
"""Standard deviation that a speed gains in a second, in sizes of the box per second."""
QUICK = np.array([2.0, 2.0, 0.3, 0.3])
"""Standard deviation of the unknown speed of a new track, in sizes of the box per second."""


def noise(scores: Floats) -> Floats:
    """(N, 1) standard deviation of detections with scores (N,), in sizes of their boxes.

    A score falls with what can be seen of an object, and with that the box is off. So what is half
    hidden hardly moves its track, while one that is well seen is followed closely (as in the NSA
    filter of Du et al., GIAOTracker, 2021).
    """
    return VAGUE + (SHARP - VAGUE) * np.clip(scores, 0.0, 1.0)[:, None]


@dataclass(slots=True)
class Filters:
    """The state of T tracks; every method gives a new one."""

    place: Floats
    """(T, 4) centre x, centre y, width, height in pixels."""
    speed: Floats
    """(T, 4) their change per second."""
    spread: Floats
    """(3, T, 4) variance of place, covariance, variance of speed."""

    @classmethod
    def born(cls, boxes: Floats, off: Floats) -> Filters:
        """New tracks at (N, 4) boxes cx cy w h: speed unknown, so 0 and far from certain.

        `off` (N, 1) as `noise` tells.
        """
        size, none = _size(boxes), np.zeros_like(boxes)
        spread = np.stack([(off * size) ** 2 + none, none, (QUICK * size) ** 2])
        return cls(boxes, np.zeros_like(boxes), spread)

    def __len__(self) -> int:
        return len(self.place)

    def __getitem__(self, rows: NDArray) -> Filters:
        return Filters(self.place[rows], self.speed[rows], self.spread[:, rows])

    def joined(self, other: Filters) -> Filters:
        """These tracks and then the others."""
        return Filters(
            np.concatenate([self.place, other.place]),
            np.concatenate([self.speed, other.speed]),
            np.concatenate([self.spread, other.spread], axis=1),
        )

    def predicted(self, seconds: float | Floats, agility: float | Floats = 1.0) -> Filters:
        """The tracks after `seconds` with nothing seen; (T, 1) where each has its own.

        `agility`, (T, 1) too, is how many times more than usual the speed of the centre changes, as
        a variance.
        """
        place, cross, speed = self.spread
        noise = (AGILE * _size(self.place)) ** 2
        noise[:, :2] *= agility
        spread = np.stack(
            [
                place + seconds * (2 * cross + seconds * speed) + noise * seconds**3 / 3,
                cross + seconds * speed + noise * seconds**2 / 2,
                speed + noise * seconds,
            ]
        )
        return Filters(self.place + seconds * self.speed, self.speed, spread)

    def corrected(self, rows: Ints, boxes: Floats, off: Floats) -> Filters:
        """The tracks after `rows` (K,) were seen at `boxes` (K, 4) cx cy w h; `off` (K, 1) as
        `noise` tells."""
        place, cross, speed = self.spread[:, rows]
        total = place + (off * _size(boxes)) ** 2
        apart = boxes - self.place[rows]
        new = Filters(self.place.copy(), self.speed.copy(), self.spread.copy())
        new.place[rows] += place / total * apart
        new.speed[rows] += cross / total * apart
        left = 1 - place / total
        new.spread[:, rows] = np.stack([left * place, left * cross, speed - cross**2 / total])
        return new

    def surprise(self, boxes: Floats, off: Floats) -> Floats:
        """(T,) how far (T, 4) boxes cx cy w h of these tracks are from where they were expected.

        Mean squared distance of the centre in standard deviations: about 1 where the noise is as
        assumed, more where the object or the camera is more agile. `off` (T, 1) as `noise` tells.
        """
        total = self.spread[0, :, :2] + (off * _size(boxes)) ** 2
        return ((boxes[:, :2] - self.place[:, :2]) ** 2 / total).mean(axis=1)

    def pace(self) -> Floats:
        """(T,) how fast the centres move, in sizes of the box per second."""
        return np.hypot(*self.speed[:, :2].T) / _size(self.place)[:, 0]

    def at(self, places: Floats) -> Filters:
        """The tracks with the same speeds and spreads at other (T, 4) places."""
        return Filters(places, self.speed, self.spread)

    def moved(self, motion: Floats) -> Filters:
        """The tracks after the camera moved: (2, 3) affine map of the picture before to this one.

        Places are mapped, speeds turned and scaled, sizes scaled by the map's mean scale.
        """
        turn, scale = motion[:, :2], np.sqrt(abs(np.linalg.det(motion[:, :2])))
        place = np.column_stack(
            [self.place[:, :2] @ turn.T + motion[:, 2], self.place[:, 2:] * scale]
        )
        speed = np.column_stack([self.speed[:, :2] @ turn.T, self.speed[:, 2:] * scale])
        return Filters(place, speed, self.spread * scale**2)


def _size(boxes: Floats) -> Floats:
    """(N, 1) the side of a square of the box's area, at least a pixel."""
    return np.sqrt(np.maximum(boxes[:, 2:3], 1) * np.maximum(boxes[:, 3:4], 1))
