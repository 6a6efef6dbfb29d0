"""From `Annotations` to the JSON of a prediction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.dataset import Label
from geometry import masks
from geometry.rings import Rings
from prelabel.service import Labelled

__all__ = ["VERSION_DIGITS", "encode", "rows"]

VERSION_DIGITS = 12
Rows = list[dict[str, Any]]


def encode(answer: Labelled, found: Annotations) -> bytes:
    """A prediction; `found` are the answer's shapes as they are to be told."""
    width, height = answer.size
    return orjson.dumps(
        {
            "model": answer.name,
            "version": answer.fingerprint[:VERSION_DIGITS],
            "image": {"width": width, "height": height},
            "seconds": round(answer.seconds, 6),
            "annotations": rows(found, answer.labels),
        }
    )


def rows(found: Annotations, labels: Sequence[Label]) -> Rows:
    """One object per row; what no row has is left out."""
    told: Rows = [
        {"label": labels[label].name, "score": score, "box": box}
        for label, score, box in zip(
            found.labels.tolist(), _known(found.scores), _known(found.boxes), strict=True
        )
    ]
    _add(told, "rotated", None if found.rotated is None else _known(found.rotated))
    _add(told, "polygons", None if found.rings is None else _polygons(found.rings))
    _add(told, "mask", None if found.masks is None else [_mask(mask) for mask in found.masks])
    _add(told, "keypoints", None if found.keypoints is None else _keypoints(found, labels))
    return told


def _add(rows: Rows, name: str, values: Sequence[Any] | None) -> None:
    if values is not None:
        for row, value in zip(rows, values, strict=True):
            if value is not None:
                row[name] = value


def _known(column: NDArray[np.float64]) -> list[Any]:
    """Rows as numbers, None for one that holds a NaN."""
    missing = np.any(np.isnan(column), axis=tuple(range(1, column.ndim)))
    pairs = zip(column.tolist(), missing.tolist(), strict=True)
    return [None if gone else value for value, gone in pairs]


def _polygons(rings: Rings) -> list[Any]:
    rows = [[ring.tolist() for part in row for ring in part] for row in rings]
    return [row or None for row in rows]


def _mask(mask: masks.Mask | None) -> dict[str, Any] | None:
    if mask is None:
        return None
    width, height = mask.size
    return {"size": [height, width], "counts": masks.to_coco_string(mask)}


def _keypoints(found: Annotations, labels: Sequence[Label]) -> list[Any]:
    """Named keypoints of every row; those that NaN fills up are left out."""
    assert found.keypoints is not None
    scores = found.keypoint_scores
    known = [None] * len(found) if scores is None else [_known(row) for row in scores]
    names = [labels[label].keypoints for label in found.labels.tolist()]
    return [_skeleton(*row) for row in zip(found.keypoints, known, names, strict=True)]


def _skeleton(
    points: NDArray[np.float64], scores: list[Any] | None, names: Sequence[str]
) -> list[dict[str, Any]]:
    values = scores or [None] * len(points)
    return [
        {
            "name": names[k] if k < len(names) else str(k),
            "x": x,
            "y": y,
            "visible": int(visible),
            "score": values[k],
        }
        for k, (x, y, visible) in enumerate(points.tolist())
        if not np.isnan(x)
    ]
