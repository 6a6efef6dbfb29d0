"""How well one track shows another, row by row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry import keypoints, masks, polygons, rotated
from geometry.errors import GeometryError
from geometry.rings import Rings
from geometry.tracks.alignment import matched_lines
from geometry.tracks.track import Track

__all__ = ["LONE", "judge", "likeness"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Judge = Callable[[Any, Ints], Floats]

LONE = 32.0**2
"""Square pixels of the object that keypoints without an area, such as a single one, are taken to
lie on: COCO's bound of what is small."""


def likeness(a: Track, b: Track, *, sigmas: ArrayLike | None = None) -> Floats:
    """How alike equal rows are, (T,), 0 to 1; rows that are equal give 1, also without an area.

    Boxes, rotated boxes, polygons, masks: IoU. Keypoints: OKS over the points that either has
    labelled, with the area of b's box and `sigmas` (K,), `keypoints.DEFAULT_SIGMA` if None; a point
    that only one has labelled counts 0. Open lines: 1 less their greatest distance in diagonals of
    b's bounds. GeometryError for tracks of different kinds or lengths.
    """
    if a.kind != b.kind or len(a) != len(b):
        raise GeometryError(
            f"{len(a)} rows of {a.kind} beside {len(b)} of {b.kind}, expected the same"
        )
    return judge(b, sigmas)(a.shapes, np.arange(len(b)))


def judge(track: Track, sigmas: ArrayLike | None = None) -> Judge:
    """What tells how alike shapes (Q, ...) and the rows (Q,) of a track are, (Q,)."""
    if track.keypoints is not None:
        return _of_keypoints(track, sigmas)
    return JUDGES[track.kind](track)


def _of_boxes(track: Track) -> Judge:
    return lambda shown, rows: of_boxes(shown, track.boxes[rows])


def _of_rotated(track: Track) -> Judge:
    return lambda shown, rows: of_rotated(shown, track.shapes[rows])


def _of_polygons(track: Track) -> Judge:
    import shapely

    wanted = polygons.shapes(track.shapes)
    areas = shapely.area(wanted)

    def alike(shown: Rings, rows: Ints) -> Floats:
        found = polygons.shapes(shown)
        common = shapely.area(shapely.intersection(found, wanted[rows]))
        whole = shapely.area(found) + areas[rows] - common
        empty = np.where(shapely.is_empty(found) & shapely.is_empty(wanted[rows]), 1.0, 0.0)
        return np.divide(common, whole, out=empty, where=whole > 0)

    return alike


def _of_lines(track: Track) -> Judge:
    def alike(shown: Rings, rows: Ints) -> Floats:
        found = [_apart(shown.row(k), track.shapes.row(row)) for k, row in enumerate(rows.tolist())]
        return np.array(found, dtype=np.float64)

    return alike


def _apart(shown: list[list[Floats]], wanted: list[list[Floats]]) -> float:
    """1 less the greatest distance of corresponding points of two lines, in diagonals."""
    if not shown or not wanted:
        return float(not shown and not wanted)
    a, b = matched_lines(wanted[0][0], shown[0][0])
    far = float(np.hypot(*(a - b).T).max())
    across = float(np.hypot(*np.ptp(wanted[0][0], axis=0)))
    return max(1 - far / across, 0.0) if across else float(far == 0)


def _of_masks(track: Track) -> Judge:
    def alike(shown: NDArray[np.object_], rows: Ints) -> Floats:
        pairs = zip(shown, track.shapes[rows], strict=True)
        return np.array([1.0 if a == b else masks.iou([a], [b])[0, 0] for a, b in pairs])

    return alike


def _of_keypoints(track: Track, sigmas: ArrayLike | None) -> Judge:
    wanted = track.shapes
    count = wanted.shape[1]
    spread = np.broadcast_to(keypoints.DEFAULT_SIGMA if sigmas is None else sigmas, (count,))
    sides = np.maximum(track.boxes[:, 2:] - track.boxes[:, :2], 0).prod(axis=1)
    reach = 2 * np.where(sides > 0, sides, LONE)[:, None] * (2 * np.asarray(spread)) ** 2
    seen = keypoints.visible(wanted)

    def alike(shown: Floats, rows: Ints) -> Floats:
        here, there = keypoints.visible(shown), seen[rows]
        away = np.where((here & there)[..., None], shown[..., :2] - wanted[rows, :, :2], np.inf)
        close = np.exp(-np.minimum((away**2).sum(axis=-1) / reach[rows], 700.0))
        count = (here | there).sum(axis=1)
        close = np.where(here & there, close, 0.0).sum(axis=1)
        return np.where(count > 0, close / np.maximum(count, 1), 1.0)

    return alike


def of_rotated(a: Floats, b: Floats) -> Floats:
    """IoU row by row of rotated boxes (Q, 5); equal ones give 1, also without an area."""
    return np.where((a == b).all(axis=1), 1.0, np.minimum(rotated.pair_iou(a, b), 1.0))


def of_boxes(a: Floats, b: Floats) -> Floats:
    """IoU row by row of boxes (Q, 4); equal ones give 1, also without an area."""
    one, other = (np.ascontiguousarray(boxes.T) for boxes in (a, b))
    common = _area(*np.maximum(one[:2], other[:2]), *np.minimum(one[2:], other[2:]))
    union = _area(*one)
    union += _area(*other)
    union -= common
    flat = union <= 0
    if flat.any():
        union[flat], common[flat] = 1, (one == other).all(axis=0)[flat]
    return np.divide(common, union, out=common)


def _area(x0: Floats, y0: Floats, x1: Floats, y1: Floats) -> Floats:
    """Area of boxes (Q,), 0 where a side is not positive."""
    width, height = x1 - x0, y1 - y0
    np.maximum(width, 0, out=width)
    np.maximum(height, 0, out=height)
    width *= height
    return width


JUDGES: Mapping[str, Callable[[Track], Judge]] = MappingProxyType(
    {
        "box": _of_boxes,
        "rotated": _of_rotated,
        "polygon": _of_polygons,
        "line": _of_lines,
        "mask": _of_masks,
    }
)
