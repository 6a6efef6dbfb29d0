"""Suppression of rotated boxes as Ultralytics models expect it: by the overlap of Gaussians.

A rotated box is seen as a Gaussian with the box's mean and covariance; ProbIoU is one minus the
Hellinger distance of two Gaussians (Llerena et al., "Gaussian Bounding Boxes and Probabilistic
Intersection-over-Union for Object Detection", 2021). It is not the overlap of areas: that is
`geometry.rotated.iou`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prelabel.models.candidates import Candidates

__all__ = ["keep", "probiou"]

TINY = 1e-7
BLOCK = 512

Floats = NDArray[np.floating]


def keep(found: Candidates, iou: float, max_det: int) -> NDArray[np.int64]:
    """Rows that survive, best first, at most `max_det`; `found.extra` ends with the angle.

    A row goes when any better row of its class, kept or not, has a ProbIoU above `iou` with it
    (Fast NMS, Bolya et al., "YOLACT", 2019): this is what Ultralytics does.
    """
    order = np.argsort(-found.scores, kind="stable")
    boxes = np.concatenate([found.boxes, found.extra[:, -1:]], axis=1)[order].astype(np.float64)
    classes = found.classes[order]
    kept: list[NDArray[np.int64]] = []
    for start in range(0, len(order), BLOCK):
        stop = min(start + BLOCK, len(order))
        same = classes[start:stop, None] == classes[:stop]
        better = np.arange(start, stop)[:, None] > np.arange(stop)
        near = probiou(boxes[start:stop], boxes[:stop]) > iou
        kept.append(order[start:stop][~(same & better & near).any(axis=1)])
        if sum(map(len, kept)) >= max_det:
            break
    return np.concatenate(kept)[:max_det] if kept else order


def probiou(a: Floats, b: Floats) -> NDArray[np.float64]:
    """ProbIoU of every pair, (N, M) from (N, 5) and (M, 5) cx cy w h angle (clockwise, radians)."""
    ax, ay, bx, by = a[:, None, 0], a[:, None, 1], b[None, :, 0], b[None, :, 1]
    (axx, ayy, axy), (bxx, byy, bxy) = _covariance(a[:, None]), _covariance(b[None])
    xx, yy, xy = axx + bxx, ayy + byy, axy + bxy
    determinant = xx * yy - xy**2
    dx, dy = ax - bx, ay - by
    apart = (yy * dx**2 + xx * dy**2 - 2 * xy * dx * dy) / (4 * (determinant + TINY))
    own = np.maximum(axx * ayy - axy**2, 0) * np.maximum(bxx * byy - bxy**2, 0)
    unlike = np.log(determinant / (4 * np.sqrt(own) + TINY) + TINY) / 2
    distance = np.clip(apart + unlike, TINY, 100)
    return 1 - np.sqrt(1 - np.exp(-distance) + TINY)


def _covariance(boxes: Floats) -> tuple[Floats, Floats, Floats]:
    """Variances along x and y and their covariance; a uniform side of length s varies by s^2/12."""
    u, v = boxes[..., 2] ** 2 / 12, boxes[..., 3] ** 2 / 12
    cos, sin = np.cos(boxes[..., 4]), np.sin(boxes[..., 4])
    return u * cos**2 + v * sin**2, u * sin**2 + v * cos**2, (u - v) * cos * sin
