"""The regions that a row becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from formats.annotations import Annotation
from formats.columns import Kind
from formats.dataset import Label
from formats.losses import Losses
from formats.via.shapes import polygon, polyline, simple
from geometry import masks, polygons

__all__ = ["shapes"]

Region = tuple[dict[str, Any], dict[str, Any]]
"""The attributes of a shape, and further ones of its region."""


def shapes(row: Annotation, label: Label, losses: Losses, where: str) -> Iterator[Region]:
    """The regions of a row, none where it has no place; what each changes is counted."""
    if row.kind == Kind.POLYGON and row.rings:
        lone = len(row.rings) == len(row.rings[0]) == 1
        if not lone:
            _count_parts(row, losses, where)
        yield polygon(row.rings[0][0] if lone else polygons.keyhole(row.rings)), {}
    elif row.kind == Kind.MASK:
        yield from _traced(row, losses, where)
    elif row.kind == Kind.LINE:
        yield from _lines(row, losses, where)
    elif row.kind == Kind.POINTS:
        yield from _points(row, label, losses, where)
    else:
        yield simple(row), {}


def _count_parts(row: Annotation, losses: Losses, where: str) -> None:
    parts = row.rings or []
    holes = sum(len(part) - 1 for part in parts)
    losses.add("hole, joined with the edge around it by a bridge", holes, where)
    what = "polygon of several parts, joined by bridges"
    losses.add(what, int(len(parts) > 1), where)


def _traced(row: Annotation, losses: Losses, where: str) -> Iterator[Region]:
    """A mask as one polygon along the edges of its pixels."""
    if row.mask is None or not masks.area(row.mask):
        losses.add("mask without a pixel left out", 1, where)
        return
    yield polygon(polygons.keyhole(masks.to_rings(row.mask))), {}


def _lines(row: Annotation, losses: Losses, where: str) -> Iterator[Region]:
    rings = [part[0] for part in row.rings or () if part and len(part[0])]
    losses.add("line without a point left out", int(not rings), where)
    losses.add("line of several parts, written as several", int(len(rings) > 1), where)
    for ring in rings:
        yield polyline(ring), {}


def _points(row: Annotation, label: Label, losses: Losses, where: str) -> Iterator[Region]:
    """A point for each keypoint that is labelled, with its name."""
    found = np.empty((0, 3)) if row.keypoints is None else row.keypoints
    placed = np.flatnonzero(np.isfinite(found[:, :2]).all(axis=1) & (found[:, 2] != 0)).tolist()
    losses.add("set of points, written as a point each", int(len(placed) > 1), where)
    losses.add("set of points without any left out", int(not placed), where)
    for k in placed:
        x, y = found[k, :2].tolist()
        names = label.keypoints
        yield {"name": "point", "cx": x, "cy": y}, {"keypoint": names[k]} if k < len(names) else {}
