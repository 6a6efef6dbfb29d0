"""The place of a row as shapes of a label file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotation
from formats.columns import Kind
from formats.labelme import patches
from formats.labelme.dialect import Dialect
from formats.losses import Losses
from geometry import masks, polygons, rotated

__all__ = ["Drawn", "Writer", "WRITERS"]

Floats = NDArray[np.float64]
Drawn = dict[str, Any]
"""Keys of a shape that say what it is and where."""
ROUND = 1e-9
CORNERS = 64
"""Corners of the polygon that stands for an ellipse that is no circle."""


@dataclass(frozen=True, slots=True)
class Writer:
    """What shapes are made with."""

    dialect: Dialect
    turned: str
    losses: Losses

    def shapes(self, row: Annotation, where: str) -> list[Drawn]:
        """The shapes of a row, which are its parts; none where it has no place."""
        return WRITERS[row.kind](self, row, where)

    def lose(self, what: str, where: str, count: int = 1) -> None:
        """Count something that the shapes do not say."""
        self.losses.add(what, count, where)


def _drawn(kind: str, points: Floats, **more: Any) -> Drawn:
    return {"shape_type": kind, "points": points.tolist(), **more}


def _box(by: Writer, row: Annotation, where: str) -> list[Drawn]:
    x0, y0, x1, y1 = row.box.tolist()
    corners = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
    if row.extra.get("shape_type") == "cuboid" and by.dialect.rectangle == len(corners):
        return [{"shape_type": "cuboid", "points": row.extra["cuboid"]}]
    chosen = corners if by.dialect.rectangle == len(corners) else corners[::2]
    return [_drawn("rectangle", np.array(chosen))]


def _rotated(by: Writer, row: Annotation, where: str) -> list[Drawn]:
    if row.rotated is None:
        return _box(by, row, where)
    corners = rotated.corners(row.rotated[None])[0]
    if by.turned == "polygon":
        by.lose("rotated box, written as a polygon", where)
    if by.turned != "rotation":
        return [_drawn(by.turned, corners)]
    return [_drawn(by.turned, corners, direction=float(row.rotated[4] % (2 * np.pi)))]


def _ellipse(by: Writer, row: Annotation, where: str) -> list[Drawn]:
    if row.rotated is None:
        return _box(by, row, where)
    cx, cy, w, h, angle = row.rotated.tolist()
    cos, sin = np.cos(angle), np.sin(angle)
    if abs(w - h) <= ROUND * max(w, h, 1.0):
        edge = [cx + w / 2 * cos, cy + w / 2 * sin]
        return [_drawn("circle", np.array([[cx, cy], edge]))]
    by.lose("ellipse, written as a polygon", where)
    turn = np.arange(CORNERS) * (2 * np.pi / CORNERS)
    across, down = w / 2 * np.cos(turn), h / 2 * np.sin(turn)
    ring = np.column_stack([across * cos - down * sin, across * sin + down * cos])
    return [_drawn("polygon", ring + [cx, cy])]


def _polygon(by: Writer, row: Annotation, where: str) -> list[Drawn]:
    if not row.rings:
        by.lose("polygon without a ring, written as its box", where)
        return _box(by, row, where)
    return _parts(by, row.rings, row, where)


def _parts(
    by: Writer, parts: Sequence[Sequence[Floats]], row: Annotation, where: str
) -> list[Drawn]:
    """A polygon for every part; a hole is joined with its edge by a bridge of no width."""
    holes = sum(len(part) - 1 for part in parts)
    if row.kind == Kind.POLYGON:
        by.lose("hole, joined with the edge around it by a bridge", where, holes)
    kind = "polygon"
    if row.extra.get("shape_type") == "quadrilateral" and by.dialect.rectangle > 2:
        kind = "quadrilateral"
    rings = [part[0] if len(part) == 1 else polygons.keyhole([part]) for part in parts]
    return [_drawn(kind, ring) for ring in rings if len(ring)]


def _mask(by: Writer, row: Annotation, where: str) -> list[Drawn]:
    if row.mask is None or not masks.area(row.mask):
        by.lose("mask without a pixel left out", where)
        return []
    if not by.dialect.masks:
        by.lose("mask, written as polygons along its pixels", where)
        return _parts(by, masks.to_rings(row.mask), row, where)
    x0, y0, x1, y1 = masks.bounds(row.mask).astype(int).tolist()
    corners = np.array([[x0, y0], [x1 - 1, y1 - 1]], dtype=np.float64)
    pixels = patches.window(row.mask, (x0, y0, x1, y1))
    return [_drawn("mask", corners, mask=patches.encode(pixels))]


def _line(by: Writer, row: Annotation, where: str) -> list[Drawn]:
    rings = [part[0] for part in row.rings or () if part and len(part[0])]
    if not rings:
        by.lose("line without a point left out", where)
    long = row.extra.get("shape_type") == "linestrip"
    return [_drawn("line" if len(r) == 2 and not long else "linestrip", r) for r in rings]


def _points(by: Writer, row: Annotation, where: str) -> list[Drawn]:
    """The box of keypoints, on which they hang."""
    return [{**shape, "kind": "points"} for shape in _box(by, row, where)]


WRITERS: Mapping[Kind, Callable[[Writer, Annotation, str], list[Drawn]]] = {
    Kind.BOX: _box,
    Kind.ROTATED: _rotated,
    Kind.ELLIPSE: _ellipse,
    Kind.POLYGON: _polygon,
    Kind.MASK: _mask,
    Kind.LINE: _line,
    Kind.POINTS: _points,
}
