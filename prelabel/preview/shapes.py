"""The rows of a table as things to draw: rings of points, keypoints, a caption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Flag, Kind
from formats.dataset import Label
from geometry import masks, polygons, rotated
from geometry.rings import Rings

__all__ = ["Shape", "of"]

Floats = NDArray[np.float64]
Parts = list[list[Floats]]

CIRCLE = 0.5 * np.column_stack(
    [np.cos(np.arange(48) * (np.pi / 24)), np.sin(np.arange(48) * (np.pi / 24))]
)


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """One object in pixels of the picture that is drawn on.

    `box` (4,) is NaN for a tag; `parts` are parts of rings of (K, 2) points, outer first, then
    holes; `area` tells whether they enclose the object's pixels (mask, polygon), else they are a
    frame around it; `closed` is false for a line. `points` (K, 3) x y visibility; `bones` pairs of
    their indices. `score` NaN where there is none, `track` -1. `made`: nobody saw it, its place was
    interpolated; `keyframe`: a person or a rule set it.
    """

    label: int
    score: float
    track: int
    box: Floats
    parts: Parts
    area: bool
    closed: bool
    points: Floats
    bones: tuple[tuple[int, int], ...]
    made: bool = False
    keyframe: bool = False

    def caption(self, names: Sequence[str]) -> str:
        """Class, track number and score."""
        track = f" #{self.track}" if self.track >= 0 else ""
        score = "" if np.isnan(self.score) else f" {self.score:.2f}"
        return f"{names[self.label]}{track}{score}"


def of(
    table: Annotations, labels: Sequence[Label], scale: float = 1.0, tolerance: float = 1.0
) -> list[Shape]:
    """The shapes of one picture that is drawn `scale` times as large, the least certain first.

    Outlines are thinned where that moves them by less than `tolerance` pixels of the drawing.
    Objects that are marked as outside the picture are left out.
    """
    table = table[~table.flagged(Flag.OUTSIDE)]
    rings = _thinned(_rings(table), tolerance / scale)
    order = np.argsort(np.nan_to_num(table.scores, nan=1.0), kind="stable")
    return [_shape(table, rings, i, labels, scale) for i in order.tolist()]


def _shape(
    table: Annotations, rings: Rings, i: int, labels: Sequence[Label], scale: float
) -> Shape:
    label = int(table.labels[i])
    parts = rings.row(i)
    flags = 0 if table.flags is None else int(table.flags[i])
    points = np.empty((0, 3)) if table.keypoints is None else table.keypoints[i]
    return Shape(
        label=label,
        score=float(table.scores[i]),
        track=-1 if table.tracks is None else int(table.tracks[i]),
        box=table.boxes[i] * scale,
        parts=[[ring * scale for ring in part] for part in parts or _frame(table, i)],
        area=bool(parts and table.kinds[i] != Kind.LINE),
        closed=bool(table.kinds[i] != Kind.LINE),
        points=np.nan_to_num(points) * (scale, scale, 1),
        bones=labels[label].bones,
        made=bool(flags & Flag.INTERPOLATED),
        keyframe=bool(flags & Flag.KEYFRAME),
    )


def _rings(table: Annotations) -> Rings:
    """The polygons of all rows, masks traced along their pixels."""
    rings = Rings.empty(len(table)) if table.rings is None else table.rings
    if table.masks is None:
        return rings
    return Rings.of(
        [
            row if mask is None else masks.to_rings(mask)
            for row, mask in zip(rings, table.masks, strict=True)
        ]
    )


def _thinned(rings: Rings, tolerance: float) -> Rings:
    """The same outlines with fewer points; a row that would vanish keeps all of its own."""
    fewer = polygons.simplify(rings, tolerance)
    gone = np.flatnonzero((fewer.counts() == 0) & (rings.counts() > 0))
    source = np.arange(len(rings))
    source[gone] += len(rings)
    return Rings.concat([fewer, rings])[source]


def _frame(table: Annotations, i: int) -> Parts:
    """The oriented box, ellipse or box of a row without a polygon; nothing for a tag."""
    if table.rotated is not None and np.isfinite(table.rotated[i]).all():
        if table.kinds[i] == Kind.ELLIPSE:
            return [[_ellipse(table.rotated[i])]]
        return [[rotated.corners(table.rotated[i : i + 1])[0]]]
    x0, y0, x1, y1 = table.boxes[i]
    if table.kinds[i] == Kind.TAG or not np.isfinite(table.boxes[i]).all():
        return []
    return [[np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])]]


def _ellipse(row: Floats) -> Floats:
    """Points along an ellipse cx cy w h angle."""
    cx, cy, width, height, angle = row
    cos, sin = np.cos(angle), np.sin(angle)
    points: Floats = (CIRCLE * (width, height)) @ np.array([[cos, sin], [-sin, cos]]) + (cx, cy)
    return points
