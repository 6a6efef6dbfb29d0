"""What is done to a model's rows before they are written down: classes, polygons, digits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from geometry import masks, polygons
from geometry.rings import Rings

__all__ = ["outlined", "relabelled", "rounded"]

PIXEL_DECIMALS = 3
SCORE_DECIMALS = 6


def relabelled(found: Annotations, index: Sequence[int]) -> Annotations:
    """Rows with labels looked up in `index`; rows of classes that it maps to -1 are left out."""
    labels = np.asarray(index, dtype=np.int32)[found.labels]
    return found.with_columns(labels=labels)[labels >= 0]


def outlined(found: Annotations, tolerance: float) -> Annotations:
    """Masks as polygons with holes, no point of the mask's edge further off than `tolerance` px.

    A row whose mask has no pixel stays as its box.
    """
    if found.masks is None:
        return found
    traced = Rings.of([[] if mask is None else masks.to_rings(mask) for mask in found.masks])
    rings = polygons.simplify(traced, tolerance) if tolerance else traced
    kinds = found.kinds.copy()
    of_masks = kinds == Kind.MASK
    kinds[of_masks] = np.where(rings.counts()[of_masks] > 0, Kind.POLYGON, Kind.BOX)
    return found.with_columns(kinds=kinds, rings=rings, masks=None)


def rounded(found: Annotations) -> Annotations:
    """Coordinates to a thousandth of a pixel and scores to a millionth: what a float32 knows.

    The digits behind would make journal and outputs twice as long, and say nothing.
    """
    columns: dict[str, Any] = {
        "boxes": np.round(found.boxes, PIXEL_DECIMALS),
        "scores": np.round(found.scores, SCORE_DECIMALS),
        "keypoints": _round(found.keypoints, PIXEL_DECIMALS),
        "keypoint_scores": _round(found.keypoint_scores, SCORE_DECIMALS),
    }
    if found.rotated is not None:
        decimals = [*[PIXEL_DECIMALS] * 4, SCORE_DECIMALS]
        parts = zip(found.rotated.T, decimals, strict=True)
        columns["rotated"] = np.column_stack([np.round(part, n) for part, n in parts])
    if found.rings is not None:
        columns["rings"] = found.rings.moved(np.round(found.rings.points, PIXEL_DECIMALS))
    return found.with_columns(**columns)


def _round(column: NDArray[np.float64] | None, decimals: int) -> NDArray[np.float64] | None:
    return None if column is None else np.round(column, decimals)
