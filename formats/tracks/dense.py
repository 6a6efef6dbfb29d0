"""Tracks of keyframes as tracks that have a row in every frame of theirs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Label
from formats.tracks import rows, shapes
from formats.tracks.clip import by_frame
from geometry.tracks.interpolation import interpolate

__all__ = ["dense"]

Ints = NDArray[np.int64]


def dense(
    table: Annotations,
    rule: str = "linear",
    last: int | None = None,
    labels: Sequence[Label] | None = None,
) -> Annotations:
    """A clip table without keyframes: every track has a row in each frame where it is present.

    Between two keyframes the shape is interpolated by `rule` (of `geometry.tracks.rules`); what
    else a row says is that of the keyframe before. From a keyframe with OUTSIDE on, the track is
    absent until its next one. Rows that are made are flagged INTERPOLATED; KEYFRAME is taken away.
    A track ends at its last keyframe, or runs on to the frame `last` where that is given. Tracks
    without keyframes, and rows of no track, are as they were. `labels` are the classes of the
    table; those with keypoints are skeletons, as all points are without them.
    """
    sparse = rows.keyed(table)
    if not sparse.any():
        return table
    kept = table[~(sparse & table.flagged(Flag.OUTSIDE))]
    made = [
        _between(table[of], rule, last, labels) for _, of in rows.spread(table) if sparse[of[0]]
    ]
    whole = Annotations.concat([rows.unflagged(kept, Flag.KEYFRAME), *filter(len, made)])
    return by_frame(whole)


def _between(
    track: Annotations, rule: str, last: int | None, labels: Sequence[Label] | None
) -> Annotations:
    """The rows that a sparse track lacks; `track` is in ascending frames."""
    nodes = np.flatnonzero(track.flagged(Flag.KEYFRAME))
    before, frames = _gaps(track, nodes, last)
    if not len(frames):
        return track[:0]
    parts = []
    for part in shapes.alike(track[nodes]):
        own = shapes.rule_for(rule, track[nodes[part[0] : part[1]]], labels)
        parts.append(_filled(track, nodes, part, before, frames, own))
    made = Annotations.concat([part for part in parts if len(part)])
    return rows.unflagged(rows.flagged(made, Flag.INTERPOLATED), Flag.KEYFRAME)


def _gaps(track: Annotations, nodes: Ints, last: int | None) -> tuple[Ints, Ints]:
    """The keyframe before each frame that has no row but the track in it, and those frames."""
    present = ~track.flagged(Flag.OUTSIDE)[nodes]
    starts = track.images[nodes].astype(np.int64)
    end = starts[-1] if last is None else max(int(starts[-1]), last)
    stops = np.append(starts[1:], end + 1)
    lengths = np.where(present, stops - starts - 1, 0)
    before = np.repeat(np.arange(len(nodes)), lengths)
    first = np.repeat(np.cumsum(lengths) - lengths, lengths)
    frames = starts[before] + 1 + np.arange(len(before)) - first
    new = ~np.isin(frames, track.images)
    return before[new], frames[new]


def _filled(
    track: Annotations,
    nodes: Ints,
    part: tuple[int, int],
    before: Ints,
    frames: Ints,
    rule: str,
) -> Annotations:
    """The missing rows behind the keyframes of a run; behind its last one the shape is held."""
    wanted = (before >= part[0]) & (before < part[1])
    if not wanted.any():
        return track[:0]
    held = track[nodes[before[wanted]]]
    if held.kinds[0] == Kind.TAG:
        return held.with_columns(images=frames[wanted].astype(np.int32))
    keyframes = shapes.of_rows(track[nodes[part[0] : part[1]]])
    return shapes.moved(held, interpolate(keyframes, frames[wanted], rule=rule))
