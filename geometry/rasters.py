"""Rasterising polygons by the pixel-centre rule, into spans in column order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from geometry.errors import GeometryError
from geometry.overlaps import expand
from geometry.runs import NO_SPANS, Spans

__all__ = ["Parts", "drawable", "spans_of_rings"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Parts = Sequence[Sequence[Floats]]
"""One shape: parts of rings (K, 2), the outer ring first, then its holes."""


def drawable(part: Sequence[Floats]) -> list[Floats]:
    """The rings of a part that enclose something: none if the outer one has under three points.

    A coordinate that is not finite is a GeometryError.
    """
    if not len(part) or len(part[0]) < 3:
        return []
    rings = [np.asarray(ring, dtype=np.float64) for ring in part if len(ring) > 2]
    points = np.concatenate(rings)
    if not np.isfinite(points).all():
        x, y = points[~np.isfinite(points).all(axis=1)][0]
        raise GeometryError(f"a ring goes through ({x}, {y}), expected finite pixels")
    return rings


def spans_of_rings(rings: Sequence[Floats], size: tuple[int, int]) -> Spans:
    """Sorted spans (S, 2) of the pixels whose centre lies inside an odd number of `rings`.

    An edge crosses the centre line of some columns; from its height there, all pixels below
    change sides. What is left after pairs of equal changes cancel are starts and stops.
    """
    if not rings:
        return NO_SPANS
    start = np.concatenate(rings)
    stop = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    flip = (start[:, 0] > stop[:, 0])[:, None]
    left, right = np.where(flip, stop, start), np.where(flip, start, stop)
    edge, column = expand(*_columns(left[:, 0], right[:, 0], size[0]))
    left, right = left[edge], right[edge]
    share = (column + 0.5 - left[:, 0]) / (right[:, 0] - left[:, 0])
    height = left[:, 1] + share * (right[:, 1] - left[:, 1])
    row = np.clip(np.ceil(height - 0.5), 0, size[1]).astype(np.int64)
    return _odd(np.sort(column * size[1] + row)).reshape(-1, 2)


def _columns(left: Floats, right: Floats, width: int) -> tuple[Ints, Ints]:
    """The range of columns whose centre line an edge from `left` to `right` crosses."""
    first, last = (np.clip(np.ceil(x - 0.5), 0, width).astype(np.int64) for x in (left, right))
    return first, last


def _odd(values: Ints) -> Ints:
    """The values that stand an odd number of times in sorted `values`, once each."""
    fresh = np.flatnonzero(np.diff(values, prepend=-1))
    counts = np.diff(fresh, append=len(values))
    return values[fresh[counts % 2 == 1]]
