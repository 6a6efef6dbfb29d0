"""`fuse`: what several models found, by weighted box fusion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Flag, Kind
from formats.dataset import Source
from geometry.fusion import weighted_boxes
from prelabel.compare import Panel
from prelabel.compare.blocks import Block
from prelabel.consensus import voting
from prelabel.consensus.grouping import Groups, groups_of
from prelabel.consensus.joint import Joint, joint
from prelabel.consensus.maker import Found, Maker
from prelabel.consensus.options import FuseOptions
from prelabel.consensus.result import Merged

__all__ = ["fuse"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NO_PAIRS = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


def fuse(panel: Panel, options: FuseOptions | None = None) -> Merged:
    """Join what the models of a panel found, by weighted box fusion (`geometry.fusion`).

    Boxes of one class are fused; a picture counts only the models that looked at it. Rows without a
    score count as certain. Polygons, masks and keypoints of a fused box are voted on as people's
    are, by score; crowds and tags are left out. Scores are the fused ones.
    """
    options = options or FuseOptions()
    weight, told = voting.weights_of(panel.raters, options.weights)
    found = [_fused(block, weight, options) for block in panel.pictures.blocks()]
    source = Source("model", "fusion of " + " + ".join(panel.raters))
    return Maker(panel, found, weight, source).merged((*panel.told, *told))


def _fused(block: Block, weight: Floats, options: FuseOptions) -> Found:
    """The fused boxes of a block."""
    rows = joint(block)
    cluster = np.full(len(rows.raters), -1, dtype=np.int64)
    boxes, scores, labels, count = [np.empty((0, 4))], [np.empty(0)], [np.empty(0, np.int64)], 0
    for picture in _by_picture(rows):
        looked = np.flatnonzero(rows.looked[rows.table.images[picture[0]]])
        table = rows.table[picture]
        fused = weighted_boxes(
            table.boxes,
            np.where(np.isnan(table.scores), 1.0, table.scores),
            table.labels,
            np.searchsorted(looked, rows.raters[picture]),
            weights=weight[looked],
            iou=options.iou,
            least=options.least,
            score=options.score,
        )
        cluster[picture] = np.where(fused.members < 0, -1, fused.members + count)
        count += len(fused.boxes)
        boxes.append(fused.boxes)
        scores.append(fused.scores)
        labels.append(fused.labels)
    groups: Groups = groups_of(rows, cluster, NO_PAIRS)
    kept = np.ones(len(groups.images), dtype=bool)
    return Found(
        groups, kept, np.concatenate(labels), np.concatenate(scores), np.concatenate(boxes)
    )


def _by_picture(rows: Joint) -> list[Ints]:
    """The rows of each picture that have a place and are no crowd."""
    plain = (rows.table.kinds != Kind.TAG) & ~rows.table.flagged(Flag.CROWD)
    places = np.flatnonzero(plain)
    order = places[np.argsort(rows.table.images[places], kind="stable")]
    if not len(order):
        return []
    return np.split(order, np.flatnonzero(np.diff(rows.table.images[order])) + 1)
