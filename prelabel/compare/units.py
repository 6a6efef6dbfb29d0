"""Objects as several raters saw them: what alpha is computed of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from geometry.agreement import MISSING, UNRATED
from prelabel.compare.candidates import Candidates, Match

__all__ = ["units_of_all", "units_of_two"]

Ints = NDArray[np.int64]
Units = tuple[Ints, Ints]
"""(U, R) categories as in `geometry.agreement.alpha`, and (U,) the picture of each object."""


def units_of_two(pairs: Candidates, found: Match) -> Units:
    """The objects of two raters: pairs, and what one of them has alone."""
    a, b = pairs.a, pairs.b
    together = np.concatenate([found.same, found.other])
    rows, others = together[:, 0], together[:, 1]
    missing = [np.full(len(alone), MISSING) for alone in (found.only_b, found.only_a)]
    first = np.concatenate([a.labels[rows], a.labels[found.only_a], missing[0]])
    second = np.concatenate([b.labels[others], missing[1], b.labels[found.only_b]])
    pictures = [a.images[rows], a.images[found.only_a], b.images[found.only_b]]
    return np.column_stack([first, second]).astype(np.int64), np.concatenate(pictures)


def units_of_all(
    tables: Sequence[Annotations],
    looked: NDArray[np.bool_],
    between: Mapping[tuple[int, int], Candidates],
    threshold: float,
) -> Units:
    """The objects of R raters, each at most once in every rater's table, all pairs of it alike.

    `looked` (pictures, R); `between` has the candidates of each two raters. Who did not look gave
    no rating; neither did one in whose crowd the object lies.
    """
    from geometry.consensus.clusters import clusters

    starts = np.cumsum([0, *(len(table) for table in tables)])
    owner = np.repeat(np.arange(len(tables)), np.diff(starts))
    labels = np.concatenate([table.labels for table in tables]).astype(np.int64)
    pictures = np.concatenate([table.images for table in tables]).astype(np.int64)
    number = clusters(owner, _links(between, starts, threshold), labels)
    part = np.concatenate([_part(r, between, len(table)) for r, table in enumerate(tables)])
    units = np.full((int(number.max(initial=-1)) + 1, len(tables)), MISSING)
    place = np.zeros(len(units), dtype=np.int64)
    place[number] = pictures
    units[~looked[place]] = UNRATED
    for (r, s), pairs in between.items():
        units[number[starts[r] : starts[r + 1]][~pairs.alone_a], s] = UNRATED
        units[number[starts[s] : starts[s + 1]][~pairs.alone_b], r] = UNRATED
    units[number[part], owner[part]] = labels[part]
    there = np.unique(number[part])
    return units[there], place[there]


def _links(
    between: Mapping[tuple[int, int], Candidates], starts: Ints, threshold: float
) -> tuple[Ints, Ints, NDArray[np.floating]]:
    """All pairs that are alike enough, as rows of all tables one after another."""
    found = []
    for (r, s), pairs in between.items():
        i, j, likeness = pairs.pairs
        alike = likeness >= threshold
        found.append((i[alike] + starts[r], j[alike] + starts[s], likeness[alike]))
    i, j, likeness = (np.concatenate(column) for column in zip(*found, strict=True))
    return i, j, likeness


def _part(
    rater: int, between: Mapping[tuple[int, int], Candidates], count: int
) -> NDArray[np.bool_]:
    """Whether each row of a rater takes part."""
    part = np.zeros(count, dtype=bool)
    for (r, s), pairs in between.items():
        if rater in (r, s):
            part[pairs.rows_a if rater == r else pairs.rows_b] = True
    return part
