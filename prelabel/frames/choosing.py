"""`choose`: which frames of a clip to look at."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prelabel.errors import SettingsError

__all__ = ["choose"]

Floats = NDArray[np.float64]

LATE = 1e-6
"""Seconds by which a frame may begin after the instant that it is to be seen at: rounding."""


def choose(
    times: ArrayLike,
    *,
    stride: int = 1,
    fps: float | None = None,
    start: float | None = None,
    stop: float | None = None,
) -> NDArray[np.int64]:
    """(W,) ascending frame numbers of a clip whose frames begin at `times` (F,) seconds.

    Frames with start <= time < stop; of those every `stride`-th, or those that a viewer sees at
    `fps` evenly spaced instants a second (each once, so a clip of a lower rate gives all of its
    frames). SettingsError: a stride below 1, fps not above 0, both of them, an empty range.
    """
    _check(stride, fps, start, stop)
    seconds = np.asarray(times, dtype=np.float64)
    first = 0 if start is None else int(np.searchsorted(seconds, start - LATE))
    last = len(seconds) if stop is None else int(np.searchsorted(seconds, stop - LATE))
    if fps is None:
        return np.arange(first, last, stride, dtype=np.int64)
    return first + _seen(_edges(seconds)[first : last + 1], fps)


def _check(stride: int, fps: float | None, start: float | None, stop: float | None) -> None:
    if stride < 1:
        raise SettingsError(f"is {stride}, expected 1 or more", where="stride")
    if fps is not None and not 0 < fps < float("inf"):
        raise SettingsError(f"is {fps:g}, expected more than 0", where="fps")
    if fps is not None and stride > 1:
        raise SettingsError("is given beside a stride, expected one of them", where="fps")
    if stop is not None and stop <= (start or 0):
        raise SettingsError(f"is {stop:g} s, expected more than {start or 0:g}", where="stop")


def _edges(seconds: Floats) -> Floats:
    """(F + 1,) when each frame begins, and when the last one ends: it lasts as long as the mean."""
    step = (seconds[-1] - seconds[0]) / (len(seconds) - 1) if len(seconds) > 1 else 1.0
    return np.append(seconds, seconds[-1:] + step)


def _seen(edges: Floats, fps: float) -> NDArray[np.int64]:
    """The frames that are on the screen at an instant n / fps after the first one's begin."""
    instants = np.ceil((edges - edges[:1] - LATE) * fps)
    return np.flatnonzero(np.diff(instants) > 0).astype(np.int64)
