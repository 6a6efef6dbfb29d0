"""Rotated boxes cx cy w h angle, (N, 5): pixels and radians, clockwise on the screen."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry import boxes
from geometry.errors import GeometryError
from geometry.overlaps import Groups, Pairs, plausible_pairs
from geometry.suppression import greedy, ranking

__all__ = [
    "area",
    "bounds",
    "canonical",
    "corners",
    "from_corners",
    "from_polygon",
    "iou",
    "nms",
    "overlap_pairs",
    "pair_iou",
    "upright",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SIGNS = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
CHUNK = 1 << 15


def area(rotated: ArrayLike) -> Floats:
    """Width times height in square pixels, (N,) from (N, 5)."""
    rotated = _checked(rotated)
    return rotated[:, 2] * rotated[:, 3]


def corners(rotated: ArrayLike) -> Floats:
    """Corners (N, 4, 2) of (N, 5), clockwise from the top left one of the unrotated box."""
    rotated = _checked(rotated)
    return _turned(SIGNS * rotated[:, None, 2:4], rotated[:, 4]) + rotated[:, None, :2]


def from_corners(points: ArrayLike) -> Floats:
    """(N, 5) from the corners (N, 4, 2) of rectangles, in order, either winding.

    The side from the first corner to the second is the width and gives the angle. Of four points
    that are no rectangle, opposite sides are averaged.
    """
    p = np.asarray(points, dtype=np.float64).reshape(-1, 4, 2)
    along = (p[:, 1] - p[:, 0] + p[:, 2] - p[:, 3]) / 2
    across = (p[:, 3] - p[:, 0] + p[:, 2] - p[:, 1]) / 2
    flat = ~along.any(axis=1)
    angle = np.where(
        flat,
        np.arctan2(-across[:, 0], across[:, 1]),
        np.arctan2(along[:, 1], along[:, 0]),
    )
    sides = np.hypot(along[:, 0], along[:, 1]), np.hypot(across[:, 0], across[:, 1])
    return np.column_stack([p.mean(axis=1), *sides, angle])


def from_polygon(points: ArrayLike) -> Floats:
    """The rectangle of least area around points, (5,) from (K, 2), w >= h; K = 0 is an error.

    One of its sides lies on an edge of the convex hull (Freeman and Shapira 1975). NaN where a
    coordinate is none or infinite.
    """
    corners = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(corners).all():
        return np.full(5, np.nan)
    hull = _hull(corners)
    edges = np.roll(hull, -1, axis=0) - hull
    angles = np.unique(np.arctan2(edges[:, 1], edges[:, 0]))
    spun = _turned(np.broadcast_to(hull, (len(angles), *hull.shape)), -angles)
    low, high = spun.min(axis=1), spun.max(axis=1)
    best = int(np.argmin(np.prod(high - low, axis=1)))
    middle = _turned(((low + high) / 2)[best, None, None], angles[best : best + 1])[0, 0]
    return canonical(np.array([[*middle, *(high - low)[best], angles[best]]]))[0]


def _hull(points: Floats) -> Floats:
    import shapely

    if not len(points):
        raise GeometryError("no points, expected at least one to put a rectangle around")
    hull = shapely.get_coordinates(shapely.convex_hull(shapely.multipoints(points)))
    return hull[:-1] if len(hull) > 1 and (hull[0] == hull[-1]).all() else hull


def canonical(rotated: ArrayLike) -> Floats:
    """The same boxes written with w >= h and -pi/2 <= angle < pi/2, (N, 5)."""
    out = _checked(rotated).copy()
    tall = out[:, 2] < out[:, 3]
    out[tall, 2:4] = out[tall, 3:1:-1]
    out[tall, 4] += np.pi / 2
    out[:, 4] = (out[:, 4] + np.pi / 2) % np.pi - np.pi / 2
    return out


def upright(rotated: ArrayLike) -> Floats:
    """The same boxes written with the angle nearest to 0, at most pi/4 either way, (N, 5).

    The first of their `corners` is the top left one then, as people see it.
    """
    out = _checked(rotated).copy()
    turns = np.round(out[:, 4] / (np.pi / 2))
    odd = turns % 2 == 1
    out[odd, 2:4] = out[odd, 3:1:-1]
    out[:, 4] -= turns * (np.pi / 2)
    return out


def bounds(rotated: ArrayLike) -> Floats:
    """The upright boxes around rotated ones, (N, 4) from (N, 5)."""
    return boxes.bounds(corners(rotated))


def iou(a: ArrayLike, b: ArrayLike) -> Floats:
    """Exact IoU of every pair, (N, M) from (N, 5) and (M, 5); boxes without area give 0."""
    a, b = _checked(a), _checked(b)
    i, j, values = overlap_pairs(a, b)
    matrix = np.zeros((len(a), len(b)))
    matrix[i, j] = values
    return matrix


def overlap_pairs(
    a: ArrayLike, b: ArrayLike, threshold: float = 0.0, groups: Groups = None
) -> Pairs:
    """As `boxes.overlap_pairs`, for (N, 5) and (M, 5) rotated boxes and their exact IoU."""
    a, b = _checked(a), _checked(b)
    i, j = plausible_pairs(bounds(a), bounds(b), (area(a), area(b)), threshold, groups)
    iou = pair_iou(a[i], b[j])
    wanted = np.flatnonzero((iou > 0) & (iou >= threshold))
    return i[wanted], j[wanted], iou[wanted]


def pair_iou(a: ArrayLike, b: ArrayLike) -> Floats:
    """Exact IoU row by row, (N,) from (N, 5) and (N, 5)."""
    a, b = _checked(a), _checked(b)
    cuts = range(0, len(a), CHUNK)
    inter = [_intersection(a[k : k + CHUNK], b[k : k + CHUNK]) for k in cuts]
    common = np.concatenate(inter) if inter else np.empty(0)
    union = area(a) + area(b) - common
    return np.divide(common, union, out=np.zeros(len(a)), where=common > 0)


def nms(
    rotated: ArrayLike,
    scores: ArrayLike,
    labels: ArrayLike | None = None,
    iou: float = 0.7,
    max_det: int | None = None,
) -> NDArray[np.int64]:
    """As `boxes.nms`, for (N, 5) rotated boxes and their exact IoU."""
    rotated = _checked(rotated)
    order = ranking(np.asarray(scores))
    ranked = rotated[order]
    kinds = np.zeros(len(order), np.int64) if labels is None else np.asarray(labels)[order]

    def over(rows: Ints, others: Ints) -> tuple[Ints, Ints]:
        groups = kinds[rows], kinds[others]
        i, j, overlap = overlap_pairs(ranked[rows], ranked[others], iou, groups)
        return i[overlap > iou], j[overlap > iou]

    return order[greedy(len(order), over, max_det)]


def _intersection(a: Floats, b: Floats) -> Floats:
    """Area common to a and b, row by row.

    In the frame of b, with half sides u and v, it is the line integral around a of
    ``clamp(y, -v, v) dx`` over the part with ``-u <= x <= u``: above every x the clamped top and
    bottom of a enclose just the common interval. Continuous in every corner, so sides that
    coincide need no special case.
    """
    p = _turned(corners(a) - b[:, None, :2], -b[:, 4])
    half = b[:, None, 2:4] / 2
    x0, y0 = p[..., 0], p[..., 1]
    x1, y1 = np.roll(x0, -1, axis=1), np.roll(y0, -1, axis=1)
    start, stop = _clamp(x0, half[..., 0]), _clamp(x1, half[..., 0])
    leaning = start != stop
    low = y0 + _ratio(start - x0, x1 - x0, leaning) * (y1 - y0)
    high = y0 + _ratio(stop - x0, x1 - x0, leaning) * (y1 - y0)
    total = ((start - stop) * _mean_clamped(low, high, half[..., 1])).sum(axis=1)
    return np.abs(total)


def _mean_clamped(start: Floats, stop: Floats, limit: Floats) -> Floats:
    """The mean of clamp(y, -limit, limit) while y goes evenly from `start` to `stop`."""
    first, last = _clamp(start, limit), _clamp(stop, limit)
    way = stop - start
    moving = way != 0
    within = _ratio(last - first, way, moving)
    above = _ratio(np.maximum(stop, limit) - np.maximum(start, limit), way, moving)
    below = _ratio(np.minimum(stop, -limit) - np.minimum(start, -limit), way, moving)
    mixed = within * (first + last) / 2 + (above - below) * limit
    return np.where(moving, mixed, first)


def _clamp(values: Floats, limit: Floats) -> Floats:
    return np.minimum(np.maximum(values, -limit), limit)


def _ratio(top: Floats, bottom: Floats, where: NDArray[np.bool_]) -> Floats:
    return np.divide(top, bottom, out=np.zeros_like(top), where=where)


def _turned(points: Floats, angle: Floats) -> Floats:
    """Points (N, K, 2) turned clockwise about the origin by angle (N,)."""
    c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y = points[..., 0], points[..., 1]
    return np.stack([x * c - y * s, x * s + y * c], axis=-1)


def _checked(rotated: ArrayLike) -> Floats:
    array = np.asarray(rotated, dtype=np.float64)
    if array.size == 0:
        return array.reshape(-1, 5)
    if array.ndim != 2 or array.shape[1] != 5:
        raise GeometryError(f"rotated boxes have shape {array.shape}, expected (N, 5)")
    return array
