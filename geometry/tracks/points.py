"""Keypoints between two keyframes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry.tracks import blending

__all__ = ["elements", "frozen_unless_one", "labelled"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def labelled(column: Floats, start: Ints, stop: Ints, share: Floats) -> Floats:
    """Keypoints (T, K, 3), each on a straight way where both keyframes have it labelled.

    Otherwise it stays where the earlier keyframe has it. Visibility is that of the earlier one.
    """
    both = (column[start, :, 2] > 0) & (column[stop, :, 2] > 0)
    return _moved(column, start, stop, share, both)


def elements(column: Floats, start: Ints, stop: Ints, share: Floats) -> Floats:
    """As `labelled`, but a point that has a place moves, labelled or not: elements of CVAT's
    skeletons, which keep theirs while they are outside."""
    return _moved(column, start, stop, share, np.ones((len(start), column.shape[1]), dtype=bool))


def frozen_unless_one(column: Floats, start: Ints, stop: Ints, share: Floats) -> Floats:
    """CVAT's points: a single one moves, several stay where the earlier keyframe has them."""
    if column.shape[1] == 1:
        return elements(column, start, stop, share)
    return column[start]


def _moved(
    column: Floats, start: Ints, stop: Ints, share: Floats, which: NDArray[np.bool_]
) -> Floats:
    out = column[start]
    places = blending.linear(column[..., :2], start, stop, share)
    known = which & np.isfinite(places).all(axis=-1)
    out[..., :2][known] = places[known]
    return out
