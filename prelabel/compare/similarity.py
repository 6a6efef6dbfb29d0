"""How alike two raters' shapes are: IoU, or OKS for keypoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from formats.annotations import Annotations, Kind
from geometry import boxes, keypoints, masks, polygons, rotated
from geometry.overlaps import Pairs
from prelabel.compare import views
from prelabel.compare.tasks import TASKS, task_for

__all__ = ["TASKS", "Against", "Sigmas", "Sizes", "similar", "size_of"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Size = tuple[int, int] | None
Sizes = Size | Sequence[Size]
"""One size (width, height) for all rows, or one for each of the tables' `images`."""
Sigmas = ArrayLike | Mapping[int, ArrayLike] | None
"""OKS sigmas: one, one per keypoint, or those of each label; None: COCO's for 17, else .05."""
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
    place and must be left out. `size`: masks need it. Shapes without area are alike, 1, where their
    boxes are the same. `against`: keypoints are compared at those labelled by either annotator, or
    at those of the truth b. SettingsError for another task; FormatError where a size is missing.
    """
    task = task_for(task, a, b)
    if task == "boxes":
        pairs = boxes.overlap_pairs(a.boxes, b.boxes, threshold, _images(a, b))
    elif task == "rotated":
        pairs = _turned(a, b, threshold)
    else:
        pairs = _by_picture(a, b, task, _Asked(threshold, size, sigmas, against))
    return _with_flat(pairs, a, b)


@dataclass(frozen=True, slots=True)
class _Asked:
    threshold: float
    size: Sizes
    sigmas: Sigmas
    against: Against


def size_of(size: Sizes, image: int) -> Size:
    """The size of one picture, None where it is not known."""
    if size is None or isinstance(size[0], int | float | np.integer):
        return size  # type: ignore[return-value]
    return size[image]  # type: ignore[return-value]


def _images(a: Annotations, b: Annotations) -> tuple[Ints, Ints]:
    return a.images.astype(np.int64), b.images.astype(np.int64)


def _turned(a: Annotations, b: Annotations, threshold: float) -> Pairs:
    first, second = views.turned(a), views.turned(b)
    upright = rotated.bounds(first), rotated.bounds(second)
    i, j, _ = boxes.overlap_pairs(*upright, 0.0, _images(a, b))
    iou = rotated.pair_iou(first[i], second[j])
    much = (iou > 0) & (iou >= threshold)
    return i[much], j[much], iou[much]


def _by_picture(a: Annotations, b: Annotations, task: str, asked: _Asked) -> Pairs:
    """The pairs of each picture that both tables have rows of."""
    found = [
        _moved(_compared(a[rows], b[others], image, task, asked), rows, others)
        for image, rows, others in _pictures(a, b)
    ]
    none = np.empty(0, dtype=np.int64)
    columns = zip(*found, strict=True) if found else ((none,), (none,), (np.empty(0),))
    i, j, likeness = (np.concatenate(column) for column in columns)
    order = np.lexsort((j, i))
    return i[order], j[order], likeness[order]


def _pictures(a: Annotations, b: Annotations) -> Iterator[tuple[int, Ints, Ints]]:
    """Each picture that both have rows of, with these rows."""
    orders = [np.argsort(table.images, kind="stable") for table in (a, b)]
    images = np.intersect1d(a.images, b.images)
    bounds = [
        [np.searchsorted(table.images[order], images, side) for side in ("left", "right")]
        for table, order in zip((a, b), orders, strict=True)
    ]
    for k, image in enumerate(images.tolist()):
        yield (
            image,
            *(order[lo[k] : hi[k]] for order, (lo, hi) in zip(orders, bounds, strict=True)),
        )


def _moved(pairs: Pairs, rows: Ints, others: Ints) -> Pairs:
    return rows[pairs[0]], others[pairs[1]], pairs[2].astype(np.float64)


def _compared(a: Annotations, b: Annotations, image: int, task: str, asked: _Asked) -> Pairs:
    """The pairs of one picture."""
    if task == "keypoints":
        return _pointed(a, b, asked)
    size = views.size_for(a, b, size_of(asked.size, image))
    if task == "masks" and size is not None:
        return masks.overlap_pairs(views.masked(a, size), views.masked(b, size), asked.threshold)
    return polygons.overlap_pairs(views.outlined(a), views.outlined(b), asked.threshold)


def _pointed(a: Annotations, b: Annotations, asked: _Asked) -> Pairs:
    """OKS, for rows of every two labels with the sigmas of these."""
    points = views.pointed(a, b)
    areas = views.areas(a), views.areas(b)
    found = []
    for first, second, sigmas in _by_label(a, b, asked.sigmas, points[0].shape[1]):
        pairs = keypoints.overlap_pairs(
            points[0][first],
            points[1][second],
            None if asked.against == "truth" else areas[0][first],
            areas[1][second],
            sigmas,
            asked.threshold,
        )
        found.append(_moved(pairs, first, second))
    i, j, likeness = (np.concatenate(column) for column in zip(*found, strict=True))
    return i, j, likeness


def _by_label(
    a: Annotations, b: Annotations, sigmas: Sigmas, width: int
) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Rows of a and b to be compared with one set of sigmas; that of two labels is their mean."""
    if not isinstance(sigmas, Mapping):
        yield np.arange(len(a)), np.arange(len(b)), _spread(sigmas, width)
        return
    for first in np.unique(a.labels).tolist():
        for second in np.unique(b.labels).tolist():
            both = [_spread(sigmas.get(label), width) for label in (first, second)]
            rows, others = np.flatnonzero(a.labels == first), np.flatnonzero(b.labels == second)
            yield rows, others, (both[0] + both[1]) / 2


def _spread(sigmas: ArrayLike | None, width: int) -> Floats:
    """The sigma of each of `width` keypoints; those beyond the ones given take the default."""
    if sigmas is None:
        coco = width == len(keypoints.COCO_SIGMAS)
        sigmas = list(keypoints.COCO_SIGMAS.values()) if coco else keypoints.DEFAULT_SIGMA
    values = np.asarray(sigmas, dtype=np.float64)
    if not values.ndim:
        return np.full(width, values)
    rest = np.full(max(width - len(values), 0), keypoints.DEFAULT_SIGMA)
    return np.concatenate([values, rest])[:width]


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
