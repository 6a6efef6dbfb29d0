"""What a row covers, as polygons, a mask or an ellipse, whatever kind of row it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotation, Kind
from formats.label_studio.frame import Frame
from geometry import masks, polygons, rotated
from geometry.masks import Mask
from geometry.rasters import Parts
from geometry.rings import Rings

__all__ = ["ellipse_of", "mask_of", "parts_of"]

Floats = NDArray[np.float64]
CORNERS = 64
"""Corners of the polygon that stands for an ellipse."""
TOLERANCE = 1.0
"""Pixels by which a polygon may leave the edge of the mask it is traced from."""


def parts_of(row: Annotation) -> Parts:
    """Polygons of a row, each its outline and then its holes; masks are traced."""
    if row.kind == Kind.MASK and row.mask is not None:
        traced = Rings.of([masks.to_rings(row.mask)])
        return polygons.simplify(traced, TOLERANCE).row(0)
    if row.kind == Kind.POLYGON and row.rings is not None:
        return row.rings
    if row.kind == Kind.ELLIPSE and row.rotated is not None:
        return [[_round(row.rotated)]]
    return [[rotated.corners(_turned(row)[None])[0]]]


def _turned(row: Annotation) -> Floats:
    """cx cy w h angle of a row, (5,); of its box where it is not a rotated one."""
    if row.kind == Kind.ROTATED and row.rotated is not None:
        return row.rotated
    x0, y0, x1, y1 = row.box
    return np.array([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, 0.0])


def _round(five: Floats) -> Floats:
    """The polygon, (CORNERS, 2), of an ellipse cx cy w h angle."""
    turn = np.arange(CORNERS) * (2 * np.pi / CORNERS)
    across, down = five[2] / 2 * np.cos(turn), five[3] / 2 * np.sin(turn)
    cos, sin = np.cos(five[4]), np.sin(five[4])
    return five[:2] + np.column_stack([across * cos - down * sin, across * sin + down * cos])


def mask_of(row: Annotation, frame: Frame) -> Mask:
    """The pixels of a row; GeometryError where its mask has another size than the picture."""
    if row.kind == Kind.MASK and row.mask is not None:
        return row.mask
    return masks.from_rings(parts_of(row), frame.size)


def ellipse_of(row: Annotation, frame: Frame) -> Floats:
    """cx cy w h angle of an ellipse for a row, (5,): of polygons and masks, the one with the same
    second moments; of boxes, the largest inside.
    """
    if row.kind == Kind.ELLIPSE and row.rotated is not None:
        return row.rotated
    if row.kind in (Kind.BOX, Kind.ROTATED):
        return _turned(row)
    return _moments(mask_of(row, frame))


def _moments(mask: Mask) -> Floats:
    """The ellipse, (5,), that has the mean and covariance of a mask's pixels; zeros for none."""
    y, x = np.nonzero(masks.decode(mask))
    if not len(x):
        return np.zeros(5)
    spread = np.cov(np.stack([x, y]), bias=True) + np.eye(2) / 12  # a pixel has an extent itself
    values, vectors = np.linalg.eigh(spread)
    angle = np.arctan2(vectors[1, 1], vectors[0, 1])
    return np.array([x.mean() + 0.5, y.mean() + 0.5, *4 * np.sqrt(values[::-1]), angle])
