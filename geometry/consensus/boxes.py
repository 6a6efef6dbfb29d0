"""One box for the boxes of every group."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.consensus.middle import middle

__all__ = ["boxes"]


def boxes(
    rows: ArrayLike, groups: ArrayLike, weights: ArrayLike | None = None
) -> NDArray[np.float64]:
    """The box in the middle of each group's, (C, 4) from (N, 4) x0 y0 x1 y1; see `middle`.

    Every side by itself: the median keeps a box a box, because left and right sides are ranked by
    the same weights. No rows give no boxes.
    """
    return middle(np.asarray(rows, dtype=np.float64).reshape(-1, 4), groups, weights)
