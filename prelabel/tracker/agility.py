"""How agile objects and camera are, learned from how surprising detections turn out to be.

One clip shows people who walk straight on, the next one dancers before a camera that pans. The
filters assume the former. A track whose detections are further from where it was expected than the
filter explains is given more freedom until they are not (covariance matching), and new tracks begin
with what is usual in the clip.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["PACE", "learned", "usual"]

Floats = NDArray[np.float64]

EXPECTED = 0.5
"""Mean surprise (`Filters.surprise`) that is aimed at. Below 1, for the noise that the filters
assume is generous: most of it is not new in every frame."""
STRANGE = 5.0
"""Greatest surprise that is learned from: a wrong detection teaches no more than that."""
WILD = 100.0
"""Most agility, as a variance in units of what the filters assume."""
PACE = 0.1
"""Share of a new surprise in what is learned."""


def learned(agility: Floats, surprise: Floats) -> Floats:
    """The agility (T,) of tracks after detections with that surprise (T,)."""
    change = PACE * (np.minimum(surprise, STRANGE) - EXPECTED)
    return np.clip(agility * (1 + change), 1.0, WILD)


def usual(before: float, agility: Floats) -> float:
    """What is usual in a clip, after these tracks (T,) were seen; T at least 1."""
    return before + PACE * (float(np.exp(np.log(agility).mean())) - before)
