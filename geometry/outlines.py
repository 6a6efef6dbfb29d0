"""Simple rings as oriented edges, with what `crossings` needs to know of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry.cells import expand
from geometry.rings import Rings

__all__ = ["Outlines"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEAST_BLOCK = 4
"""Fewest edges of a block; fewer are not worth a look of their own."""


@dataclass(frozen=True, slots=True)
class Outlines:
    """R rings whose P edges run so that the area is positive.

    `starts`, `stops` (2, P): the ends of every edge; `low`, `high` (2, P) its bounds; `offsets`
    (R+1,) of the rings into the edges; `rows` (R,) the shape that each belongs to, `signs` (R,) -1
    for a hole; `areas` (R,); `boxes` (R, 4) and `corners` (4, R) an edge that starts at each of its
    sides; `middles` (2, R); `swept` (P,) the area that a line
    from the middle to the outline sweeps from the first point up to the start of each edge.

    Neighbouring edges lie close to each other, so blocks of them are looked at first: block k is
    edges ``blocks[k]`` to ``blocks[k + 1]``, within `block_low`, `block_high` (2, B); those of ring
    r are ``ring_blocks[r]`` to ``ring_blocks[r + 1]``.
    """

    starts: Floats
    stops: Floats
    low: Floats
    high: Floats
    offsets: Ints
    rows: Ints
    signs: Floats
    areas: Floats
    boxes: Floats
    corners: Ints
    middles: Floats
    swept: Floats
    blocks: Ints
    ring_blocks: Ints
    block_low: Floats
    block_high: Floats

    @classmethod
    def of(cls, rings: Rings) -> Outlines:
        """The rings of at least three points of `rings`, which must be proper."""
        long_enough = np.flatnonzero(np.diff(rings.ring_offsets) >= 3)
        owner, point = expand(rings.ring_offsets[long_enough], rings.ring_offsets[long_enough + 1])
        counts = np.bincount(owner, minlength=len(long_enough))
        offsets = np.concatenate([[0], np.cumsum(counts)])
        points = _positive(rings.points[point], offsets, owner)
        part = np.repeat(np.arange(len(rings.part_offsets) - 1), np.diff(rings.part_offsets))
        row = np.repeat(np.arange(len(rings)), rings.counts())
        inner = np.ones(len(part), dtype=bool)
        inner[rings.part_offsets[:-1][np.diff(rings.part_offsets) > 0]] = False
        part, inner = part[long_enough], inner[long_enough]
        return cls._measured(points, offsets, owner, row[part], np.where(inner, -1.0, 1.0))

    def row_areas(self, count: int) -> Floats:
        """Area of each of `count` rows, holes taken off, (N,)."""
        return np.zeros(count) + np.bincount(self.rows, self.signs * self.areas, minlength=count)

    def row_offsets(self, rows: Ints) -> Ints:
        """The first ring of these rows or of the next that has one."""
        return np.searchsorted(self.rows, rows)

    @classmethod
    def _measured(
        cls, points: Floats, offsets: Ints, owner: Ints, rows: Ints, signs: Floats
    ) -> Outlines:
        starts = np.ascontiguousarray(points.T)
        stops = starts[:, _following(offsets)]
        first = offsets[:-1]
        if not len(first):
            starts = stops = np.empty((2, 0))
        least = np.minimum.reduceat(starts, first, axis=1)
        most = np.maximum.reduceat(starts, first, axis=1)
        middles, sides = (least + most) / 2, [*least, *most]
        swept, areas = _swept(starts - middles[:, owner], stops - starts, offsets)
        corners = [_reaching(starts[k % 2], side, owner) for k, side in enumerate(sides)]
        low, high = np.minimum(starts, stops), np.maximum(starts, stops)
        blocks, ring_blocks = _blocks(offsets)
        return cls(
            starts=starts,
            stops=stops,
            low=low,
            high=high,
            offsets=offsets,
            rows=rows,
            signs=signs,
            areas=areas,
            boxes=np.concatenate([least, most]).T,
            corners=np.array(corners),
            middles=middles,
            swept=swept,
            blocks=blocks,
            ring_blocks=ring_blocks,
            block_low=np.minimum.reduceat(low, blocks[:-1], axis=1),
            block_high=np.maximum.reduceat(high, blocks[:-1], axis=1),
        )


def _blocks(offsets: Ints) -> tuple[Ints, Ints]:
    """Blocks of edges, some square root of the ring's size each: (edges', rings' offsets)."""
    sizes = np.diff(offsets)
    each = np.maximum(LEAST_BLOCK, (np.sqrt(sizes) / 1.5).astype(np.int64))
    counts = -(-sizes // each)
    ring_blocks = np.concatenate([[0], np.cumsum(counts)])
    ring, nth = expand(np.zeros_like(counts), counts)
    return np.append(offsets[ring] + nth * each[ring], offsets[-1]), ring_blocks


def _following(offsets: Ints) -> Ints:
    """The point after each point of its ring."""
    after = np.arange(1, offsets[-1] + 1)
    after[offsets[1:] - 1] = offsets[:-1]
    return after


def _positive(points: Floats, offsets: Ints, owner: Ints) -> Floats:
    """The same rings, those of negative area reversed."""
    if not len(points):
        return points
    near = points - points[offsets[:-1]][owner]
    after = near[_following(offsets)]
    twice = np.add.reduceat(near[:, 0] * after[:, 1] - near[:, 1] * after[:, 0], offsets[:-1])
    place = np.arange(len(points))
    turned = (offsets[:-1] + offsets[1:] - 1)[owner] - place
    return points[np.where((twice < 0)[owner], turned, place)]


def _reaching(values: Floats, limits: Floats, owner: Ints) -> Ints:
    """A point of each ring whose value is the ring's limit."""
    found = np.flatnonzero(values == limits[owner])
    out = np.empty(len(limits), dtype=np.int64)
    out[owner[found]] = found
    return out


def _swept(arms: Floats, ways: Floats, offsets: Ints) -> tuple[Floats, Floats]:
    """The area swept before each edge of its ring (P,), and by all of them (R,).

    One running sum over all rings, from which each ring's total is taken off at its end, so that
    it stays as exact as that of one ring.
    """
    if not arms.size:
        return np.empty(0), np.empty(0)
    each = (arms[0] * ways[1] - arms[1] * ways[0]) / 2
    totals = np.add.reduceat(each, offsets[:-1])
    steps = np.concatenate([[0.0], each[:-1]])
    steps[offsets[1:-1]] -= totals[:-1]
    running = np.cumsum(steps)
    return running - np.repeat(running[offsets[:-1]], np.diff(offsets)), totals
