"""How much more an error of a rare class matters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["weights"]

MOST = 5.0
"""No class matters more than so many times as much as the average object."""


def weights(counts: NDArray[np.float64], power: float = 0.5) -> NDArray[np.float64]:
    """(C,) worth of an error of each class, of (C,) objects counted or expected.

    Worth falls with the count to `power` (0: all alike; 1: every class matters alike, whatever its
    number of objects), is at most `MOST`, and 1 for the average object. One object is added to
    every class, so that one never seen has a weight too.
    """
    if not len(counts):
        return np.empty(0)
    seen = np.asarray(counts, dtype=np.float64) + 1.0
    raw = (seen.mean() / seen) ** power
    raw = np.minimum(raw / np.average(raw, weights=seen), MOST)
    evened: NDArray[np.float64] = raw / np.average(raw, weights=seen)
    return np.minimum(evened, MOST)
