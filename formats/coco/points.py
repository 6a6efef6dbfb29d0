"""The lists of keypoints of objects, and of their scores, as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from formats.coco import segmentation
from formats.coco.schema import ABSENT, Object

if TYPE_CHECKING:
    from formats.coco.columns import Set

__all__ = ["labelled", "points_of"]

Floats = NDArray[np.float64]


def points_of(chunk: Set, name: str, width: int) -> Floats | None:
    """(N, K, width) of lists of ``K * width`` numbers, padded with NaN; None where none has any."""
    values = [getattr(row, name) for row in chunk.rows]
    if values.count(ABSENT) == len(values):
        return None
    found = segmentation.loaded(values)
    for i, value in enumerate(found):
        if value is not None and not _is_flat(value, width):
            chunk.extra[i][name] = value
            chunk.odd.append((i, f"{name} that are not {width} numbers per point"))
            found[i] = None
    most = max((len(value) // width for value in found if value), default=0)
    out = np.full((len(found), most, width), np.nan)
    for i, value in enumerate(found):
        if value:
            numbers = [np.nan if number is None else number for number in value]
            out[i, : len(value) // width] = np.reshape(numbers, (-1, width))
    return out if most else None


def _is_flat(value: Any, width: int) -> bool:
    allowed = (*segmentation.NUMBERS, type(None)) if width == 1 else segmentation.NUMBERS
    return (
        isinstance(value, list)
        and len(value) % width == 0
        and all(type(number) in allowed for number in value)
    )


def labelled(row: Object) -> int | None:
    """How many keypoints of an object are labelled; None where it has no list of them."""
    if row.keypoints is ABSENT:
        return None
    value = segmentation.loaded([row.keypoints])[0]
    return sum(v > 0 for v in value[2::3]) if _is_flat(value, 3) else None
