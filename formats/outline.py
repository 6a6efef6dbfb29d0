"""The outline of one row, for what is drawn around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from geometry import masks
from geometry.rasters import Parts

__all__ = ["outline"]

Floats = NDArray[np.float64]


def outline(table: Annotations, row: int) -> Floats:
    """All points of a row's polygon or of its mask's outline, (K, 2)."""
    parts: Parts = table.rings.row(row) if table.rings is not None else []
    if not parts and table.masks is not None and table.masks[row] is not None:
        parts = masks.to_rings(table.masks[row])
    rings = [ring for part in parts for ring in part]
    found = np.concatenate(rings) if rings else np.empty((0, 2))
    return found[np.isfinite(found).all(axis=1)]
