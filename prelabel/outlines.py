"""The six shape classes of the drawn scenes: outlines and keypoints for radius 1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CLASSES = ("disc", "ring", "triangle", "square", "star", "arrow")
KEYPOINTS = ("front", "right", "back", "left")


def _circle(radius: float) -> Floats:
    angle = np.arange(48) * (2 * np.pi / 48)
    return radius * np.column_stack([np.cos(angle), np.sin(angle)])


def _star() -> Floats:
    angle = np.arange(10) * (np.pi / 5)
    reach = np.where(np.arange(10) % 2, 0.45, 1.0)
    return np.column_stack([reach * np.cos(angle), reach * np.sin(angle)])


def _array(*points: tuple[float, float]) -> Floats:
    return np.array(points, dtype=float)


OUTLINES: tuple[tuple[Floats, ...], ...] = (
    (_circle(0.95),),
    (_circle(1.0), _circle(0.5)),
    (_array((1, 0), (-0.66, 0.75), (-0.66, -0.75)),),
    (_array((0.72, 0.72), (-0.72, 0.72), (-0.72, -0.72), (0.72, -0.72)),),
    (_star(),),
    (
        _array(
            (1, 0), (0.1, 0.8), (0.1, 0.3), (-0.95, 0.3), (-0.95, -0.3), (0.1, -0.3), (0.1, -0.8)
        ),
    ),
)
"""Rings of every class for radius 1, the front along +x: the outer ring, then the holes."""

POINTS: tuple[Floats, ...] = (
    _array((0.7, 0), (0, 0.7), (-0.7, 0), (0, -0.7)),
    _array((0.75, 0), (0, 0.75), (-0.75, 0), (0, -0.75)),
    _array((0.75, 0), (-0.5, 0.5), (-0.5, 0), (-0.5, -0.5)),
    _array((0.55, 0), (0, 0.55), (-0.55, 0), (0, -0.55)),
    _array((0.8, 0), (0.247, 0.76), (-0.35, 0), (0.247, -0.76)),
    _array((0.8, 0), (0.2, 0.6), (-0.8, 0), (0.2, -0.6)),
)
"""Keypoints of every class for radius 1, (4, 2) each, in the order of `KEYPOINTS`."""
