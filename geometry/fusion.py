"""Weighted box fusion: the boxes of several models as one set (Solovyev, Wang, Gabruseva 2021).

Boxes are taken best first. Each joins the fused box that it overlaps most, if by enough, which
then becomes the mean of its members, weighted by their scores; else it begins one of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry import boxes as plain
from geometry.errors import GeometryError

__all__ = ["Fused", "Score", "weighted_boxes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Score = Literal["mean", "max"]
FEW = 32
"""Boxes up to which plain numbers are quicker than arrays."""


@dataclass(frozen=True, slots=True, eq=False)
class Fused:
    """Fused boxes, best first, and which of them each input row went into."""

    boxes: Floats
    """(C, 4) x0 y0 x1 y1."""
    scores: Floats
    """(C,) 0..1."""
    labels: Ints
    """(C,)"""
    members: Ints
    """(N,) the fused box of every row, -1 for rows that were left out."""


def weighted_boxes(
    boxes: ArrayLike,
    scores: ArrayLike,
    labels: ArrayLike,
    models: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    iou: float = 0.55,
    least: float = 0.0,
    score: Score = "mean",
) -> Fused:
    """Fuse the boxes (N, 4) of several models; `scores`, `labels`, `models` are (N,).

    `weights` (M,) of the models, 1 each if None: so M is how many models looked, also where one
    found nothing. A box joins where IoU > `iou`. Boxes with a score below `least`, or without
    area, are left out. The fused score is the mean of its members' (times their weights), scaled
    down by how many of the models' boxes are there: ``mean * min(members, M) / sum(weights)``; or,
    with "max", the best one over the greatest weight. Only boxes of one label are fused.
    """
    rows = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    model, label = np.asarray(models, dtype=np.int64), np.asarray(labels, dtype=np.int64)
    weight = _weights(weights, model)
    own = np.asarray(scores, dtype=np.float64)
    worth = own * weight[model]
    usable = (own >= least) & (plain.area(rows) > 0) & (worth > 0)
    order = np.flatnonzero(usable)[np.argsort(-worth[usable], kind="stable")]
    found = [_fuse(order[label[order] == one], rows, worth, iou) for one in np.unique(label[order])]
    clusters = [cluster for clusters in found for cluster in clusters]
    return _ranked(clusters, rows, worth, label, weight, score)


def _weights(weights: ArrayLike | None, models: Ints) -> Floats:
    count = int(models.max(initial=-1)) + 1
    weight = np.ones(count) if weights is None else np.asarray(weights, dtype=np.float64)
    if len(weight) < count or not (np.isfinite(weight) & (weight >= 0)).all():
        raise GeometryError(f"weights {weight}, expected {count} or more numbers of 0 or more")
    return weight


def _fuse(order: Ints, rows: Floats, worth: Floats, iou: float) -> list[list[int]]:
    """The members of each fused box of one label, from rows best first."""
    if len(order) == 1:
        return [order.tolist()]
    fused = np.empty((len(order), 4))
    sums, totals = np.zeros((len(order), 4)), np.zeros(len(order))
    members: list[list[int]] = []
    for row in order.tolist():
        best, overlap = _nearest(rows[row], fused[: len(members)])
        if overlap <= iou:
            best = len(members)
            members.append([])
        members[best].append(row)
        sums[best] += worth[row] * rows[row]
        totals[best] += worth[row]
        fused[best] = sums[best] / totals[best]
    return members


def _nearest(row: Floats, fused: Floats) -> tuple[int, float]:
    """The fused box that a box overlaps most, the first of equals, and their IoU."""
    if len(fused) > FEW:
        ious = plain.iou(row[None], fused)[0]
        best = int(ious.argmax())
        return best, float(ious[best])
    best, most = -1, -1.0
    x0, y0, x1, y1 = row.tolist()
    own = (x1 - x0) * (y1 - y0)
    for k, (left, top, right, bottom) in enumerate(fused.tolist()):
        width, height = min(x1, right) - max(x0, left), min(y1, bottom) - max(y0, top)
        both = width * height if width > 0 and height > 0 else 0.0
        overlap = both / (own + (right - left) * (bottom - top) - both)
        if overlap > most:
            best, most = k, overlap
    return best, most


def _ranked(
    clusters: list[list[int]],
    rows: Floats,
    worth: Floats,
    label: Ints,
    weight: Floats,
    score: Score,
) -> Fused:
    """The fused boxes, best first."""
    worths = [worth[members] for members in clusters]
    boxes = [w @ rows[members] / w.sum() for members, w in zip(clusters, worths, strict=True)]
    if score == "max":
        scores = [w.max() / weight.max() for w in worths]
    else:
        scores = [w.mean() * min(len(w), len(weight)) / weight.sum() for w in worths]
    order = np.argsort(-np.array(scores), kind="stable")
    member = np.full(len(rows), -1, dtype=np.int64)
    for place, number in enumerate(order.tolist()):
        member[clusters[number]] = place
    firsts = np.array([members[0] for members in clusters], dtype=np.int64)[order]
    return Fused(
        np.array(boxes).reshape(-1, 4)[order],
        np.array(scores, dtype=np.float64)[order],
        label[firsts],
        member,
    )
