"""How alike two raters' shapes are: IoU, or OKS for keypoints."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from geometry import boxes, polygons, rotated
from geometry.overlaps import Pairs
from prelabel.compare import by_picture, views
from prelabel.compare.by_picture import Sigmas, Sizes
from prelabel.compare.tasks import TASKS, task_for

__all__ = ["TASKS", "Against", "Sigmas", "Sizes", "similar"]

Flags = NDArray[np.bool_]
Against = Literal["annotator", "truth"]


def similar(
    a: Annotations,
    b: Annotations,
    *,
    threshold: float = 0.0,
    task: str = "auto",
    size: Sizes = None,
    sigmas: Sigmas = None,
    against: Against = "annotator",
) -> Pairs:
    """Pairs of rows of one picture with likeness above 0 and >= `threshold`, by i, then j.

    `task`: which shapes are compared; rows drawn otherwise are taken as such a shape (`views`), and
    auto takes `task_for`. Rows are of one picture where their `images` are equal; tags have no
    place and must be left out. `size`: what has no mask is drawn on a picture of that size, or of
    a mask's; where neither is known, outlines are compared instead of masks. Shapes without area
    are alike, 1, where their boxes are the same. `against`: keypoints are compared at those that
    either annotator labelled, or at those of the truth b. SettingsError for another task.
    """
    task = task_for(task, a, b)
    images = a.images.astype(np.int64), b.images.astype(np.int64)
    if task == "boxes":
        pairs = boxes.overlap_pairs(a.boxes, b.boxes, threshold, images)
    elif task == "rotated":
        pairs = rotated.overlap_pairs(views.turned(a), views.turned(b), threshold, images)
    elif task == "polygons":
        outlines = views.Outlines(a), views.Outlines(b)
        pairs = polygons.overlap_pairs(outlines[0].rings(), outlines[1].rings(), threshold, images)
    elif task == "masks":
        pairs = by_picture.masked(a, b, threshold, size)
    else:
        pairs = by_picture.pointed(a, b, threshold, sigmas, against == "truth")
    return _with_flat(pairs, a, b)


def _with_flat(pairs: Pairs, a: Annotations, b: Annotations) -> Pairs:
    """The pairs, and those of shapes without area whose boxes are the very same."""
    flat = [np.flatnonzero(_flat(table)) for table in (a, b)]
    if not len(flat[0]) or not len(flat[1]):
        return pairs
    first, second = (
        np.column_stack([table.images[rows], np.nan_to_num(table.boxes[rows], nan=-1e300)])
        for table, rows in zip((a, b), flat, strict=True)
    )
    i, j = np.nonzero((first[:, None] == second).all(axis=2))
    i, j = flat[0][i], flat[1][j]
    fresh = ~np.isin(i * len(b) + j, pairs[0] * len(b) + pairs[1])
    rows, columns = np.concatenate([pairs[0], i[fresh]]), np.concatenate([pairs[1], j[fresh]])
    likeness = np.concatenate([pairs[2], np.ones(int(fresh.sum()))])
    order = np.lexsort((columns, rows))
    return rows[order], columns[order], likeness[order]


def _flat(table: Annotations) -> Flags:
    sides = table.boxes[:, 2:] - table.boxes[:, :2]
    return ~(sides > 0).all(axis=1) & (table.kinds != Kind.TAG)
