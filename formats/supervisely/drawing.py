"""Rows as the geometry of objects, in whole pixels or in places between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotation
from formats.columns import Kind
from formats.numerals import FAR
from formats.supervisely import bitmap
from geometry import masks

__all__ = ["Pen", "geometry", "graph", "is_point"]

Floats = NDArray[np.float64]
Shape = tuple[str, dict[str, Any]]


class Pen:
    """Writes places: as they are, or as the pixels that they lie in.

    A place on the right or lower edge of the picture belongs to the last pixel.
    """

    def __init__(self, pixels: bool, size: tuple[int, int] | None) -> None:
        self.pixels, self.size = pixels, size

    def points(self, points: Floats) -> list[list[float]]:
        """``[x, y]`` of places (K, 2)."""
        if not self.pixels:
            return points.tolist()
        found = np.floor(points)
        if self.size is not None:
            found -= points == np.array(self.size)
        return found.astype(np.int64).tolist()

    def corners(self, box: Floats) -> list[list[float]]:
        """The first and the last pixel of a box, or its corners, the upper left one first."""
        box = np.concatenate([np.minimum(box[:2], box[2:]), np.maximum(box[:2], box[2:])])
        if not self.pixels:
            return [box[:2].tolist(), box[2:].tolist()]
        first, stop = np.floor(box[:2] + 0.5), np.floor(box[2:] + 0.5)
        last = np.maximum(first, stop - 1)
        return [first.astype(np.int64).tolist(), last.astype(np.int64).tolist()]


def geometry(row: Annotation, pen: Pen) -> Shape | None:
    """The name of a row's geometry and the keys that hold it; None for a row that has none.

    A box that is far too large has no whole pixels.
    """
    if pen.pixels and (np.abs(row.box) >= FAR).any():
        return None
    return _DRAWN[row.kind](row, pen) if row.kind in _DRAWN else None


def graph(row: Annotation, nodes: list[str], pen: Pen) -> Shape | None:
    """The labelled keypoints of a row under their nodes; None where no one is labelled."""
    if row.keypoints is None:
        return None
    found: dict[str, Any] = {}
    for name, (x, y, seen) in zip(nodes, row.keypoints.tolist(), strict=False):
        if seen == 0 or x != x or y != y:
            continue
        found[name] = {"loc": pen.points(np.array([[x, y]]))[0]}
        if seen == 1:
            found[name]["disabled"] = True
    return ("graph", {"nodes": found}) if found else None


def is_point(row: Annotation, nodes: list[str]) -> bool:
    """Whether a row of keypoints is one visible point of a class that has no skeleton."""
    if nodes or row.keypoints is None:
        return False
    placed = ~np.asarray(np.isnan(row.keypoints).all(axis=1))
    return bool(placed[0]) and int(placed.sum()) == 1 and row.keypoints[0, 2] == 2


def _rings(parts: list[list[Floats]], pen: Pen) -> list[dict[str, Any]]:
    rings = [[pen.points(ring) for ring in part] for part in parts if part]
    return [{"exterior": part[0], "interior": part[1:]} for part in rings]


def _rectangle(row: Annotation, pen: Pen) -> Shape | None:
    if not np.isfinite(row.box).all():
        return None
    return "rectangle", {"points": {"exterior": pen.corners(row.box), "interior": []}}


def _oriented(row: Annotation, pen: Pen) -> Shape | None:
    if row.rotated is None or not np.isfinite(row.rotated).all():
        return None
    cx, cy, w, h, angle = row.rotated.tolist()
    box = np.array([cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2])
    return "oriented_bbox", {"points": pen.corners(box), "angle": angle}


def _polygon(row: Annotation, pen: Pen) -> Shape | None:
    parts = _rings(_finite(row.rings), pen)
    if len(parts) > 1:
        return "multipolygon", {"parts": parts}
    return ("polygon", {"points": parts[0]}) if parts else None


def _line(row: Annotation, pen: Pen) -> Shape | None:
    parts = _rings(_finite(row.rings), pen)
    if not parts:
        return None
    return "line", {"points": {"exterior": parts[0]["exterior"], "interior": []}}


def _finite(parts: list[list[Floats]] | None) -> list[list[Floats]]:
    if parts is None or not all(np.isfinite(ring).all() for part in parts for ring in part):
        return []
    return [part for part in parts if part and len(part[0])]


def _bitmap(row: Annotation, pen: Pen) -> Shape | None:
    if row.mask is None or not masks.area(row.mask):
        return None
    return "bitmap", {"bitmap": bitmap.encode(row.mask)}


def _point(row: Annotation, pen: Pen) -> Shape | None:
    if row.keypoints is None:
        return None
    points = pen.points(row.keypoints[:1, :2])
    return "point", {"points": {"exterior": points, "interior": []}}


_DRAWN: Mapping[Kind, Callable[[Annotation, Pen], Shape | None]] = {
    Kind.BOX: _rectangle,
    Kind.ROTATED: _oriented,
    Kind.POLYGON: _polygon,
    Kind.LINE: _line,
    Kind.MASK: _bitmap,
    Kind.POINTS: _point,
}
