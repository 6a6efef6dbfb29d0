"""Ellipses cx cy w h angle, (N, 5): pixels and radians, clockwise on the screen."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["bounds"]


def bounds(ellipses: ArrayLike) -> NDArray[np.float64]:
    """The upright boxes around ellipses, (N, 4) from (N, 5): tighter than those of the rectangles
    that they lie in.
    """
    rows = np.asarray(ellipses, dtype=np.float64).reshape(-1, 5)
    cos, sin = np.cos(rows[:, 4]), np.sin(rows[:, 4])
    across = np.hypot(rows[:, 2] * cos, rows[:, 3] * sin) / 2
    down = np.hypot(rows[:, 2] * sin, rows[:, 3] * cos) / 2
    reach = np.column_stack([across, down])
    return np.hstack([rows[:, :2] - reach, rows[:, :2] + reach])
