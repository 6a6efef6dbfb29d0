"""Rows of a track written so that each goes on from the one before, without a change of shape."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geometry.rings import Rings
from geometry.tracks.alignment import same_way, start_of
from geometry.tracks.track import Track

__all__ = ["beside", "in_step", "restarted", "unwound"]

Floats = NDArray[np.float64]
QUARTER = np.pi / 2


def in_step(track: Track) -> Track:
    """The same shapes: rotated boxes unwound, polygons begun where the one before begins.

    What a detector writes may change its form from row to row (a rotated box with its sides
    swapped, an outline from another first point); tools that take angles or first vertices at
    their word then turn what does not turn.
    """
    if track.rotated is not None:
        return track.with_columns(rotated=unwound(track.rotated))
    if track.rings is not None and track.closed:
        return track.with_columns(rings=restarted(track.rings))
    return track


def beside(track: Track, like: Track) -> Track:
    """The same shapes, each written as near to the equal row of `like` as can be."""
    pairs = Track.concat([like, track])
    count = len(like)
    rows = [in_step(pairs[[k, count + k]])[[1]] for k in range(count)]
    return Track.concat(rows) if rows else track


def unwound(rotated: Floats) -> Floats:
    """Rotated boxes (T, 5), each by quarter turns and swaps of its sides written as near to the
    one before as can be; the first as it is."""
    out = rotated.copy()
    for before, row in pairwise(out):
        quarters = np.round((before[4] - row[4]) / QUARTER) + np.arange(-1, 2)
        odd = quarters % 2 == 1
        sides = np.where(odd[:, None], row[3:1:-1], row[2:4])
        turn = row[4] + quarters * QUARTER
        apart = _reshaped(sides, before[2:4]) + np.abs(turn - before[4]) / QUARTER
        best = int(np.argmin(apart))
        if quarters[best]:
            row[2:4], row[4] = sides[best], turn[best]
    return out


def _reshaped(sides: Floats, like: Floats) -> Floats:
    """How differently long and wide boxes are, (C,): 1 for an e-fold change of one side."""
    ratio = np.maximum(sides, 1e-9) / np.maximum(like, 1e-9)
    return np.abs(np.log(ratio)).sum(axis=-1)


def restarted(rings: Rings) -> Rings:
    """Polygons of one ring, each run the same way round as the one before and begun at the vertex
    that lies best where that begins; rows of several rings, or none, are left as they are."""
    rows, before = [], None
    for row in rings:
        ring = row[0][0] if len(row) == 1 and len(row[0]) == 1 and len(row[0][0]) > 2 else None
        if ring is not None and before is not None:
            ring = same_way(ring, before)
            ring = np.roll(ring, -start_of(ring, before), axis=0)
        rows.append(row if ring is None else [[ring]])
        before = before if ring is None else ring
    return Rings.of(rows)
