"""The frame numbers of a tool, and which frame of the clip each of them shows.

A tool that plays a clip in a browser counts frames of a rate of its own (Label Studio's
``framerate``), from 1: number n is what the browser shows at the time to which the tool seeks. Of
a clip of another rate several frames share a number, or several numbers show one frame. A tool
that decodes the clip itself (CVAT) counts the frames of the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.errors import GeometryError

__all__ = ["Grid", "average", "steady"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

PRECISION = 0.002
"""Seconds to which Label Studio rounds the time that it seeks; it adds them once more, so that
the frame that starts there is on the screen.
"""
MICRO = 1e-6
"""Seconds that a browser counts in."""


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Numbers `first` to ``first + count - 1``, `rate` of them each second (0: one each frame).

    `times` (F,): when the frames of the clip are shown, in seconds from the first one, ascending.
    """

    rate: float
    first: int
    count: int
    times: Floats = field(repr=False)

    @classmethod
    def of(
        cls,
        times: ArrayLike,
        rate: float | None = None,
        first: int = 1,
        duration: float | None = None,
    ) -> Grid:
        """The grid of a tool that plays the clip; no `rate`: the clip's own average.

        `duration` in seconds as the browser tells it, else the last frame lasts an average one.
        GeometryError for a rate that is not above 0 and times that do not ascend.
        """
        shown = _ascending(times)
        own = average(shown)
        chosen = own if rate is None else float(rate)
        if not 0 < chosen < np.inf:
            raise GeometryError(f"{rate} frames a second, expected a number above 0")
        length = shown[-1] + 1 / own if duration is None else duration
        return cls(chosen, first, max(int(np.floor(length * chosen + 0.5)), 1), shown)

    @classmethod
    def counted(cls, times: ArrayLike, first: int = 0) -> Grid:
        """The grid of a tool that counts the frames of the file."""
        shown = _ascending(times)
        return cls(0.0, first, len(shown), shown)

    def positions(self, times: ArrayLike | None = None) -> Ints:
        """The number under which each frame is shown first, (T,), ascending.

        `times`: of the frames that are asked for, else all. A frame that no number shows has that
        of the frame before it that is shown.
        """
        frames = self._frames(times)
        if not self.rate:
            return self.first + frames
        seeks, shown = self._seeks(), self._shown()
        at = np.searchsorted(seeks, self._micro()[frames], side="left")
        fits = shown[np.minimum(at, self.count - 1)] == frames
        return self.first + np.where(fits, at, at - 1).clip(0, self.count - 1)

    def ends(self, times: ArrayLike | None = None) -> Ints:
        """The number under which each frame is shown last, (T,): its position, or a later one."""
        frames = self._frames(times)
        if not self.rate:
            return self.first + frames
        last = np.searchsorted(self._shown(), frames, side="right") - 1
        return self.first + last.clip(0, self.count - 1)

    def source(self, numbers: ArrayLike) -> Ints:
        """The frame of the clip that is on the screen under each number, (N,), from 0.

        Numbers beyond the ends show the frames at the ends.
        """
        places = np.asarray(numbers, dtype=np.int64).reshape(-1) - self.first
        places = places.clip(0, self.count - 1)
        return self._shown()[places] if self.rate else places

    def moments(self, numbers: ArrayLike) -> Floats:
        """When each number is due, (N,) seconds: that of a frame, or of a step of the rate."""
        places = np.asarray(numbers, dtype=np.int64).reshape(-1) - self.first
        return places / self.rate if self.rate else self.times[places.clip(0, self.count - 1)]

    def _frames(self, times: ArrayLike | None) -> Ints:
        """The frame that is on the screen at each of some times."""
        if times is None:
            return np.arange(len(self.times))
        asked = np.round(np.asarray(times, dtype=np.float64).reshape(-1) / MICRO)
        return np.maximum(np.searchsorted(self._micro(), asked, side="right") - 1, 0)

    def _micro(self) -> Floats:
        return np.round(self.times / MICRO)

    def _seeks(self) -> Floats:
        """Where Label Studio seeks for each number, in microseconds, (count,)."""
        exact = np.arange(self.count) / self.rate
        return np.round((np.floor(exact / PRECISION + 0.5) + 1) * PRECISION / MICRO)

    def _shown(self) -> Ints:
        """The frame that is on the screen under each number, (count,)."""
        return np.maximum(np.searchsorted(self._micro(), self._seeks(), side="right") - 1, 0)


def average(times: ArrayLike) -> float:
    """Frames per second between the first frame and the last; 1 of a single frame."""
    shown = np.asarray(times, dtype=np.float64)
    return float((len(shown) - 1) / (shown[-1] - shown[0])) if len(shown) > 1 else 1.0


def steady(count: int, rate: float) -> Floats:
    """The times of `count` frames of a constant rate, (count,)."""
    return np.arange(count) / rate


def _ascending(times: ArrayLike) -> Floats:
    shown = np.asarray(times, dtype=np.float64).reshape(-1)
    if not len(shown) or not np.isfinite(shown).all() or (np.diff(shown) <= 0).any():
        what = "times of frames that do not ascend" if len(shown) else "a clip without frames"
        raise GeometryError(what)
    return shown
