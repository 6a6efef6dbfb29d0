"""Likeness that is found one picture at a time: of masks, and of keypoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from formats.annotations import Annotations
from geometry import keypoints, masks, polygons
from geometry.overlaps import Pairs
from geometry.rings import Rings
from prelabel.compare import views

__all__ = ["Sigmas", "Sizes", "masked", "pointed", "size_of"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Size = tuple[int, int] | None
Sizes = Size | Sequence[Size]
"""One size (width, height) for all rows, or one for each of the tables' `images`."""
Sigmas = ArrayLike | Mapping[int, ArrayLike] | None
"""OKS sigmas: one, one per keypoint, or those of each label; None: COCO's for 17, else .05."""


def masked(a: Annotations, b: Annotations, threshold: float, size: Sizes) -> Pairs:
    """Pairs by the IoU of masks; of outlines where nothing tells the size of the picture."""
    first, second = views.Outlines(a), views.Outlines(b)
    found = []
    for image, rows, others in _pictures(a, b):
        drawn = size_of(size, image) or first.size(rows) or second.size(others)
        if drawn is None:
            outlines = Rings.of(first.parts(rows)), Rings.of(second.parts(others))
            pairs = polygons.overlap_pairs(*outlines, threshold)
        else:
            pixels = first.masks(rows, drawn), second.masks(others, drawn)
            pairs = masks.overlap_pairs(*pixels, threshold)
        found.append(_moved(pairs, rows, others))
    return _joined(found)


def pointed(a: Annotations, b: Annotations, threshold: float, sigmas: Sigmas, truth: bool) -> Pairs:
    """Pairs by OKS; `truth`: b is the truth, else both are annotators."""
    points = views.pointed(a, b)
    areas = views.areas(a), views.areas(b)
    found = []
    for _, rows, others in _pictures(a, b):
        for part, other, spread in _by_label(a, b, rows, others, sigmas, points[0].shape[1]):
            own = None if truth else areas[0][part]
            pairs = keypoints.overlap_pairs(
                points[0][part], points[1][other], own, areas[1][other], spread, threshold
            )
            found.append(_moved(pairs, part, other))
    return _joined(found)


def size_of(size: Sizes, image: int) -> Size:
    """The size of one picture, None where it is not known."""
    if size is None or isinstance(size[0], int | float | np.integer):
        return size  # type: ignore[return-value]
    return size[image]  # type: ignore[return-value]


def _pictures(a: Annotations, b: Annotations) -> Iterator[tuple[int, Ints, Ints]]:
    """Each picture that both have rows of, with these rows."""
    orders = [np.argsort(table.images, kind="stable") for table in (a, b)]
    images = np.intersect1d(a.images, b.images)
    bounds = [
        [np.searchsorted(table.images[order], images, side) for side in ("left", "right")]
        for table, order in zip((a, b), orders, strict=True)
    ]
    for k, image in enumerate(images.tolist()):
        rows, others = (
            order[starts[k] : stops[k]]
            for order, (starts, stops) in zip(orders, bounds, strict=True)
        )
        yield image, rows, others


def _moved(pairs: Pairs, rows: Ints, others: Ints) -> Pairs:
    return rows[pairs[0]], others[pairs[1]], pairs[2].astype(np.float64)


def _joined(found: Sequence[Pairs]) -> Pairs:
    """All pairs, by i, then j."""
    none = np.empty(0, dtype=np.int64)
    columns = zip(*found, strict=True) if found else ((none,), (none,), (np.empty(0),))
    i, j, likeness = (np.concatenate(column) for column in columns)
    order = np.lexsort((j, i))
    return i[order], j[order], likeness[order]


def _by_label(
    a: Annotations, b: Annotations, rows: Ints, others: Ints, sigmas: Sigmas, width: int
) -> Iterator[tuple[Ints, Ints, Floats]]:
    """Rows of a and b to be compared with one set of sigmas; that of two labels is their mean."""
    if not isinstance(sigmas, Mapping):
        yield rows, others, _spread(sigmas, width)
        return
    for first in np.unique(a.labels[rows]).tolist():
        for second in np.unique(b.labels[others]).tolist():
            spread = [_spread(sigmas.get(label), width) for label in (first, second)]
            both = rows[a.labels[rows] == first], others[b.labels[others] == second]
            yield *both, (spread[0] + spread[1]) / 2


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
