"""One set of keypoints for those of every group."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.consensus.middle import middle, weighed
from geometry.keypoints import visible

__all__ = ["keypoints"]

Floats = NDArray[np.float64]


def keypoints(points: ArrayLike, groups: ArrayLike, weights: ArrayLike | None = None) -> Floats:
    """Each keypoint in the middle of those that are labelled, (C, K, 3) from (N, K, 3); see
    `middle`.

    A keypoint is labelled where rows of at least half of the group's weight label it, and visible
    (2) where at least half of those that label it say so; otherwise hidden (1). One that is not
    labelled is 0 0 0. Keypoints that no row of a group has (NaN) stay NaN.
    """
    rows = np.asarray(points, dtype=np.float64)
    group = np.asarray(groups, dtype=np.int64)
    count, width = int(group.max(initial=-1)) + 1, rows.shape[1]
    weight = weighed(weights, group)
    seen = visible(rows)
    place = group[:, None] * width + np.arange(width)
    votes = _sums(place, seen * weight[:, None], count * width)
    clear = _sums(place, (seen & (rows[..., 2] == 2)) * weight[:, None], count * width)
    known = _sums(place, ~np.isnan(rows[..., 2]), count * width) > 0
    whole = np.repeat(np.bincount(group, weight, count), width)
    labelled = (votes > 0) & (votes >= whole * (0.5 - 1e-9))
    out = np.where(known[:, None], 0.0, np.full((1, 3), np.nan)) * np.ones((count * width, 3))
    out[labelled, :2] = _middles(rows, seen & labelled[place], place, weight)
    out[labelled, 2] = np.where(clear >= votes * (0.5 - 1e-9), 2, 1)[labelled]
    return out.reshape(count, width, 3)


def _middles(
    rows: Floats, seen: NDArray[np.bool_], place: NDArray[np.int64], weight: Floats
) -> Floats:
    """The middle of the labelled points of every place that has some, in the order of places."""
    numbers = np.unique(place[seen], return_inverse=True)[1]
    weights = np.broadcast_to(weight[:, None], seen.shape)[seen]
    return middle(rows[seen][:, :2], numbers, weights)


def _sums(place: NDArray[np.int64], values: NDArray, count: int) -> Floats:
    return np.bincount(place.ravel(), values.ravel().astype(np.float64), minlength=count).astype(
        np.float64
    )
