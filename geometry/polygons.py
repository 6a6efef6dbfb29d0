"""Polygons as `Rings`: measured, cut, simplified, joined and compared, with shapely underneath.

A row of `Rings` is one shape: the union of its parts, where the second and later rings of a part
are holes. Rings are kept as they were read; repair and union happen in `shapes`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry import masks, overlaps
from geometry.areas import area
from geometry.bridges import bridged, oriented
from geometry.crossings import row_overlaps
from geometry.errors import GeometryError
from geometry.outlines import Outlines
from geometry.overlaps import Pairs
from geometry.rings import Rings
from geometry.starlike import star_shaped
from geometry.suppression import greedy, ranking
from geometry.topology import from_shapes, parts, shapes, valid

__all__ = [
    "area",
    "bounds",
    "clip",
    "from_shapes",
    "iou",
    "keyhole",
    "nms",
    "overlap_pairs",
    "shapes",
    "simplify",
    "to_masks",
    "union",
    "valid",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEW = 200
"""Pairs up to which shapely's intersections are taken."""


def bounds(rings: Rings) -> Floats:
    """The box around the points of each row, (N, 4); NaN for a row without points."""
    return rings.bounds


def clip(rings: Rings, sizes: ArrayLike) -> Rings:
    """Polygons cut to their pictures; `sizes` (width, height) is (2,) or (N, 2).

    Rows inside stay point for point; what has no area left becomes a row without parts.
    """
    import shapely

    limits = np.broadcast_to(np.asarray(sizes, dtype=np.float64), (len(rings), 2))
    box = bounds(rings)
    beyond = (box[:, :2] < 0) | (box[:, 2:] > limits)
    out = beyond[:, 0] | beyond[:, 1]
    if not out.any():
        return rings
    corner = np.zeros(int(out.sum()))
    windows = shapely.box(corner, corner, limits[out, 0], limits[out, 1])
    cut = from_shapes(shapely.intersection(shapes(rings[out]), windows))
    most = np.repeat(limits[out], np.diff(_row_points(cut)), axis=0)  # rounding can leave it
    return _replaced(rings, out, cut.moved(np.clip(cut.points, 0, most)))


def simplify(rings: Rings, tolerance: float) -> Rings:
    """Fewer points; those left out lie within `tolerance` pixels of the outline.

    Next to the first point of a ring, which may go last, it can be twice that. Rings keep at least
    three points and do not come to cross themselves or the others of their part (Douglas and
    Peucker 1973, keeping topology). Rings with less than three points are left out.
    """
    import shapely

    if not tolerance >= 0:
        raise GeometryError(f"tolerance {tolerance} pixels, expected 0 or more")
    polygons, rows = parts(rings)
    thin = from_shapes(shapely.simplify(polygons, tolerance, preserve_topology=True))
    offsets = thin.row_offsets[np.searchsorted(rows, np.arange(len(rings) + 1))]
    return Rings(thin.points, thin.ring_offsets, thin.part_offsets, offsets)


def union(rings: Rings) -> Rings:
    """The same areas as proper polygons: repaired, and no parts that overlap."""
    return from_shapes(shapes(rings))


def to_masks(rings: Rings, size: tuple[int, int]) -> NDArray[np.object_]:
    """`Mask` of every row, (N,), in a picture of `size` (width, height), by COCO's rasteriser."""
    out = np.empty(len(rings), dtype=object)
    for i, row in enumerate(rings):
        out[i] = masks.from_coco_rings(row, size)
    return out


def keyhole(row: Sequence[Sequence[Floats]]) -> Floats:
    """One ring (K, 2) for a shape of several parts or with holes; no part gives (0, 2).

    Parts that overlap are united first. Then holes and parts are joined where their vertices are
    closest, by a bridge of no width that is walked there and back, so that filling the ring,
    even-odd or non-zero, gives the same area. A single ring is returned as it is.
    """
    rings = Rings.of([row])
    if len(row) == 1 and len(row[0]) == 1:
        return rings.points
    whole = rings if valid(rings)[0] else union(rings)
    return bridged([ring for part in whole.row(0) for ring in oriented(part)])


