"""Shapes moved and stretched so that their bounds become others."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry import masks
from geometry.masks import Mask
from geometry.rings import Rings

__all__ = ["fitted", "shifted"]

Floats = NDArray[np.float64]


def fitted(rings: Rings, bounds: Floats, wanted: Floats) -> Rings:
    """Rings of T rows with `bounds` (T, 4), put into the boxes `wanted` (T, 4).

    A side without a length, or that would lose its, is moved and not stretched.
    """
    side, new = bounds[:, 2:] - bounds[:, :2], wanted[:, 2:] - wanted[:, :2]
    stretched = (side > 0) & (new > 0)
    scale = np.divide(new, side, out=np.ones_like(side), where=stretched)
    corner = np.where(stretched, wanted[:, :2], wanted[:, :2] + (new - side) / 2)
    offsets = rings.ring_offsets[rings.part_offsets[rings.row_offsets]]
    row = np.repeat(np.arange(len(rings)), np.diff(offsets))
    return rings.moved((rings.points - bounds[row, :2]) * scale[row] + corner[row])


def shifted(mask: Mask, by: Floats) -> Mask:
    """A mask moved by `by` (2,) x, y, to whole pixels; what leaves the picture is cut off."""
    x0, y0, x1, y1 = masks.bounds(mask).astype(int).tolist()
    x, y = np.round(by).astype(int).tolist()
    return masks.paste(masks.decode(mask)[y0:y1, x0:x1], (x0 + x, y0 + y), mask.size)
