"""Greedy class-aware suppression of boxes by onnxruntime's NonMaxSuppression operator.

The operator sits in a graph of one node that is written here byte by byte (`protobuf.py`), so no
package for building graphs is needed at run time. Intersection over union is taken in float32.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prelabel.models.protobuf import FLOAT, INT64, model

__all__ = ["keep", "graph_bytes"]


def keep(
    boxes: NDArray[np.float32],
    scores: NDArray[np.float32],
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
    table = np.full((1, len(present), len(boxes)), -np.inf, dtype=np.float32)
    table[0, column, np.arange(len(boxes))] = scores
    feed = {
        "boxes": np.ascontiguousarray(boxes, dtype=np.float32)[None],
        "scores": table,
        "max_det": np.array([max_det], dtype=np.int64),
        "iou": np.array([iou], dtype=np.float32),
        "floor": np.array([np.finfo(np.float32).min], dtype=np.float32),
    }
    rows = np.sort(_session().run(None, feed)[0][:, 2])
    return rows[np.argsort(-scores[rows], kind="stable")][:max_det]


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
