"""`track`: the whole clip through a `Tracker`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from formats.annotations import Annotations
from prelabel.tracker.options import TrackerOptions
from prelabel.tracker.tracker import Tracker

__all__ = ["track"]


def track(
    table: Annotations,
    times: Sequence[float] | NDArray[np.float64],
    options: TrackerOptions | None = None,
    motions: Mapping[int, ArrayLike] | None = None,
    looked: Sequence[int] | NDArray[np.int64] | None = None,
) -> Annotations:
    """The rows of a clip table with track numbers; rows and their order stay.

    `table.images` are source frames, ascending; `times` (F,) are the seconds of all frames;
    `looked` the frames that were looked at, None for all; `motions` the camera's map from the frame
    looked at before.
    """
    frames = np.arange(len(times)) if looked is None else np.asarray(looked, dtype=np.int64)
    bounds = np.searchsorted(table.images, np.stack([frames, frames + 1]))
    tracker, tracks = Tracker(options), np.full(len(table), -1)
    for frame, start, stop in zip(frames.tolist(), *bounds.tolist(), strict=True):
        motion = None if motions is None else motions.get(frame)
        moved = None if motion is None else np.asarray(motion, dtype=np.float64)
        found = tracker.update(frame, float(times[frame]), table[start:stop], moved)
        tracks[start:stop] = found.tracks if found.tracks is not None else -1
    return table.with_columns(tracks=tracks)
