"""What is wrong with the objects of a chunk: a boolean column for each kind of problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from formats import unheld
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Chunk, Label
from formats.inspection import repeats
from geometry import masks, polygons

__all__ = ["CHECKS", "Rows"]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
EDGE = 0.5
"""Pixels that a shape may reach over the edge of its picture: rounding does that."""
FLAT = (Kind.POINTS, Kind.LINE, Kind.TAG)
"""Kinds that need no area."""
TURNED = (Kind.ROTATED, Kind.ELLIPSE)
LOOSE = (*TURNED, *FLAT)
"""Kinds that may reach over the edge, or are not cut there."""


class Rows:
    """The rows of a chunk and what several checks ask of them."""

    def __init__(self, chunk: Chunk, labels: Sequence[Label]) -> None:
        self.chunk, self.labels = chunk, labels
        self.table: Annotations = chunk.annotations

    @cached_property
    def sizes(self) -> Floats:
        """(N, 2) of the pictures, NaN where unknown."""
        return self.chunk.sizes()[self.table.images]

    def of_kind(self, *kinds: Kind) -> Bools:
        """(N,) rows of some kinds."""
        return np.isin(self.table.kinds, kinds)

    @cached_property
    def extent(self) -> Floats:
        """(N, 4) what a row covers: its polygon's or mask's bounds, else its box, corners in order.

        A mask of another size than its picture has no place in it.
        """
        stated = self.table.boxes
        found = np.column_stack(
            [np.minimum(stated[:, :2], stated[:, 2:]), np.maximum(stated[:, :2], stated[:, 2:])]
        )
        if self.table.rings is not None:
            bounds = polygons.bounds(self.table.rings)
            given = self.of_kind(Kind.POLYGON, Kind.LINE) & np.isfinite(bounds).all(axis=1)
            found[given] = bounds[given]
        for i in np.flatnonzero(self.of_kind(Kind.MASK)):
            mask = self.mask(int(i))
            if mask is not None and mask.size == tuple(self.sizes[i]) and masks.area(mask):
                found[i] = masks.bounds(mask)
        return found

    def mask(self, row: int) -> masks.Mask | None:
        """The mask of a row, None where it has none."""
        return None if self.table.masks is None else self.table.masks[row]

    @cached_property
    def finite(self) -> Bools:
        """(N,) rows whose numbers are all finite, and tags."""
        table = self.table
        good = np.isfinite(table.boxes).all(axis=1) | self.of_kind(Kind.TAG)
        if table.rings is not None and not np.isfinite(table.rings.points).all():
            rings = table.rings
            ends = rings.ring_offsets[rings.part_offsets[rings.row_offsets]]
            owner = np.repeat(np.arange(len(rings)), np.diff(ends))
            good[owner[~np.isfinite(rings.points).all(axis=1)]] = False
        if table.rotated is not None:
            good &= np.isfinite(table.rotated).all(axis=1) | ~self.of_kind(*TURNED)
        return np.asarray(good)

    @cached_property
    def flat(self) -> Bools:
        """(N,) finite rows of a kind that has an area, without one."""
        return _flat(self)

    @cached_property
    def still(self) -> Bools:
        """(N,) rows that are no keyframe of a track, which may lead out of the picture."""
        return ~self.table.flagged(Flag.KEYFRAME | Flag.OUTSIDE)

    @cached_property
    def short(self) -> Bools:
        """(N,) polygons with a ring of fewer than three points, or without a ring."""
        of_polygon = self.of_kind(Kind.POLYGON)
        if self.table.rings is None:
            return of_polygon
        rings = self.table.rings
        owner = np.repeat(np.arange(len(rings)), np.diff(rings.part_offsets[rings.row_offsets]))
        found = rings.counts() == 0
        found[owner[np.diff(rings.ring_offsets) < 3]] = True
        return found & of_polygon


def _negative(rows: Rows) -> Bools:
    boxes = rows.table.boxes
    return np.asarray((boxes[:, 2:] < boxes[:, :2]).any(axis=1) & rows.finite)


def _flat(rows: Rows) -> Bools:
    table = rows.table
    bad = (table.boxes[:, 2:] == table.boxes[:, :2]).any(axis=1)
    if table.rotated is not None:
        turned = rows.of_kind(*TURNED)
        bad[turned] = (table.rotated[turned, 2:4] <= 0).any(axis=1)
    if table.masks is not None:
        for i in np.flatnonzero(rows.of_kind(Kind.MASK)):
            bad[i] = table.masks[i] is not None and masks.area(table.masks[i]) == 0
    if table.rings is not None:
        whole = rows.of_kind(Kind.POLYGON) & ~rows.short
        bad[whole] = (rows.extent[whole, 2:] == rows.extent[whole, :2]).any(axis=1)
    return np.asarray(bad & ~rows.of_kind(*FLAT) & rows.still & rows.finite)


def _outside(rows: Rows) -> Bools:
    low, high = rows.extent[:, :2], rows.extent[:, 2:]
    gone = ((low >= rows.sizes) | (high <= 0)).any(axis=1)
    touching = (low == high).any(axis=1)  # a point on the edge, a line along it
    return np.asarray(gone & ~touching & rows.still & rows.finite)


def _over_edge(rows: Rows) -> Bools:
    low, high = rows.extent[:, :2], rows.extent[:, 2:]
    over = ((low < -EDGE) | (high > rows.sizes + EDGE)).any(axis=1)
    return np.asarray(over & ~_outside(rows) & rows.still & rows.finite & ~rows.of_kind(*LOOSE))


def _self_crossing(rows: Rows) -> Bools:
    found = np.zeros(len(rows.table), dtype=bool)
    if rows.table.rings is not None:
        whole = rows.of_kind(Kind.POLYGON) & ~rows.short & ~rows.flat & rows.finite
        found[whole] = ~polygons.valid(rows.table.rings[whole])
    return found


def _mask_size(rows: Rows) -> Bools:
    found = np.zeros(len(rows.table), dtype=bool)
    if rows.table.masks is not None:
        for i, mask in enumerate(rows.table.masks):
            known = mask is not None and not np.isnan(rows.sizes[i]).any()
            found[i] = known and mask.size != tuple(rows.sizes[i])
    return found


def _keypoint_outside(rows: Rows) -> Bools:
    points = rows.table.keypoints
    if points is None:
        return np.zeros(len(rows.table), dtype=bool)
    place, limit = points[..., :2], rows.sizes[:, None] + EDGE
    over = ((place < -EDGE) | (place > limit)).any(axis=2) & ~(points[..., 2] == 0)
    return np.asarray(over.any(axis=1))


def _keypoint_count(rows: Rows) -> Bools:
    points = rows.table.keypoints
    if points is None:
        return np.zeros(len(rows.table), dtype=bool)
    known = np.array([len(label.keypoints) for label in rows.labels] or [0])
    there = ~np.asarray(np.isnan(points).all(axis=2))
    last = np.where(there.any(axis=1), points.shape[1] - there[:, ::-1].argmax(axis=1), 0)
    expected = known[rows.table.labels]
    return np.asarray((expected > 0) & (last > expected))


def _score_range(rows: Rows) -> Bools:
    scores = rows.table.scores
    return np.asarray((scores < 0) | (scores > 1))


CHECKS: Mapping[str, Callable[[Rows], Bools]] = {
    "not-a-number": lambda rows: ~rows.finite & ~unheld.nowhere(rows.table),
    "no-place": lambda rows: unheld.nowhere(rows.table),
    "negative-box": _negative,
    "no-area": lambda rows: rows.flat,
    "outside": _outside,
    "over-edge": _over_edge,
    "few-points": lambda rows: rows.short,
    "self-crossing": _self_crossing,
    "mask-size": _mask_size,
    "keypoint-outside": _keypoint_outside,
    "keypoint-count": _keypoint_count,
    "score-range": _score_range,
    "duplicate-object": lambda rows: repeats.objects(rows.table),
    "two-classes": lambda rows: repeats.under_two_classes(rows.table),
}
"""Kinds of problems of single objects -> (N,) the rows that have it."""
