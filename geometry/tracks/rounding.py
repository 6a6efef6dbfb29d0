"""Keyframes as the files of tools keep them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry import boxes
from geometry.tracks.blending import from_corner
from geometry.tracks.rules import RULES, Rule
from geometry.tracks.track import Track, bounds_of

__all__ = ["cvat", "label_studio"]

Floats = NDArray[np.float64]
PIXEL_DECIMALS = 9
"""Digits of a pixel that are read from percents."""


def label_studio(size: tuple[int, int], decimals: int = 6) -> Rule:
    """Label Studio's rule for frames of `size` (width, height), with percents and degrees of
    `decimals` digits behind the point."""

    def kept(track: Track) -> Track:
        if track.rotated is None:
            return track.with_columns(boxes=boxes.from_xywh(sides(boxes.to_xywh(track.boxes))))
        cornered = from_corner(track.rotated, -0.5)
        angle = np.radians(np.round(np.degrees(cornered[:, 4]), decimals))
        rotated = from_corner(np.column_stack([sides(cornered[:, :4]), angle]), 0.5)
        return track.with_columns(rotated=rotated, boxes=bounds_of(rotated=rotated))

    def sides(xywh: ArrayLike) -> Floats:
        whole = np.array([*size, *size], dtype=np.float64)
        return np.round(
            np.round(np.asarray(xywh) * 100 / whole, decimals) * whole / 100, PIXEL_DECIMALS
        )

    return replace(RULES["label-studio"], kept=kept)


def cvat(decimals: int, rule: str = "cvat") -> Rule:
    """CVAT's rule (or "cvat-skeleton") with pixels and degrees of `decimals` digits."""
    return replace(RULES[rule], kept=lambda track: _rounded(track, decimals))


def _rounded(track: Track, decimals: int) -> Track:
    columns: dict[str, Any] = {"boxes": np.round(track.boxes, decimals)}
    if track.shape in ROUNDED:
        columns[track.shape] = ROUNDED[track.shape](track, decimals)
    return track.with_columns(**columns)


def _rotated(track: Track, decimals: int) -> Floats:
    """CVAT keeps the corners before turning, and degrees."""
    corners = np.asarray(boxes.from_cxcywh(track.shapes[:, :4])).round(decimals)
    angle = np.radians(np.round(np.degrees(track.shapes[:, 4]), decimals))
    return np.column_stack([boxes.to_cxcywh(corners), angle])


ROUNDED: dict[str, Callable[[Track, int], object]] = {
    "rotated": _rotated,
    "rings": lambda track, decimals: track.shapes.moved(np.round(track.shapes.points, decimals)),
    "keypoints": lambda track, decimals: np.round(track.shapes, decimals),
}
