"""Tracks without their jitter: candidates for keyframes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geometry import keypoints, polygons
from geometry.errors import GeometryError
from geometry.tracks.continuity import unwound
from geometry.tracks.moves import fitted
from geometry.tracks.track import Track

__all__ = ["gaussian", "smoothed"]

Floats = NDArray[np.float64]
REACH = 3.0
"""Sigmas after which a row has no say."""


def gaussian(track: Track, sigma_frames: float) -> Track:
    """The track with every row on the line that fits it and its neighbours best, Gaussian weights.

    `sigma_frames` over 0 is the spread of the weights in frames. A line rather than a mean, so
    that even motion stays as it is, at the ends of a track, too. Polygons and lines move and
    stretch with their bounds, each keypoint goes by the rows that have it labelled, masks stay as
    they are. The kind, the frames and the number of rows stay.
    """
    if not sigma_frames > 0:
        raise GeometryError(f"a spread of {sigma_frames} frames, expected more than 0")
    frames = track.frames.astype(np.float64)
    columns = {"boxes": smoothed(frames, track.boxes, sigma_frames)}
    if track.shape in SHAPES:
        columns |= SHAPES[track.shape](frames, track, sigma_frames)
    return track.with_columns(**columns)


def _rotated(frames: Floats, track: Track, sigma: float) -> dict[str, Any]:
    return {"rotated": smoothed(frames, unwound(track.shapes), sigma)}


def _rings(frames: Floats, track: Track, sigma: float) -> dict[str, Any]:
    bounds = polygons.bounds(track.shapes)
    return {"rings": fitted(track.shapes, bounds, smoothed(frames, bounds, sigma))}


def _masks(frames: Floats, track: Track, sigma: float) -> dict[str, Any]:
    return {"boxes": track.boxes}


def _keypoints(frames: Floats, track: Track, sigma: float) -> dict[str, Any]:
    seen = keypoints.visible(track.shapes)[..., None]
    places = smoothed(frames, np.where(seen, track.shapes[..., :2], np.nan), sigma)
    out = track.shapes.copy()
    np.copyto(out[..., :2], places, where=seen)
    return {"keypoints": out}


SHAPES: Mapping[str, Callable[[Floats, Track, float], dict[str, Any]]] = MappingProxyType(
    {"rotated": _rotated, "rings": _rings, "masks": _masks, "keypoints": _keypoints}
)


def smoothed(frames: Floats, values: Floats, sigma: float) -> Floats:
    """Values (T, ...) over frames (T,), each by a local line; NaN has no say and stays NaN."""
    flat = values.reshape(len(values), -1)
    rows = _window(len(frames), sigma)
    inside = (rows >= 0) & (rows < len(frames))
    rows = np.clip(rows, 0, max(len(frames) - 1, 0))
    away = frames[rows] - frames[:, None]
    weight = np.where(inside, np.exp(-0.5 * (away / sigma) ** 2), 0.0)
    known = ~np.isnan(flat)
    fitted = _lines(away, weight, np.where(known, flat, 0.0)[rows], known[rows])
    return np.where(known, fitted, flat).reshape(values.shape)


def _window(count: int, sigma: float) -> NDArray[np.int64]:
    """The rows around each row that have a say, (T, W); some lie beyond the ends."""
    reach = min(int(np.ceil(REACH * sigma)), max(count - 1, 0))
    return np.arange(count)[:, None] + np.arange(-reach, reach + 1)


def _lines(away: Floats, weight: Floats, values: Floats, known: NDArray[np.bool_]) -> Floats:
    """The weighted straight line through values (T, W, C) at distances (T, W), where it is 0."""
    w = weight[..., None] * known
    x = away[..., None]
    s0, s1, s2 = w.sum(axis=1), (w * x).sum(axis=1), (w * x * x).sum(axis=1)
    t0, t1 = (w * values).sum(axis=1), (w * x * values).sum(axis=1)
    spread = s0 * s2 - s1 * s1
    line = spread > 1e-9 * np.maximum(s0 * s0, 1e-300)
    fitted = np.divide(s2 * t0 - s1 * t1, spread, out=np.zeros_like(t0), where=line)
    mean = np.divide(t0, s0, out=np.zeros_like(t0), where=s0 > 0)
    return np.where(line, fitted, mean)
