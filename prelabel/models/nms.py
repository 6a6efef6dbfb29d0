"""Greedy class-aware suppression of boxes by onnxruntime's NonMaxSuppression operator.

The operator sits in a graph of one node that is written here byte by byte (`protobuf.py`), so no
package for building graphs is needed at run time. Intersection over union is taken in float32.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prelabel.models.protobuf import FLOAT, INT64, model

__all__ = ["keep", "graph_bytes"]

TABLE = 1_000_000
"""Most scores of a table of all classes; above, one run for each class is faster."""

LOWEST = np.array([np.finfo(np.float32).min], dtype=np.float32)

Floats = NDArray[np.float32]


def keep(
    boxes: Floats,
    scores: Floats,
    classes: NDArray[np.integer],
    iou: float,
    max_det: int,
) -> NDArray[np.int64]:
    """Rows that survive, best score first, at most `max_det`, (K,) int64.

    `boxes` (N, 4) x0 y0 x1 y1, `scores` (N,), `classes` (N,). A box goes when a better one of its
    class overlaps it by more than `iou`. Equal scores keep the order of the rows.
    """
    if len(boxes) == 0 or max_det <= 0:
        return np.empty(0, dtype=np.int64)
    present, column = np.unique(classes, return_inverse=True)
    if len(present) * len(boxes) <= TABLE:
        rows = np.sort(_run(boxes, scores, column, len(present), iou, max_det))
    else:
        rows = np.sort(np.concatenate([*_by_class(boxes, scores, column, iou, max_det)]))
    return rows[np.argsort(-scores[rows], kind="stable")][:max_det]


def _by_class(
    boxes: Floats, scores: Floats, column: NDArray[np.integer], iou: float, max_det: int
) -> Iterator[NDArray[np.int64]]:
    """One run for each class: slower for few boxes, faster than a table for many."""
    order = np.argsort(column, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(column[order])) + 1):
        alone = np.zeros(len(rows), dtype=np.int64)
        yield rows[_run(boxes[rows], scores[rows], alone, 1, iou, max_det)]


def _run(
    boxes: Floats,
    scores: Floats,
    column: NDArray[np.integer],
    columns: int,
    iou: float,
    max_det: int,
) -> NDArray[np.int64]:
    """The operator over a table of scores (columns, N); a box stands in its class's line only."""
    table = np.full((1, columns, len(boxes)), -np.inf, dtype=np.float32)
    table[0, column, np.arange(len(boxes))] = scores
    feed = {
        "boxes": np.ascontiguousarray(boxes, dtype=np.float32)[None],
        "scores": table,
        "max_det": np.array([max_det], dtype=np.int64),
        "iou": np.array([iou], dtype=np.float32),
        "floor": LOWEST,
    }
    return _session().run(None, feed)[0][:, 2]


def graph_bytes() -> bytes:
    """The graph of the one operator, an ONNX file."""
    return model(
        "NonMaxSuppression",
        inputs={
            "boxes": (FLOAT, (1, "n", 4)),
            "scores": (FLOAT, (1, "classes", "n")),
            "max_det": (INT64, (1,)),
            "iou": (FLOAT, (1,)),
            "floor": (FLOAT, (1,)),
        },
        outputs={"kept": (INT64, ("k", 3))},
    )


@cache
def _session() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    providers = ["CPUExecutionProvider"]
    return onnxruntime.InferenceSession(graph_bytes(), options, providers=providers)
