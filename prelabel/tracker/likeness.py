"""How well detections fit where tracks are expected."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prelabel.tracker.filters import Filters

__all__ = ["Fits", "likeness"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Fits = tuple[Ints, Ints, Floats]


def likeness(expected: Filters, anchors: Floats, found: Floats) -> Fits:
    """Pairs (P,) of a track and a detection (D, 4) cx cy w h that overlap, and by how much: 0 to 1.

    The mean of two overlaps: with where the filter expects the track, and with its anchor (T, 4),
    where it was last seen for certain. The first one is steady and holds through an occlusion, the
    second one follows an object that turns, or a camera.

    Boxes grow on every side by one standard deviation of the expected centre: where that is well
    known, overlap is the plain IoU; of a new track, or one that was not seen for a while, also
    boxes beside it are worth something, the nearest most. So long steps between frames need no rule
    of their own (buffered IoU, Yang et al., WACV 2023, with the filter's own uncertainty).
    """
    grow = 2 * np.sqrt(expected.spread[0, :, :2])
    i, j = _near(expected.place, anchors, found, grow)
    sides, theirs = expected.place[i, 2:] + grow[i], found[j, 2:] + grow[i]
    steady = _overlap(np.abs(expected.place[i, :2] - found[j, :2]), sides, theirs)
    own = anchors[i, 2:] + grow[i]
    followed = _overlap(np.abs(anchors[i, :2] - found[j, :2]), own, theirs)
    return i, j, (steady + followed) / 2


def _near(places: Floats, anchors: Floats, found: Floats, grow: Floats) -> tuple[Ints, Ints]:
    """The pairs that may overlap: those whose centres are near enough along both axes."""
    middle, half = (places[:, :2] + anchors[:, :2]) / 2, np.abs(places[:, :2] - anchors[:, :2]) / 2
    reach = half + grow + np.maximum(places[:, 2:], anchors[:, 2:]) / 2
    apart = np.abs(middle[:, 0, None] - found[:, 0])
    i, j = np.nonzero(apart < reach[:, 0, None] + found[:, 2] / 2)
    near = np.abs(middle[i, 1] - found[j, 1]) < reach[i, 1] + found[j, 3] / 2
    return i[near], j[near]


def _overlap(apart: Floats, ours: Floats, theirs: Floats) -> Floats:
    """(P,) IoU of boxes with sides (P, 2) whose centres are (P, 2) apart."""
    common = np.minimum(np.minimum(ours, theirs), (ours + theirs) / 2 - apart)
    inter = np.maximum(common, 0).prod(axis=1)
    return inter / np.maximum(ours.prod(axis=1) + theirs.prod(axis=1) - inter, 1e-9)
