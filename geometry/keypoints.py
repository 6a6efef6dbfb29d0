"""Keypoints (N, K, 3): x y in pixels and visibility, 0 not labelled, 1 hidden, 2 visible."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry import boxes, similarity
from geometry.errors import GeometryError
from geometry.overlaps import Pairs
from geometry.suppression import greedy, ranking

__all__ = [
    "COCO_SIGMAS",
    "DEFAULT_SIGMA",
    "bounds",
    "mirror",
    "mutual_oks",
    "nms",
    "oks",
    "overlap_pairs",
    "sigmas",
    "visible",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DEFAULT_SIGMA = 0.05
COCO_SIGMAS: Mapping[str, float] = MappingProxyType(
    {
        "nose": 0.026,
        "left_eye": 0.025,
        "right_eye": 0.025,
        "left_ear": 0.035,
        "right_ear": 0.035,
        "left_shoulder": 0.079,
        "right_shoulder": 0.079,
        "left_elbow": 0.072,
        "right_elbow": 0.072,
        "left_wrist": 0.062,
        "right_wrist": 0.062,
        "left_hip": 0.107,
        "right_hip": 0.107,
        "left_knee": 0.087,
        "right_knee": 0.087,
        "left_ankle": 0.089,
        "right_ankle": 0.089,
    }
)
"""How far people place a keypoint from each other, relative to the object (COCO's evaluation)."""


def sigmas(names: Sequence[str]) -> Floats:
    """Sigma of each keypoint, (K,): COCO's by name, `DEFAULT_SIGMA` for others."""
    return np.array([COCO_SIGMAS.get(name, DEFAULT_SIGMA) for name in names], dtype=np.float64)


def visible(keypoints: ArrayLike) -> NDArray[np.bool_]:
    """Which points are labelled, (N, K): visibility above 0 and coordinates that are numbers."""
    points = _checked(keypoints)
    return (points[..., 2] > 0) & np.isfinite(points[..., :2]).all(axis=-1)


def oks(a: ArrayLike, b: ArrayLike, areas: ArrayLike, sigmas: ArrayLike) -> Floats:
    """Object keypoint similarity of every pair, (N, M), in 0..1.

    `a` (N, K, 3) is compared with the truth `b` (M, K, 3) at the points that are labelled in b;
    `areas` (M,) of b in square pixels; `sigmas` (K,). The mean over these points of
    ``exp(-d^2 / (2 s^2 k^2))``, k = 2 sigma, s^2 = area, as in COCO's evaluation. A row of b
    without labelled points gives 0, and so does what is below 1e-15.
    """
    a, b = _checked(a), _checked(b)
    return similarity.matrix(_placed(a), _labelled(b), None, *_fitting(a, b, areas, sigmas))


def mutual_oks(
    a: ArrayLike, b: ArrayLike, areas_a: ArrayLike, areas_b: ArrayLike, sigmas: ArrayLike
) -> Floats:
    """OKS of every pair where neither side is the truth, (N, M), in 0..1; symmetric.

    s^2 is the mean of the two areas. The mean is over the points that are labelled in either; one
    that is labelled in one only counts 0. Otherwise as `oks`.
    """
    a, b = _checked(a), _checked(b)
    own, _ = _fitting(b, a, areas_a, sigmas)
    return similarity.matrix(_labelled(a), _labelled(b), own, *_fitting(a, b, areas_b, sigmas))


def overlap_pairs(
    a: ArrayLike,
    b: ArrayLike,
    areas_a: ArrayLike | None,
    areas_b: ArrayLike,
    sigmas: ArrayLike,
    threshold: float = 0.0,
) -> Pairs:
    """Pairs with OKS above 0 and >= `threshold`: (i, j, oks), by i, then j.

    `mutual_oks`, or, where `areas_a` is None, `oks` against the truth `b`.
    """
    a, b = _checked(a), _checked(b)
    truth = _labelled(b), *_fitting(a, b, areas_b, sigmas)
    if areas_a is None:
        return similarity.pairs(_placed(a), truth[0], None, *truth[1:], threshold)
    own, _ = _fitting(b, a, areas_a, sigmas)
    return similarity.pairs(_labelled(a), truth[0], own, *truth[1:], threshold)


def nms(
    keypoints: ArrayLike,
    areas: ArrayLike,
    sigmas: ArrayLike,
    scores: ArrayLike,
    labels: ArrayLike | None = None,
    oks: float = 0.7,
    max_det: int | None = None,
) -> Ints:
    """As `boxes.nms`, by `mutual_oks`; `keypoints` (N, K, 3) of objects with `areas` (N,)."""
    order = ranking(np.asarray(scores))
    ranked, sizes = _checked(keypoints)[order], np.asarray(areas, dtype=np.float64)[order]
    kinds = np.zeros(len(order), np.int64) if labels is None else np.asarray(labels)[order]

    def over(rows: Ints, others: Ints) -> tuple[Ints, Ints]:
        own, other = sizes[rows], sizes[others]
        i, j, like = overlap_pairs(ranked[rows], ranked[others], own, other, sigmas, oks)
        much = (like > oks) & (kinds[rows[i]] == kinds[others[j]])
        return i[much], j[much]

    return order[greedy(len(order), over, max_det)]


def _placed(points: Floats) -> Floats:
    """The points (N, K, 2) whatever their visibility; those that are nowhere as NaN."""
    here = np.isfinite(points[..., :2]).all(axis=-1, keepdims=True)
    return np.where(here, points[..., :2], np.nan)


def _labelled(points: Floats) -> Floats:
    """The points (N, K, 2), those that are not labelled as NaN."""
    return np.where(visible(points)[..., None], points[..., :2], np.nan)


def _fitting(a: Floats, b: Floats, areas: ArrayLike, sigmas: ArrayLike) -> tuple[Floats, Floats]:
    """Areas (M,) of b and sigmas (K,), refused where they are not as many."""
    areas, sigmas = np.asarray(areas, dtype=np.float64), np.asarray(sigmas, dtype=np.float64)
    if a.shape[1] != b.shape[1] or (*areas.shape, *sigmas.shape) != b.shape[:2]:
        raise GeometryError(
            f"{a.shape[1]} and {b.shape[1]} keypoints, {len(b)} rows and "
            f"(areas, sigmas) {(*areas.shape, *sigmas.shape)}: expected the same numbers"
        )
    return areas, sigmas


def bounds(keypoints: ArrayLike) -> Floats:
    """The box around the labelled points of each row, (N, 4); NaN where there are none."""
    points = _checked(keypoints)
    return boxes.bounds(np.where(visible(points)[..., None], points[..., :2], np.nan))


def mirror(names: Sequence[str]) -> NDArray[np.int64]:
    """Which keypoint each becomes in a mirrored picture, (K,), a permutation.

    Pairs are found by name (left / right or l / r as a word of its own, any case); a keypoint
    without a partner stays itself.
    """
    words = [_words(name) for name in names]
    place = {word: k for k, word in enumerate(words)}
    if len(place) < len(words):
        return np.arange(len(words), dtype=np.int64)
    partner = [place.get(tuple(_OTHER.get(w, w) for w in word), k) for k, word in enumerate(words)]
    return np.array(partner, dtype=np.int64)


_OTHER = {"left": "right", "right": "left", "l": "r", "r": "l"}


def _words(name: str) -> tuple[str, ...]:
    """``LeftEye``, ``left_eye`` and ``left eye`` are the words left, eye."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name).lower()
    return tuple(re.findall(r"[^\W_]+", spaced))


def _checked(keypoints: ArrayLike) -> Floats:
    array = np.asarray(keypoints, dtype=np.float64)
    if array.ndim != 3 or array.shape[2] != 3:
        raise GeometryError(f"keypoints have shape {array.shape}, expected (N, K, 3)")
    return array
