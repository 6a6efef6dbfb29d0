"""Detections in a tensor to rows of annotations in the picture's pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from prelabel.models.candidates import Candidates
from prelabel.models.preprocess import Place

__all__ = ["boxes", "placed", "rows"]


def boxes(found: Candidates, place: Place) -> Annotations:
    """Upright boxes x0 y0 x1 y1 of the tensor, clipped to the picture."""
    found, bounds = placed(found, place)
    return rows(found, Kind.BOX, bounds)


def placed(found: Candidates, place: Place) -> tuple[Candidates, NDArray[np.float64]]:
    """The detections that are in the picture, and their boxes (N, 4) clipped to it.

    What lies in the padding alone, or has no area, is left out.
    """
    bounds = place.back(found.boxes)
    inside = (bounds[:, 2] > bounds[:, 0]) & (bounds[:, 3] > bounds[:, 1])
    return (found, bounds) if inside.all() else (found[inside], bounds[inside])


def rows(found: Candidates, kind: Kind, bounds: NDArray, **columns: Any) -> Annotations:
    """One row of `kind` per detection; `bounds` (N, 4) in pixels of the picture."""
    return Annotations.of(
        boxes=bounds,
        kinds=np.full(len(found), kind, dtype=np.uint8),
        labels=found.classes.astype(np.int32),
        scores=found.scores.astype(np.float64),
        **columns,
    )
