"""A track's keyframes as spans in which it is present, each with the row that ends it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Flag
from formats.tracks import shapes
from geometry.tracks.interpolation import interpolate

__all__ = ["RUNS_ON", "spans"]

Bools = NDArray[np.bool_]
RUNS_ON = Flag.KEYFRAME | Flag.INTERPOLATED


def spans(track: Annotations, last: int) -> tuple[Annotations, Bools]:
    """The rows (K,) in which the track is present, and which of them are the last of a span.

    `track`: keyframes of one object in ascending frames, or numbers. OUTSIDE ones give way to the
    frame before them, whose shape is what is drawn there. A row of the `last` frame of the clip
    that only repeats the one before it, made by a reader, goes: the span before it has no end.
    """
    gone = track.flagged(Flag.OUTSIDE)
    if _runs_on(track, gone, last):
        shown, ends = _closed(track[:-1], gone[:-1])
        ends[-1] = False
        return shown, ends
    return _closed(track, gone)


def _closed(track: Annotations, gone: Bools) -> tuple[Annotations, Bools]:
    frames = track.images
    stops = np.flatnonzero(gone[1:] & ~gone[:-1]) + 1
    far = [j for j in stops.tolist() if frames[j] - 1 > frames[j - 1]]
    ends = np.append(gone[1:], True)
    ends[[j - 1 for j in far]] = False
    held = [_before(track, j) for j in far]
    shown = Annotations.concat([track[~gone], *held])
    ends = np.append(ends[~gone], np.ones(len(held), dtype=bool))
    order = np.argsort(shown.images, kind="stable")
    return shown[order], ends[order]


def _before(track: Annotations, j: int) -> Annotations:
    """The row of the frame before the OUTSIDE row `j`."""
    pair = track[[j - 1, j]].with_columns(kinds=np.repeat(track.kinds[j - 1], 2))
    at = np.array([track.images[j] - 1])
    return shapes.moved(pair[:1], interpolate(shapes.of_rows(pair), at, rule="label-studio"))


def _runs_on(track: Annotations, gone: Bools, last: int) -> bool:
    """Whether the last row is one that a reader made for a track without an end."""
    if len(track) < 2 or gone[-2:].any() or track.flags is None or track.images[-1] != last:
        return False
    made = (track.flags[-1] & np.uint16(RUNS_ON)) == RUNS_ON
    return bool(made and shapes.same(track[-2:-1], track[-1:])[0])
