"""Keypoints as shapes of a label file: points that share a group with the shape of their object."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotation
from formats.columns import Kind
from formats.dataset import Label
from formats.labelme.skeletons import names_for
from formats.losses import Losses

__all__ = ["BLANK", "SCORES", "bare", "hung", "unplaced"]

HIDDEN, VISIBLE = 1, 2
SCORES = "unlabelled_scores"
"""Key for the scores of keypoints that have no place, by their names."""
BLANK = "unlabelled_keypoints"
"""Key for how many keypoints an object has of which none has a place."""


def _known(row: Annotation) -> NDArray[np.float64]:
    """The keypoints of a row without those that only fill its table, (K, 3)."""
    if row.keypoints is None:
        return np.empty((0, 3))
    there = np.flatnonzero(~np.isnan(row.keypoints).all(axis=1))
    return row.keypoints[: there[-1] + 1 if len(there) else 0]


def _placed(found: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(K,) which keypoints have a place; one of unknown visibility is visible."""
    return np.isfinite(found[:, :2]).all(axis=1) & (found[:, 2] != 0)


def bare(row: Annotation, label: Label, several: bool) -> NDArray[np.float64] | None:
    """The points (K, 2) of a row that is no more than points of a class without a skeleton.

    None where it must be written as an object with keypoints; `several` points may be one shape
    only in LabelMe.
    """
    if row.kind != Kind.POINTS or label.keypoints:
        return None
    found = _known(row)
    plain = len(found) and (found[:, 2] == VISIBLE).all() and np.isfinite(found).all()
    scored = row.keypoint_scores is not None and not np.isnan(row.keypoint_scores).all()
    if not plain or scored or (len(found) > 1 and not several):
        return None
    return found[:, :2]


def hung(row: Annotation, label: Label, losses: Losses, where: str) -> list[dict[str, Any]]:
    """A point for every keypoint that has a place, called by its name or number."""
    if row.keypoints is None:
        return []
    found = _known(row)
    placed = _placed(found)
    names = names_for(label, len(found))
    far = np.isfinite(found[:, :2]).all(axis=1) & ~placed & found[:, :2].any(axis=1)
    losses.add("place of a keypoint that is not labelled", int(far.sum()), where)
    made = []
    for k in np.flatnonzero(placed).tolist():
        told: dict[str, Any] = {"label": names[k], "shape_type": "point"}
        told["points"] = [found[k, :2].tolist()]
        if found[k, 2] == HIDDEN:
            told["difficult"] = True
        score = np.nan if row.keypoint_scores is None else float(row.keypoint_scores[k])
        made.append(told | ({"score": score} if score == score else {}))
    return made


def unplaced(row: Annotation, label: Label) -> dict[str, Any]:
    """The keys for what keypoints say that are not written themselves."""
    found = _known(row)
    if row.keypoints is None or not len(found):
        return {}
    left = ~_placed(found)
    told: dict[str, Any] = {BLANK: len(found)} if left.all() else {}
    if row.keypoint_scores is not None:
        names = names_for(label, len(found))
        scored = np.flatnonzero(left & ~np.isnan(row.keypoint_scores[: len(found)]))
        by_name = {names[k]: float(row.keypoint_scores[k]) for k in scored}
        told |= {SCORES: by_name} if by_name else {}
    return told
