"""Rows of one object as a `Track` of geometry, and a track's shapes as columns of rows.

A row's kind says in which column its shape is; a box with keypoints moves by both.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import COLUMNS, SHAPE_OF, Kind
from formats.dataset import Label
from formats.unheld import stated
from geometry.rings import Rings
from geometry.tracks.track import Track

__all__ = ["SHAPES", "alike", "moved", "of_rows", "rule_for", "same", "shape_column"]

SHAPES = ("boxes", "rotated", "rings", "masks", "keypoints")
"""The columns that say where something is."""
BY_KIND = {Kind.BOX: "keypoints", **SHAPE_OF}
SKELETONS = {"cvat": "cvat-skeleton"}
"""Rules of `geometry.tracks.rules` that another one completes, for skeletons."""
STATED_ONCE = ("areas", "ids")
"""Columns that tell something of one row in its source, which no other row takes over."""


def shape_column(rows: Annotations) -> str:
    """The column that holds the shape of rows of one kind, "boxes" where there is no other."""
    name = BY_KIND.get(Kind(rows.kinds[0]), "boxes") if len(rows) else "boxes"
    value = getattr(rows, name)
    if value is None:
        return "boxes"
    if isinstance(value, Rings):
        return name if (value.counts() > 0).all() else "boxes"
    if name == "masks":
        return name if all(mask is not None for mask in value) else "boxes"
    axes = tuple(range(1, value.ndim))
    return "boxes" if np.isnan(value).all(axis=axes).any() else name


def alike(rows: Annotations) -> list[tuple[int, int]]:
    """Runs of rows, from and to, that are of one kind and have their shape in one column."""
    keys = 2 * rows.kinds.astype(np.int64)
    for kind, name in BY_KIND.items():
        of = rows.kinds == kind
        if of.any() and getattr(rows, name) is not None:
            keys[of] += stated(rows, name)[of]
    cuts = np.flatnonzero(np.diff(keys)) + 1
    return list(pairwise([0, *cuts.tolist(), len(rows)]))


def of_rows(rows: Annotations) -> Track:
    """The track of one object's rows of one kind, in ascending frames."""
    name = shape_column(rows)
    shape: dict[str, Any] = {} if name == "boxes" else {name: getattr(rows, name)}
    if name == "keypoints":
        shape[name] = shape[name][:, : _most(shape[name])]
    closed = not (name == "rings" and rows.kinds[0] == Kind.LINE)
    return Track(rows.images.astype(np.int64), rows.boxes, closed=closed, **shape)


def _most(keypoints: NDArray[np.float64]) -> int:
    """How many points rows have: a column is as wide as its widest row, of any class."""
    return int(np.flatnonzero(~np.isnan(keypoints).all(axis=(0, 2)))[-1]) + 1


def rule_for(rule: str, rows: Annotations, labels: Sequence[Label] | None) -> str:
    """The rule by which a tool fills in rows of one class: CVAT moves each point of a skeleton.

    Without `labels`, rows with points are taken for skeletons.
    """
    skeleton = labels is None or bool(labels[int(rows.labels[0])].keypoints)
    return SKELETONS.get(rule, rule) if skeleton else rule


def moved(rows: Annotations, track: Track) -> Annotations:
    """The rows at the frames and with the shapes of a track of as many rows.

    Other shapes that the rows had belong to other frames and go, as do ids and stated areas.
    """
    name = shape_column(rows)
    gone = [c for c in (*SHAPES[1:], *STATED_ONCE) if c != name and c in rows.columns()]
    columns: dict[str, Any] = dict.fromkeys(gone)
    if name != "boxes":
        columns[name] = getattr(track, name)
    if name == "keypoints" and rows.keypoints is not None:
        more = rows.keypoints.shape[1] - columns[name].shape[1]
        columns[name] = np.pad(columns[name], [(0, 0), (0, more), (0, 0)], constant_values=np.nan)
    images = track.frames.astype(COLUMNS["images"].dtype)
    return rows.with_columns(images=images, boxes=track.boxes, **columns)


def same(rows: Annotations, others: Annotations) -> NDArray[np.bool_]:
    """(N,) whether rows of one kind have the very same shape."""
    name = shape_column(rows)
    found = np.asarray((rows.boxes == others.boxes).all(axis=1))
    if name == "boxes":
        return found
    pairs = zip(_cells(rows, name), _cells(others, name), strict=True)
    return found & np.fromiter((a == b for a, b in pairs), bool, len(rows))


def _cells(rows: Annotations, name: str) -> list[Any]:
    """The shapes as values that can be compared."""
    value = getattr(rows, name)
    if isinstance(value, Rings):
        return [[[ring.tolist() for ring in part] for part in row] for row in value]
    if name == "masks":
        return [(mask.size, mask.runs.tolist()) for mask in value]
    return [np.nan_to_num(cell, nan=-1.0).tolist() for cell in value]
