"""The shapes of two raters, paired one to one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Flag, Kind
from geometry import boxes, matching
from geometry.overlaps import Pairs, expand
from prelabel.compare import similarity, views
from prelabel.compare.similarity import Against, Sigmas, Sizes
from prelabel.compare.tasks import task_for

__all__ = ["Match", "match"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

COVERED = 0.5
"""Share of a shape inside a crowd from which the crowd accounts for it."""


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """Rows of a and b that are one object each.

    `same` (K, 2): pairs of equal label, `same_likeness` (K,) their IoU or OKS. `other` (L, 2) and
    `other_likeness` (L,): what is left, paired across labels. `only_a`, `only_b`: rows without a
    partner. Crowds, and rows that only a crowd of the other side covers, are in none of them.
    """

    same: Ints
    same_likeness: Floats
    other: Ints
    other_likeness: Floats
    only_a: Ints
    only_b: Ints


def match(
    a: Annotations,
    b: Annotations,
    *,
    threshold: float = 0.5,
    task: str = "auto",
    size: Sizes = None,
    sigmas: Sigmas = None,
    against: Against = "annotator",
) -> Match:
    """Pair the rows of two tables: greatest total likeness over pairs with likeness >= `threshold`.

    Rows of equal label go first; the leftovers are then paired across labels. Only rows with the
    same `images` number meet, so a table may hold many pictures. Tags pair by equal label, then
    any two that are left, with likeness 1. Crowds and rows marked `Flag.OUTSIDE` take no part; for
    keypoints neither do rows without a labelled one. See `similarity.similar` for the rest.
    """
    task = task_for(task, a, b)
    rows, others = _taking_part(a, task), _taking_part(b, task)
    ours, theirs = a[rows], b[others]
    pairs = _joined(
        similarity.similar(
            ours,
            theirs,
            threshold=threshold,
            task=task,
            size=size,
            sigmas=sigmas,
            against=against,
        ),
        _tags(ours, theirs),
    )
    i, j, likeness = pairs
    equal = ours.labels[i] == theirs.labels[j]
    same = _chosen(pairs, equal, len(ours), len(theirs))
    free = ~(np.isin(i, i[same]) | np.isin(j, j[same])) & ~equal
    other = _chosen(pairs, free, len(ours), len(theirs))
    taken = np.concatenate([same, other])
    return Match(
        np.column_stack([rows[i[same]], others[j[same]]]),
        likeness[same],
        np.column_stack([rows[i[other]], others[j[other]]]),
        likeness[other],
        _alone(a, np.delete(rows, i[taken]), b),
        _alone(b, np.delete(others, j[taken]), a),
    )


def _taking_part(table: Annotations, task: str) -> Ints:
    left_out = table.flagged(Flag.CROWD) | table.flagged(Flag.OUTSIDE)
    if task == "keypoints":
        left_out = left_out | ~(views.has_points(table) | (table.kinds == Kind.TAG))
    return np.flatnonzero(~left_out)


def _tags(a: Annotations, b: Annotations) -> Pairs:
    """Every tag of a with every tag of b of the same picture."""
    rows, others = (np.flatnonzero(table.kinds == Kind.TAG) for table in (a, b))
    if not len(rows) or not len(others):
        return rows[:0], others[:0], np.empty(0)
    order = np.argsort(b.images[others], kind="stable")
    images = b.images[others][order]
    starts, stops = (np.searchsorted(images, a.images[rows], side) for side in ("left", "right"))
    nth, member = expand(starts, stops)
    return rows[nth], others[order[member]], np.ones(len(nth))


def _joined(pairs: Pairs, more: Pairs) -> Pairs:
    if not len(more[0]):
        return pairs
    i, j, likeness = (np.concatenate(column) for column in zip(pairs, more, strict=True))
    order = np.lexsort((j, i))
    return i[order], j[order], likeness[order]


def _chosen(pairs: Pairs, wanted: Flags, n: int, m: int) -> Ints:
    """Positions of the best one-to-one choice among the wanted pairs."""
    places = np.flatnonzero(wanted)
    i, j, likeness = pairs
    return places[matching.optimal((i[places], j[places], likeness[places]), n, m)]


def _alone(table: Annotations, rows: Ints, other: Annotations) -> Ints:
    """Those of the rows that no crowd of the other side, of their label, accounts for."""
    crowd = other[other.flagged(Flag.CROWD)]
    if not len(crowd) or not len(rows):
        return rows
    inside = boxes.inside(table.boxes[rows], crowd.boxes) >= COVERED
    same = table.images[rows][:, None] == crowd.images
    return rows[~(inside & same & (table.labels[rows][:, None] == crowd.labels)).any(axis=1)]
