"""One polygon for several: the ground that most of them cover, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.consensus.middle import EVEN, middle, weighed
from geometry.rings import Rings
from geometry.topology import from_shapes, shapes

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["polygon"]

Floats = NDArray[np.float64]
Geometries = NDArray[np.object_]

SPECK = 1e-3
"""Parts and holes smaller than this share of the whole are left out: crossings of outlines."""
FLAT = 1e-6
"""Pixels within which points in a row make one straight side."""


def polygon(rows: Rings, weights: ArrayLike | None = None) -> Rings:
    """The polygon of N rows, as `Rings` of one row.

    Of three or more: what polygons of more than half of the weight cover, by the exact overlay of
    their outlines, as a vote on ever finer pixels would give it; what exactly half covers counts
    where that brings the area nearer to the median of theirs. Of two: every point goes to the
    one it belongs to on the other outline, by its share of the weight; if no proper polygon
    between the two comes of that, the weightier of them, else the larger. Specks are left out; rows
    without a polygon vote for nothing. If no ground wins, the row has no part.
    """
    weight = weighed(weights, np.zeros(len(rows), np.int64))
    if len(rows) < 3:
        return _between(rows, weight)
    return from_shapes([_vote(shapes(rows), weight)])


def _between(rows: Rings, weight: Floats) -> Rings:
    """The polygon between two, or the only one."""
    import shapely

    from geometry.tracks.outlines import aligned

    bodies = shapes(rows)
    areas = shapely.area(bodies)
    order = np.lexsort((-areas, -weight))
    if len(rows) < 2 or not areas.all():
        return rows[order[:1]]
    share = weight[order[1]] / weight.sum()
    blend = aligned(rows[order], np.zeros(1, np.int64), np.ones(1, np.int64), np.array([share]))
    least = _iou(bodies[0], bodies[1])
    body = shapes(blend)[0]
    if min(_iou(body, bodies[0]), _iou(body, bodies[1])) >= least:
        return blend
    return rows[order[:1]]


def _iou(a: BaseGeometry, b: BaseGeometry) -> float:
    import shapely

    common = shapely.area(shapely.intersection(a, b))
    whole = shapely.area(a) + shapely.area(b) - common
    return float(common / whole) if whole else 0.0


def _vote(bodies: Geometries, weight: Floats) -> BaseGeometry:
    """What more than half of the weight covers."""
    import shapely

    lines = shapely.unary_union(shapely.boundary(bodies))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    seats = shapely.point_on_surface(faces)
    votes = weight @ shapely.contains_properly(bodies[:, None], seats)
    half, slack = weight.sum() / 2, weight.sum() * EVEN
    won, tied = votes > half + slack, np.abs(votes - half) <= slack
    areas = shapely.area(faces)
    usual = middle(shapely.area(bodies)[:, None], np.zeros(len(bodies), np.int64), weight)[0, 0]
    if abs(areas[won | tied].sum() - usual) < abs(areas[won].sum() - usual):
        won |= tied
    return _clean(shapely.union_all(faces[won]))


def _clean(body: BaseGeometry) -> BaseGeometry:
    """Without specks, and without points on straight sides."""
    import shapely

    least = SPECK * shapely.area(body)
    parts = [part for part in shapely.get_parts(body) if shapely.area(part) > least]
    solid = [shapely.Polygon(part.exterior, _holes(part, least)) for part in parts]
    return shapely.simplify(shapely.multipolygons(solid), FLAT) if solid else shapely.Polygon()


def _holes(part: BaseGeometry, least: float) -> list[Any]:
    import shapely

    rings = shapely.get_rings(part)[1:]
    return list(rings[shapely.area(shapely.polygons(rings)) > least])
