"""A track as it must have been, after a person corrected some keyframes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geometry import keypoints, polygons
from geometry.errors import GeometryError
from geometry.tracks.continuity import beside
from geometry.tracks.moves import fitted, shifted
from geometry.tracks.track import Track

__all__ = ["adjusted", "placed"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Spread = Callable[[Floats], Floats]
"""Offsets (A, ...) of the anchors -> offsets (T, ...) of all rows."""


def adjusted(track: Track, keyframes: Track, corrected: Track) -> Track:
    """The track with every correction fading out evenly up to the keyframes around it.

    `keyframes` and `corrected` as in `resolve`. Keyframes that were not corrected are taken to be
    right. Polygons and lines move and stretch with their bounds, masks move, keypoints move one by
    one.
    """
    changed = placed(track, corrected)
    if not len(changed):
        return track
    corrected = beside(corrected, track[changed])
    anchors = np.union1d(placed(track, keyframes), changed)
    here = np.searchsorted(anchors, changed)

    def spread(offsets: Floats) -> Floats:
        known = np.zeros((len(anchors), offsets[0].size))
        known[here] = offsets.reshape(len(here), -1)
        at = track.frames[anchors]
        columns = [np.interp(track.frames, at, column) for column in known.T]
        return np.column_stack(columns).reshape(-1, *offsets.shape[1:])

    columns = {"boxes": track.boxes + spread(corrected.boxes - track.boxes[changed])}
    if track.shape in SHAPES:
        columns[track.shape] = SHAPES[track.shape](track, corrected, changed, spread)
    return track.with_columns(**columns)


def placed(track: Track, keyframes: Track) -> Ints:
    """The rows of the track that keyframes stand at; GeometryError where it has no such frame."""
    if not len(keyframes):
        return np.empty(0, dtype=np.int64)
    rows = np.minimum(np.searchsorted(track.frames, keyframes.frames), len(track) - 1)
    missing = keyframes.frames[track.frames[rows] != keyframes.frames]
    if len(missing):
        raise GeometryError(f"a keyframe at frame {missing[0]}, which the track has no row of")
    return rows


def _rotated(track: Track, corrected: Track, changed: Ints, spread: Spread) -> Floats:
    return track.shapes + spread(corrected.shapes - track.shapes[changed])


def _rings(track: Track, corrected: Track, changed: Ints, spread: Spread) -> Any:
    bounds = np.nan_to_num(polygons.bounds(track.shapes))
    offsets = np.nan_to_num(polygons.bounds(corrected.shapes) - bounds[changed])
    return fitted(track.shapes, bounds, bounds + spread(offsets))


def _masks(track: Track, corrected: Track, changed: Ints, spread: Spread) -> Any:
    middles = (track.boxes[:, :2] + track.boxes[:, 2:]) / 2
    wanted = (corrected.boxes[:, :2] + corrected.boxes[:, 2:]) / 2
    moved = spread(wanted - middles[changed])
    out = track.shapes.copy()
    for k, by in enumerate(moved):
        out[k] = shifted(out[k], by)
    return out


def _keypoints(track: Track, corrected: Track, changed: Ints, spread: Spread) -> Floats:
    before, after = track.shapes[changed], corrected.shapes
    both = keypoints.visible(before) & keypoints.visible(after)
    away = np.where(both[..., None], after[..., :2] - before[..., :2], 0)
    out = track.shapes.copy()
    out[..., :2] += spread(away)
    return out


SHAPES: Mapping[str, Callable[[Track, Track, Ints, Spread], Any]] = MappingProxyType(
    {"rotated": _rotated, "rings": _rings, "masks": _masks, "keypoints": _keypoints}
)
