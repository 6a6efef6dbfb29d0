"""`Rings` to shapely geometries and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from geometry.overlaps import expand
from geometry.rings import Rings

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["from_shapes", "parts", "shapes", "valid"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Geometries = NDArray[np.object_]
POLYGON = 3
"""shapely's type number."""


def shapes(rings: Rings) -> Geometries:
    """Valid shapely polygons or multi-polygons, (N,): repaired, parts united, holes cut out.

    Where a ring crosses itself, what it winds around an odd number of times is inside. A row
    without a ring of three points gives an empty polygon.
    """
    import shapely

    polygons, rows = parts(rings)
    broken = ~shapely.is_valid(polygons)
    if broken.any():
        polygons[broken] = [_repaired(polygon) for polygon in polygons[broken]]
    out = np.full(len(rings), shapely.Polygon(), dtype=object)
    out[rows] = polygons
    for row in np.flatnonzero(np.bincount(rows, minlength=len(rings)) > 1):
        first, last = np.searchsorted(rows, [row, row + 1])
        out[row] = _union(polygons[first:last])
    return out


def valid(rings: Rings) -> Bools:
    """Which rows are proper as they stand, (N,): some part, rings of three points or more that do
    not cross themselves or each other, holes inside, parts that do not overlap.
    """
    import shapely

    polygons, rows = parts(rings)
    out = np.zeros(len(rings), dtype=bool)
    if len(rows):
        present, index = np.unique(rows, return_inverse=True)
        out[present] = shapely.is_valid(shapely.multipolygons(polygons, indices=index))
    ring_part, part_row = _owners(rings)
    out[part_row[ring_part[~_usable(rings)]]] = False
    return out


def parts(rings: Rings) -> tuple[Geometries, Ints]:
    """One shapely polygon a part, (Q,), not repaired, and the row of each.

    Rings with less than three points, or with one that is not finite, are left out.
    """
    import shapely

    usable = _usable(rings)
    ring_part, part_row = _owners(rings)
    has_rings = np.flatnonzero(np.diff(rings.part_offsets))
    has_outer = np.zeros(len(part_row), dtype=bool)
    has_outer[has_rings] = usable[rings.part_offsets[has_rings]]
    chosen = np.flatnonzero(usable & has_outer[ring_part])
    index = np.cumsum(has_outer)[ring_part[chosen]] - 1
    owner, point = expand(rings.ring_offsets[chosen], rings.ring_offsets[chosen + 1])
    loops = np.asarray(shapely.linearrings(rings.points[point], indices=owner))
    return np.asarray(shapely.polygons(loops, indices=index)), part_row[has_outer]


def from_shapes(geometries: Sequence[BaseGeometry | None] | Geometries) -> Rings:
    """Rings of shapely geometries, one row each; points and lines in them are left out."""
    import shapely

    column = np.asarray(geometries, dtype=object)
    pieces, rows = _polygons_in(column)
    loops, loop_owner = shapely.get_rings(pieces, return_index=True)
    points, point_owner = shapely.get_coordinates(loops, return_index=True)
    closing = np.diff(point_owner, append=-1) != 0
    return Rings(
        points[~closing],
        _offsets(point_owner[~closing], len(loops)),
        _offsets(loop_owner, len(pieces)),
        _offsets(rows, len(column)),
    )


def _polygons_in(column: Geometries) -> tuple[Geometries, Ints]:
    """The polygons that geometries are made of, and the row of each."""
    import shapely

    pieces, rows = shapely.get_parts(column, return_index=True)
    pieces, again = shapely.get_parts(pieces, return_index=True)
    filled = (shapely.get_type_id(pieces) == POLYGON) & ~shapely.is_empty(pieces)
    return pieces[filled], rows[again][filled]


def _repaired(polygon: BaseGeometry) -> BaseGeometry:
    """What the rings of a polygon wind around an odd number of times.

    Their lines cut the plane into faces, each of which is wholly inside or outside.
    """
    import shapely

    loops = shapely.get_rings(polygon)
    faces = shapely.get_parts(shapely.polygonize([shapely.unary_union(loops)]))
    inside = shapely.get_coordinates(shapely.point_on_surface(faces))
    odd = faces[_odd(inside, [shapely.get_coordinates(loop) for loop in loops])]
    return _union(odd)


def _union(pieces: Geometries) -> BaseGeometry:
    import shapely

    filled = pieces[~shapely.is_empty(pieces)]
    return shapely.union_all(filled) if len(filled) else shapely.Polygon()


def _odd(points: NDArray[np.float64], loops: Sequence[NDArray[np.float64]]) -> Bools:
    """Whether a ray from each point to the right crosses closed loops an odd number of times."""
    x, y = points[:, 0, None], points[:, 1, None]
    start = np.concatenate([loop[:-1] for loop in loops]).T
    stop = np.concatenate([loop[1:] for loop in loops]).T
    passes = (start[1] > y) != (stop[1] > y)
    rise = np.where(start[1] == stop[1], 1.0, stop[1] - start[1])
    crossing = start[0] + (y - start[1]) * ((stop[0] - start[0]) / rise)
    return (passes & (crossing > x)).sum(axis=1) % 2 == 1


def _usable(rings: Rings) -> Bools:
    """Rings of at least three finite points, (R,)."""
    enough = np.diff(rings.ring_offsets) >= 3
    enough[rings.broken()] = False
    return enough


def _owners(rings: Rings) -> tuple[Ints, Ints]:
    """The part of every ring (R,), the row of every part (Q,)."""
    counts = np.diff(rings.part_offsets)
    return np.repeat(np.arange(len(counts)), counts), np.repeat(
        np.arange(len(rings)), rings.counts()
    )


def _offsets(owner: Ints, count: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))]).astype(np.int64)
