"""Rows between two detections of a track, interpolated in whatever shape it has."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.tracks import rows, shapes
from formats.tracks.clip import by_frame
from geometry.tracks.continuity import in_step
from geometry.tracks.interpolation import interpolate

__all__ = ["fill"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def fill(table: Annotations, times: Floats, looked: Ints, gap: float) -> Annotations:
    """The clip table with the gaps of its tracks filled; rows that are made are INTERPOLATED.

    A gap is filled where no look is missing in it (its frames were skipped), or where it lasts up
    to `gap` seconds; `times` (F,) are the seconds of all frames. What a made row says besides its
    shape is what the row before it says; its score is that of the less certain end.
    """
    made = [part for _, of in rows.spread(table) for part in _parts(table[of], times, looked, gap)]
    return by_frame(Annotations.concat([table, *made])) if made else table


def _parts(track: Annotations, times: Floats, looked: Ints, gap: float) -> Iterator[Annotations]:
    """The rows that are missing in a track, for each run of rows of one shape."""
    frames = track.images.astype(np.int64)
    skipped = np.diff(np.searchsorted(looked, frames)) <= 1
    short = np.diff(times[frames]) <= gap + 1e-6
    wide = np.flatnonzero((np.diff(frames) > 1) & (skipped | short))
    alike = [i for i in wide.tolist() if _alike(track[i : i + 2])]
    if not alike:
        return
    before, at = _missing(frames, np.array(alike))
    for kind in np.unique(track.kinds[before]):
        of = track.kinds == kind
        place = np.cumsum(of) - 1
        chosen = track.kinds[before] == kind
        yield _made(track[of], place[before[chosen]], at[chosen])


def _alike(ends: Annotations) -> bool:
    """Whether two rows can be blended: one kind, which has a place."""
    return bool(ends.kinds[0] == ends.kinds[1] != Kind.TAG)


def _missing(frames: Ints, gaps: Ints) -> tuple[Ints, Ints]:
    """The row before every missing frame, and those frames."""
    lengths = frames[gaps + 1] - frames[gaps] - 1
    before = np.repeat(gaps, lengths)
    step = np.arange(len(before)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return before, frames[before] + 1 + step


def _made(track: Annotations, before: Ints, at: Ints) -> Annotations:
    held, path = track[before], shapes.of_rows(track)
    if path.rotated is not None:
        path = in_step(path)  # a detector writes the same box with its sides swapped
    made = shapes.moved(held, interpolate(path, at))
    scores = np.fmin(track.scores[before], track.scores[before + 1])
    return rows.flagged(made.with_columns(scores=scores), Flag.INTERPOLATED)
