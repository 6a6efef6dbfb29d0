"""Parts of polygons that lie side by side: a quick proof that they do not overlap."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry.rings import Rings

__all__ = ["apart", "without_holes"]

Bools = NDArray[np.bool_]


def apart(rings: Rings) -> Bools:
    """Rows without holes whose parts lie in boxes that do not touch, so nothing overlaps, (N,)."""
    out = without_holes(rings)
    each = np.arange(len(rings.ring_offsets))
    if len(each) != len(rings.part_offsets):
        out[out] = apart(rings[out])
        return out
    row = np.repeat(np.arange(len(rings)), rings.counts())
    box = Rings(rings.points, rings.ring_offsets, each, each).bounds
    for step in range(1, int(rings.counts().max(initial=0))):
        a, b = box[:-step], box[step:]
        clear = (a[:, 2:] < b[:, :2]).any(axis=1) | (b[:, 2:] < a[:, :2]).any(axis=1)
        out[row[step:][(row[:-step] == row[step:]) & ~clear]] = False
    return out


def without_holes(rings: Rings) -> Bools:
    """Rows of parts of one ring that has a point, (N,)."""
    out = rings.counts() > 0
    row = np.repeat(np.arange(len(rings)), rings.counts())
    out[row[np.diff(rings.part_offsets) != 1]] = False
    lengths = np.append(np.diff(rings.ring_offsets), 0)
    out[row[lengths[rings.part_offsets[:-1]] == 0]] = False
    return out
