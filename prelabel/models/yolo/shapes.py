"""Detections in a tensor to annotations of the picture, by task."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from geometry import rotated as turned
from prelabel.models.candidates import Candidates
from prelabel.models.detections import placed, rows
from prelabel.models.preprocess import Place
from prelabel.models.yolo import segments

__all__ = ["masks", "poses", "rotated", "visibility"]

VISIBLE, PLACED = 0.5, 0.25
"""Least keypoint score for visibility 2 and 1."""


def masks(found: Candidates, place: Place, prototypes: NDArray[np.float32]) -> Annotations:
    """Masks inside boxes; a detection whose mask is empty is dropped."""
    found, bounds = placed(found, place)
    drawn = segments.masks(found.extra, prototypes, bounds, place)
    full = np.array([mask is not None for mask in drawn], dtype=bool)
    return rows(found, Kind.MASK, bounds, masks=drawn)[full]


def poses(found: Candidates, place: Place, shape: tuple[int, int]) -> Annotations:
    """Boxes with keypoints (N, K, 3): places clipped to the picture, visibility by score."""
    found, bounds = placed(found, place)
    points = found.extra.reshape(len(found), *shape).astype(np.float64)
    scores = points[..., 2] if shape[1] == 3 else None
    seen = visibility(scores) if scores is not None else np.full(points.shape[:2], 2.0)
    keypoints = np.concatenate([place.back(points[..., :2]), seen[..., None]], axis=-1)
    return rows(found, Kind.BOX, bounds, keypoints=keypoints, keypoint_scores=scores)


def visibility(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """2 (visible) from a score of .5, 1 (placed, perhaps hidden) from .25, else 0 (not labelled).

    A model's keypoint score says how sure it is that the point exists, so points that a person
    should look at first carry a 1.
    """
    return (scores >= VISIBLE).astype(np.float64) + (scores >= PLACED)


def rotated(found: Candidates, place: Place) -> Annotations:
    """Rotated boxes as the model states them, not clipped, with their bounds."""
    back = place.affine.inverse()
    centres = back.points(found.boxes[:, :2])
    sides = found.boxes[:, 2:4] * (back.scale_x, back.scale_y)
    angles = found.extra[:, -1:].astype(np.float64)
    shapes = np.concatenate([centres, sides, angles], axis=1)
    return rows(found, Kind.ROTATED, turned.bounds(shapes), rotated=shapes)
