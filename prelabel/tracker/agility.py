"""How agile objects and camera are, learned from how surprising detections turn out to be.

One clip shows people who walk straight on, the next one dancers before a camera that pans. The
filters assume the former; a track whose detections are further from where it was expected than
that explains is given more freedom, and new tracks begin with what is usual in the clip.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["PACE", "WILD", "freedom"]

Floats = NDArray[np.float64]

CALM = 0.3
"""Mean surprise (`Filters.surprise`) up to which a track moves as the filters assume."""
WILD = 30.0
"""Greatest surprise that is learned from, and greatest freedom."""
PACE = 0.2
"""Share of a new surprise in the moving mean."""


def freedom(surprise: Floats) -> Floats:
    """How many times more than assumed speeds change, (T, 1) from mean surprises (T,)."""
    return np.clip(surprise / CALM, 1.0, WILD)[:, None]
