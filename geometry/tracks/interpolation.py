"""Shapes between keyframes, as a tool shows them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.errors import GeometryError
from geometry.tracks.rules import Rule, named
from geometry.tracks.track import KINDS, Track, bounds_of

__all__ = ["interpolate", "neighbours"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SAME = 1e-6
"""Pixels up to which a stated box is taken for the bounds of its shape."""


def interpolate(track: Track, at: ArrayLike, rule: str | Rule = "linear") -> Track:
    """The track at frames `at` (M,), which may lie between frames, in any order; M rows.

    `track` holds the keyframes, ascending. Where there is a keyframe its row comes as it is;
    before the first and after the last one the nearest is held. Boxes around a shape stay its
    bounds, stated ones are blended as boxes. GeometryError for a track without rows.
    """
    start, stop, share = neighbours(track.frames, np.asarray(at))
    found = named(rule)
    columns = track.columns()
    shown = {
        name: found.blend(name, track.closed)(columns[name], start, stop, share) for name in columns
    }
    return Track(np.asarray(at), closed=track.closed, **_bounded(track, shown, start, stop))


def neighbours(frames: NDArray[Any], at: NDArray[Any]) -> tuple[Ints, Ints, Floats]:
    """The keyframes before and after each `at`, and the share of the way between them.

    On a keyframe and beyond the ends the share is 0.
    """
    if not len(frames):
        raise GeometryError("a track without rows, expected one or more keyframes")
    if (np.diff(frames) <= 0).any():
        raise GeometryError("frames of a track that are not ascending, expected each once in order")
    start = np.clip(np.searchsorted(frames, at, side="right") - 1, 0, None)
    stop = np.minimum(start + 1, len(frames) - 1)
    way = np.where(stop > start, frames[stop] - frames[start], 1)
    inside = (at > frames[start]) & (stop > start)
    return start, stop, np.where(inside, (at - frames[start]) / way, 0.0)


def _bounded(track: Track, shown: dict[str, Any], start: Ints, stop: Ints) -> dict[str, Any]:
    """`shown` with the bounds of the shapes as boxes between boxes that are bounds themselves."""
    shape = {name: column for name, column in track.columns().items() if name in KINDS}
    if not shape:
        return shown
    own = np.asarray((np.abs(bounds_of(**shape) - track.boxes) <= SAME).all(axis=1))
    around = own[start] & own[stop]
    bounds = bounds_of(**{name: shown[name] for name in shape})
    return {**shown, "boxes": np.where(around[:, None], bounds, shown["boxes"])}
