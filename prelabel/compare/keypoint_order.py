"""Keypoints of one class in one order, whatever order each dataset keeps them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.dataset import Label
from formats.errors import FormatError

__all__ = ["Orders", "orders", "reordered"]

Orders = Mapping[int, NDArray[np.intp]]
"""Label of the panel -> where the dataset keeps each of its keypoints."""


def orders(own: Sequence[Label], place: NDArray[np.int32], joint: Sequence[Label]) -> Orders:
    """Orders of the labels whose keypoints a dataset keeps otherwise than the panel.

    Keypoints go by name, by position where one side names none. FormatError where the names are
    others: points of different meaning cannot be compared.
    """
    found = {}
    for label, k in zip(own, place.tolist(), strict=True):
        names = joint[k].keypoints
        if label.keypoints and names and label.keypoints != names:
            found[k] = _order(label, names)
    return found


def _order(label: Label, names: tuple[str, ...]) -> NDArray[np.intp]:
    if set(label.keypoints) != set(names):
        raise FormatError(
            f"class {label.name!r}: keypoints {', '.join(label.keypoints)} against "
            f"{', '.join(names)}, expected the same names"
        )
    return np.array([label.keypoints.index(name) for name in names], dtype=np.intp)


def reordered(table: Annotations, labels: NDArray[np.int32], orders: Orders) -> Annotations:
    """The table with its keypoints in the panel's order; `labels` (N,) are the panel's."""
    if not orders or table.keypoints is None:
        return table
    points = table.keypoints.copy()
    scores = None if table.keypoint_scores is None else table.keypoint_scores.copy()
    for label, order in orders.items():
        rows = labels == label
        points[rows, : len(order)] = points[rows][:, order]
        if scores is not None:
            scores[rows, : len(order)] = scores[rows][:, order]
    return table.with_columns(keypoints=points, keypoint_scores=scores)
