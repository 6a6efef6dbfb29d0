"""The exact truth of drawn scenes as a table, and the labels that go with it."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from formats.annotations import Annotations, Flag, Kind
from formats.dataset import Label
from geometry.rings import Rings
from prelabel.outlines import CLASSES, KEYPOINTS
from prelabel.scenes import Scene, Shape

Part = list[NDArray[np.float64]]

BONES = ((0, 2), (1, 3))
MIRROR = (0, 3, 2, 1)
"""In a mirrored picture right and left change places."""


def labels() -> tuple[Label, ...]:
    """The six classes in the order of the label indices, each with the four keypoints."""
    return tuple(
        Label(name, id=i, keypoints=KEYPOINTS, bones=BONES, mirror=MIRROR)
        for i, name in enumerate(CLASSES)
    )


def table(scene: Scene) -> Annotations:
    """One polygon row per shape of the scene, in its order; a shape out of sight has no row.

    Boxes, rings and areas are those of the visible part (pixels), `rotated` is its box along the
    shape's own axes; keypoints (N, 4, 3) belong to the whole shape; `tracks` only where the
    shapes are numbered. Flags say TRUNCATED at the border and OCCLUDED under another shape.
    """
    shapes = [s for s in scene.shapes if not s.visible.is_empty]
    n = len(shapes)
    tracks = np.array([s.track for s in shapes], dtype=np.int64)
    return Annotations.of(
        n,
        kinds=np.full(n, Kind.POLYGON, dtype=np.uint8),
        boxes=np.array([s.box for s in shapes]).reshape(n, 4),
        labels=np.array([s.body.label for s in shapes], dtype=np.int32),
        rotated=np.array([s.rotated for s in shapes]).reshape(n, 5),
        rings=Rings.of([rings(s) for s in shapes]),
        keypoints=np.array([s.keypoints(scene.size) for s in shapes]).reshape(n, len(KEYPOINTS), 3),
        tracks=tracks if (tracks >= 0).any() else None,
        flags=np.array([_flags(s, scene.size) for s in shapes], dtype=np.uint16),
        areas=np.array([s.visible.area for s in shapes]),
    )


def rings(shape: Shape) -> list[Part]:
    """The visible part as parts of open rings (K, 2), the outer one first; pixels."""
    return [
        [shapely.get_coordinates(ring)[:-1] for ring in shapely.get_rings(part)]
        for part in shapely.get_parts(shape.visible)
    ]


def _flags(shape: Shape, size: int) -> int:
    inside = shapely.box(0, 0, size, size).intersection(shape.outline).area
    truncated = inside < shape.outline.area - 1e-6
    occluded = shape.visible.area < inside - 1e-6
    return int(Flag.TRUNCATED * truncated | Flag.OCCLUDED * occluded)