def overlap_pairs(
    a: Rings, b: Rings, threshold: float = 0.0, groups: overlaps.Groups = None
) -> Pairs:
    """As `boxes.overlap_pairs`, for polygons: (i, j, iou) where IoU >= `threshold`.

    Exact but for rounding, however the rings run. A row that is not proper is compared as `union`
    makes it; a row without area overlaps nothing.
    """
    i, j, _ = overlaps.overlap_pairs(bounds(a), bounds(b), 0.0, groups)
    if len(i) <= FEW:
        return _shapely_pairs(a, b, i, j, threshold)
    return _proper_pairs(_proper(a), _proper(b), i, j, threshold)


def nms(
    rings: Rings,
    scores: ArrayLike,
    labels: ArrayLike | None = None,
    iou: float = 0.7,
    max_det: int | None = None,
) -> Ints:
    """As `boxes.nms`, for polygons and their exact IoU."""
    order = ranking(np.asarray(scores))
    ranked = _proper(rings[order])
    kinds = np.zeros(len(order), np.int64) if labels is None else np.asarray(labels)[order]

    def over(rows: Ints, others: Ints) -> tuple[Ints, Ints]:
        groups = kinds[rows], kinds[others]
        i, j, overlap = overlap_pairs(ranked[rows], ranked[others], iou, groups)
        return i[overlap > iou], j[overlap > iou]

    return order[greedy(len(order), over, max_det)]


def _proper_pairs(a: Rings, b: Rings, i: Ints, j: Ints, threshold: float) -> Pairs:
    first, second = Outlines.of(a), Outlines.of(b)
    areas = first.row_areas(len(a)), second.row_areas(len(b))
    i, j = overlaps.plausible(bounds(a), bounds(b), areas, i, j, threshold)
    return _above(row_overlaps(first, second, i, j), areas, i, j, threshold)


def _shapely_pairs(a: Rings, b: Rings, i: Ints, j: Ints, threshold: float) -> Pairs:
    """The same one pair after the other: for a few, less than the crossings take to set up."""
    import shapely

    rows, columns = np.unique(i), np.unique(j)
    first, second = np.empty(len(a), dtype=object), np.empty(len(b), dtype=object)
    first[rows], second[columns] = shapes(a[rows]), shapes(b[columns])
    areas = shapely.area(first), shapely.area(second)
    i, j = overlaps.plausible(bounds(a), bounds(b), areas, i, j, threshold)
    common = shapely.area(shapely.intersection(first[i], second[j]))
    return _above(common, areas, i, j, threshold)


def _above(
    common: Floats, areas: tuple[Floats, Floats], i: Ints, j: Ints, threshold: float
) -> Pairs:
    """The pairs of enough IoU, from the areas of the shapes and what the pairs share."""
    shared = np.flatnonzero(common > 0)
    i, j, common = i[shared], j[shared], common[shared]
    iou = common / (areas[0][i] + areas[1][j] - common)
    wanted = np.flatnonzero(iou >= threshold)
    return i[wanted], j[wanted], iou[wanted]


def _proper(rings: Rings) -> Rings:
    """The same areas as rings that cross nothing; a row that is proper stays as it is."""
    broken = np.flatnonzero(~star_shaped(rings))
    broken = broken[~valid(rings[broken])]
    return _replaced(rings, broken, union(rings[broken])) if len(broken) else rings


def iou(a: Rings, b: Rings) -> Floats:
    """IoU of every pair of polygons, (N, M); rows without area give 0."""
    i, j, values = overlap_pairs(a, b)
    matrix = np.zeros((len(a), len(b)))
    matrix[i, j] = values
    return matrix


def _row_points(rings: Rings) -> Ints:
    """Offsets of the rows into the points, (N+1,)."""
    return rings.ring_offsets[rings.part_offsets[rings.row_offsets]]


def _replaced(rings: Rings, where: NDArray[np.bool_] | Ints, others: Rings) -> Rings:
    """`rings` with the rows of `where` taken from `others`, in order."""
    source = np.arange(len(rings))
    source[where] = len(rings) + np.arange(len(others))
    return Rings.concat([rings, others])[source]
