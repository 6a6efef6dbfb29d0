"""Boxes x0 y0 x1 y1 in pixels, as (N, 4) arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.blocks import intersections
from geometry.cells import Ranges
from geometry.errors import GeometryError
from geometry.overlaps import among, joined, overlap_pairs, sparse_pairs
from geometry.suppression import greedy, mates, ranking, survivors

__all__ = [
    "area",
    "bounds",
    "clip",
    "from_cxcywh",
    "from_xywh",
    "inside",
    "iou",
    "nms",
    "overlap_pairs",
    "to_cxcywh",
    "to_xywh",
]

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]

RIVALS = 1 << 18
"""Pairs of one label up to which `nms` looks at all of them: fewer than a search costs."""


def area(boxes: ArrayLike) -> Floats:
    """Area in square pixels, (N,) from (N, 4); 0 where a side is not positive.

    Infinite where it is more than a number can be.
    """
    boxes = _checked(boxes)
    with np.errstate(over="ignore"):
        return np.maximum(boxes[:, 2] - boxes[:, 0], 0) * np.maximum(boxes[:, 3] - boxes[:, 1], 0)


def clip(boxes: ArrayLike, size: tuple[float, float]) -> Floats:
    """Boxes cut to a picture of `size` (width, height); one wholly outside has no area left."""
    boxes = _checked(boxes)
    return np.clip(boxes, 0, np.array([*size, *size], dtype=boxes.dtype))


def iou(a: ArrayLike, b: ArrayLike) -> Floats:
    """IoU of every pair, (N, M) from (N, 4) and (M, 4) pixel boxes; two empty boxes give 0."""
    a, b = _alike(_checked(a), _checked(b))
    few = sparse_pairs(a, b)
    if few is not None:
        matrix = np.zeros((len(a), len(b)), dtype=a.dtype)
        matrix.ravel()[few[0] * len(b) + few[1]] = few[2]
        return matrix
    matrix = np.empty((len(a), len(b)), dtype=a.dtype)
    first, second = area(a), area(b)
    solid = first.min(initial=1) > 0 or second.min(initial=1) > 0
    for rows, inter in intersections(a, b):
        union = np.add(first[rows, None], second, out=matrix[rows])
        union -= inter
        np.divide(inter, union if solid else _positive(union), out=matrix[rows])
    return matrix


def inside(a: ArrayLike, b: ArrayLike) -> Floats:
    """The share of each `a` that lies in each `b`, (N, M): intersection over the area of a.

    This is what COCO's evaluation takes for IoU where b is a crowd region. An `a` without area
    gives 0.
    """
    a, b = _alike(_checked(a), _checked(b))
    matrix = np.empty((len(a), len(b)), dtype=a.dtype)
    own = _positive(area(a)[:, None])
    for rows, inter in intersections(a, b):
        np.divide(inter, own[rows], out=matrix[rows])
    return matrix


def nms(
    boxes: ArrayLike,
    scores: ArrayLike,
    labels: ArrayLike | None = None,
    iou: float = 0.7,
    max_det: int | None = None,
) -> NDArray[np.int64]:
    """Greedy non-maximum suppression: the rows that stay, best first, (K,).

    A box is dropped if a better one of its label that stays overlaps it by IoU > `iou`; of equal
    scores the earlier row is better. `boxes` (N, 4), `scores` (N,), `labels` (N,) or None for one
    class; at most `max_det` rows over all labels. In float32 the arithmetic is that of ONNX's
    NonMaxSuppression operator, so the set is the same.
    """
    order = ranking(np.asarray(scores))
    ranked = _checked(boxes)[order]
    kinds = np.zeros(len(order), np.int64) if labels is None else np.asarray(labels)[order]
    limit = ranked.dtype.type(iou)
    rivals = mates(kinds)
    if rivals.count <= RIVALS and np.isfinite(ranked).all():
        better, worse = _over(ranked, rivals, limit)
        return order[survivors(len(order), better, worse)][:max_det]

    def over(rows: Ints, others: Ints) -> tuple[Ints, Ints]:
        groups = kinds[rows], kinds[others]
        i, j, overlap = overlap_pairs(ranked[rows], ranked[others], float(limit), groups)
        return i[overlap > limit], j[overlap > limit]

    return order[greedy(len(order), over, max_det)]


def _over(ranked: Floats, rivals: Ranges, limit: np.floating) -> tuple[Ints, Ints]:
    """The pairs among rivals whose IoU is over the limit."""
    found = list(among(ranked, ranked, rivals, float(limit)))
    i, j, overlap = found[0] if len(found) == 1 else joined(found, ranked.dtype)
    much = overlap > limit
    return i[much], j[much]


def to_xywh(boxes: ArrayLike) -> Floats:
    """Left, top, width, height of x0 y0 x1 y1 boxes; (..., 4)."""
    boxes = np.asarray(boxes)
    return np.concatenate([boxes[..., :2], boxes[..., 2:] - boxes[..., :2]], axis=-1)


def from_xywh(boxes: ArrayLike) -> Floats:
    """x0 y0 x1 y1 of left, top, width, height boxes; (..., 4)."""
    boxes = np.asarray(boxes)
    return np.concatenate([boxes[..., :2], boxes[..., :2] + boxes[..., 2:]], axis=-1)


def to_cxcywh(boxes: ArrayLike) -> Floats:
    """Centre x, centre y, width, height of x0 y0 x1 y1 boxes; (..., 4)."""
    boxes = np.asarray(boxes)
    low, high = boxes[..., :2], boxes[..., 2:]
    return np.concatenate([(low + high) / 2, high - low], axis=-1)


def from_cxcywh(boxes: ArrayLike) -> Floats:
    """x0 y0 x1 y1 of centre x, centre y, width, height boxes; (..., 4)."""
    boxes = np.asarray(boxes)
    centre, half = boxes[..., :2], boxes[..., 2:] / 2
    return np.concatenate([centre - half, centre + half], axis=-1)


def bounds(points: ArrayLike) -> NDArray[np.float64]:
    """The box around points, (..., 4) from (..., K, 2); NaN points are ignored, none gives NaN."""
    points = np.asarray(points, dtype=np.float64)
    if not points.shape[-2]:
        return np.full((*points.shape[:-2], 4), np.nan)
    low, high = np.fmin.reduce(points, axis=-2), np.fmax.reduce(points, axis=-2)
    return np.concatenate([low, high], axis=-1)


def _positive(values: Floats) -> Floats:
    """The values with 0 replaced by the least number that can be divided by."""
    return np.maximum(values, np.finfo(values.dtype).tiny, out=values)


def _alike(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Both in the wider of their types."""
    wide = np.result_type(a, b)
    return a.astype(wide, copy=False), b.astype(wide, copy=False)


def _checked(boxes: ArrayLike) -> Floats:
    array = np.asarray(boxes)
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float64)
    if array.size == 0:
        return array.reshape(-1, 4)
    if array.ndim != 2 or array.shape[1] != 4:
        raise GeometryError(f"boxes have shape {array.shape}, expected (N, 4) of x0 y0 x1 y1")
    return array
