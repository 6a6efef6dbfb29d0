"""Oriented boxes: ``class x1 y1 x2 y2 x3 y3 x4 y4``, the corners of a rectangle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from formats.losses import Losses
from formats.outline import outline
from formats.yolo import checking
from formats.yolo.detect import xywh
from formats.yolo.problems import Problems
from formats.yolo.rows import Rows
from formats.yolo.task import Coded, Keypoints, Task, repeated
from formats.yolo.text import DECIMALS
from geometry import polygons, rotated
from geometry.rings import Rings

__all__ = ["TASK"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
SKEW, PIXELS = 0.02, 0.75
"""How far corners may lie from the fitted rectangle: a share of its diagonal, and a rounding."""


def decode(
    rows: Rows, sizes: Floats, keypoints: Keypoints, names: Sequence[str], problems: Problems
) -> dict[str, Any]:
    """Rotated boxes, whose corners come back in the order of the line.

    Four points that are no rectangle become the smallest one around them, as in ultralytics.
    """
    shares = rows.block(8)
    checking.in_picture(rows, xywh(rows.bounds()), names, problems)
    corners = (shares * repeated(sizes, 4)).reshape(-1, 4, 2)
    fitted = rotated.from_corners(corners)
    skew = ~_rectangular(corners, fitted)
    for row in np.flatnonzero(skew):
        fitted[row] = rotated.upright(rotated.from_polygon(corners[row])[None])[0]
    if skew.any():
        first = int(np.flatnonzero(skew)[0])
        place = f"{names[int(rows.files[first])]}:{int(rows.numbers[first])}"
        problems.odd("four points that are no rectangle", int(skew.sum()), place)
    return {
        "kinds": np.full(len(rows), Kind.ROTATED, np.uint8),
        "boxes": rotated.bounds(fitted),
        "rotated": fitted,
    }


def _rectangular(corners: Floats, fitted: Floats) -> Bools:
    """Which corners (N, 4, 2) lie on those of the fitted rectangles; the winding may differ."""
    diagonal = np.hypot(fitted[:, 2], fitted[:, 3])
    apart = np.linalg.norm(rotated.corners(fitted) - corners, axis=2).max(axis=1, initial=0)
    mirrored = rotated.corners(fitted)[:, [3, 2, 1, 0]]
    other = np.linalg.norm(mirrored - corners, axis=2).max(axis=1, initial=0)
    return np.minimum(apart, other) <= SKEW * diagonal + PIXELS


def encode(table: Annotations, sizes: Floats, keypoints: int, losses: Losses) -> Coded:
    """The corners of true rectangles, clockwise from the top left of the unrotated box.

    A rectangle may stick out where ultralytics takes it; one that it refuses is cut to its
    visible part.
    """
    turned = _turned(table, losses)
    with np.errstate(invalid="ignore"):
        sound = np.isfinite(np.hstack([turned, sizes])).all(axis=1)
        left = np.array(sound & (turned[:, 2:4] > 0).all(axis=1), dtype=bool)
    cut = left & ~_taken(turned, sizes)
    for row in np.flatnonzero(cut):
        visible = _visible(turned[row], sizes[row])
        left[row] = visible is not None
        turned[row] = np.nan if visible is None else visible
    shares = rotated.corners(turned[left]).reshape(-1, 8) / repeated(sizes[left], 4)
    solid = _solid(shares)
    left[left] = solid
    losses.add("rotated box cut at the border", int((cut & left).sum()))
    return Coded.block(np.flatnonzero(left), shares[solid])


def _solid(shares: Floats) -> Bools:
    """Which rectangles have two sides as they are written, with 6 decimals."""
    corners = np.round(shares, DECIMALS).reshape(-1, 4, 2)
    sides = corners[:, 1:3] != corners[:, :2]
    return np.asarray(sides.any(axis=2).all(axis=1))


def _turned(table: Annotations, losses: Losses) -> Floats:
    """A rotated box (N, 5) of every row: its own, the smallest around its outline, or its box."""
    b = table.boxes
    turned = np.column_stack([xywh(b), np.zeros(len(b))])
    if table.rotated is not None:
        own = ~np.isnan(table.rotated).all(axis=1)
        turned[own] = table.rotated[own]
    outlined = np.isin(table.kinds, [Kind.POLYGON, Kind.MASK])
    for row in np.flatnonzero(outlined):
        points = outline(table, int(row))
        if len(points):
            turned[row] = rotated.upright(rotated.from_polygon(points)[None])[0]
    return turned


def _taken(turned: Floats, sizes: Floats) -> Bools:
    """Which rectangles ultralytics takes: cx cy w h of their bounds lie in 0..1."""
    with np.errstate(invalid="ignore"):
        shares = xywh(rotated.bounds(turned)) / repeated(sizes, 2)
        return np.asarray(((shares >= 0) & (shares <= 1)).all(axis=1))


def _visible(turned: Floats, size: Floats) -> Floats | None:
    """The rectangle of the same angle around what shows, made small enough to be taken."""
    window = polygons.clip(Rings.of([[[rotated.corners(turned[None])[0]]]]), size)
    if not len(window.points):
        return None
    cos, sin = np.cos(turned[4]), np.sin(turned[4])
    turn = np.array([[cos, -sin], [sin, cos]])
    spun = window.points @ turn
    low, high = spun.min(axis=0), spun.max(axis=0)
    part = np.array([*(turn @ ((low + high) / 2)), *(high - low), turned[4]])
    return part if _taken(part[None], size[None])[0] else _shrunk(part, window.points, size)


def _shrunk(part: Floats, points: Floats, size: Floats) -> Floats:
    """The rectangle about the middle of `points`, scaled until all corners lie inside."""
    middle = points.mean(axis=0)
    ways = rotated.corners(np.array([[0, 0, *part[2:]]]))[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.where(ways > 0, (size - middle) / ways, -middle / ways)
    scale = float(np.nanmin(np.where(ways == 0, np.inf, room)))
    return np.array([*middle, *(part[2:4] * min(scale, 1.0)), part[4]])


TASK = Task(
    name="obb",
    expected="a line of an oriented box has 9",
    good=lambda counts, keypoints: counts == 8,
    width=lambda keypoints: 8,
    decode=decode,
    encode=encode,
    kind=Kind.ROTATED,
    holds=frozenset({"rotated"}),
)
