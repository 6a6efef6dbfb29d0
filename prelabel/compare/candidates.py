"""Rows of two raters that may be one object, and the matching at any threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Flag, Kind
from geometry import boxes, masks, matching
from geometry.overlaps import Pairs, expand
from prelabel.compare import similarity, views
from prelabel.compare.similarity import Against, Sigmas, Sizes
from prelabel.compare.tasks import task_for

__all__ = ["Candidates", "Match", "candidates"]

Ints = NDArray[np.int64]
Floats = NDArray[np.floating]
Flags = NDArray[np.bool_]

COVERED = 0.5
"""Share of a shape inside a crowd from which the crowd accounts for it."""
TILT = 1e-12
"""Tells choices of equal worth apart; less than `matching.BONUS`."""
IRRATIONAL = np.sqrt([2.0, 3.0, 5.0, 7.0, 11.0])


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


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Pairs of rows of tables a and b that are alike enough to be looked at.

    `rows_a`, `rows_b` take part; `pairs` (i, j, likeness) are rows of the tables, `equal` (P,)
    whether their labels are. `alone_a` (N,), `alone_b` (M,): whether a row counts as missed by the
    other side where it has no partner; false for one that a crowd there accounts for.
    """

    a: Annotations
    b: Annotations
    rows_a: Ints
    rows_b: Ints
    pairs: Pairs
    equal: Flags
    alone_a: Flags
    alone_b: Flags

    def match(self, threshold: float) -> Match:
        """The best one-to-one choice among pairs with likeness >= `threshold`: see `match`."""
        i, j, likeness = self.pairs
        alike = likeness >= threshold
        same = self._chosen(alike & self.equal)
        free = ~(_among(i, i[same], len(self.a)) | _among(j, j[same], len(self.b)))
        other = self._chosen(alike & free & ~self.equal)
        taken = np.concatenate([same, other])
        return Match(
            np.column_stack([i[same], j[same]]),
            likeness[same],
            np.column_stack([i[other], j[other]]),
            likeness[other],
            _left(self.rows_a, i[taken], self.alone_a),
            _left(self.rows_b, j[taken], self.alone_b),
        )

    def near(self, found: Match, threshold: float) -> Ints:
        """Rows of one side only that are an object of the same label out of place, (K, 2).

        They are paired where likeness is at least this lower `threshold`.
        """
        i, j, likeness = self.pairs
        left = _among(i, found.only_a, len(self.a)) & _among(j, found.only_b, len(self.b))
        chosen = self._chosen(left & self.equal & (likeness >= threshold))
        return np.column_stack([i[chosen], j[chosen]])

    def _chosen(self, wanted: Flags) -> Ints:
        """Positions of the best one-to-one choice among the wanted pairs.

        Choices of equal worth are told apart by where the shapes lie, so that neither the order of
        the rows nor of the sides matters.
        """
        places = np.flatnonzero(wanted)
        i, j, likeness = self.pairs[0][places], self.pairs[1][places], self.pairs[2][places]
        tilt = np.modf(_place(self.a, i) * _place(self.b, j))[0] * TILT
        return places[matching.optimal((i, j, likeness + tilt), len(self.a), len(self.b))]


def candidates(
    a: Annotations,
    b: Annotations,
    *,
    threshold: float = 0.0,
    task: str = "auto",
    size: Sizes = None,
    sigmas: Sigmas = None,
    against: Against = "annotator",
) -> Candidates:
    """Pairs of rows with likeness >= `threshold`; any `match` from there up can be made of them.

    The arguments are those of `match`.
    """
    task = task_for(task, a, b)
    rows, others = _taking_part(a, task), _taking_part(b, task)
    ours, theirs = a[rows], b[others]
    found = similarity.similar(
        ours, theirs, threshold=threshold, task=task, size=size, sigmas=sigmas, against=against
    )
    i, j, likeness = _joined(found, _tags(ours, theirs))
    i, j = rows[i], others[j]
    equal = a.labels[i] == b.labels[j]
    pairs = i, j, likeness
    return Candidates(
        a, b, rows, others, pairs, equal, ~_covered(a, b, task), ~_covered(b, a, task)
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


def _among(values: Ints, rows: Ints, count: int) -> Flags:
    """Whether each value is one of the rows of a table of `count`."""
    flags = np.zeros(count, dtype=bool)
    flags[rows] = True
    return flags[values]


def _left(rows: Ints, taken: Ints, alone: Flags) -> Ints:
    """The rows that have no partner and count as missed."""
    return rows[alone[rows] & ~_among(rows, taken, len(alone))]


def _place(table: Annotations, rows: Ints) -> Floats:
    """A number for where each row lies and what it is called."""
    corners = np.nan_to_num(table.boxes[rows])
    weighted = [corners[:, k] * IRRATIONAL[k] for k in range(4)]
    return 1.0 + sum(weighted) + table.labels[rows] * IRRATIONAL[4]


def _covered(table: Annotations, other: Annotations, task: str) -> Flags:
    """Whether a crowd of the other side, of the same picture and label, has a row inside."""
    covered = np.zeros(len(table), dtype=bool)
    for k in np.flatnonzero(other.flagged(Flag.CROWD)).tolist():
        same = (table.images == other.images[k]) & (table.labels == other.labels[k])
        rows = np.flatnonzero(same & (table.kinds != Kind.TAG))
        rows = rows[boxes.inside(table.boxes[rows], other.boxes[k : k + 1])[:, 0] > 0]
        if len(rows):
            covered[rows] = _inside(table[rows], other[k : k + 1], task) >= COVERED
    return covered


def _inside(table: Annotations, crowd: Annotations, task: str) -> Floats:
    """The share of each row that lies in a crowd, (N,): in its pixels where those are compared."""
    mask = None if crowd.masks is None else crowd.masks[0]
    if task in ("masks", "polygons") and mask is not None:
        return masks.iou(views.masked(table, mask.size), [mask], [True])[:, 0]
    return boxes.inside(table.boxes, crowd.boxes)[:, 0].astype(np.float64)
