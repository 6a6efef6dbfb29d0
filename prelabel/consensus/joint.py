"""The rows of all raters in one table, and which pairs of them are alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Flag, Kind
from geometry.overlaps import Pairs, expand
from prelabel.compare import similar
from prelabel.compare.blocks import Block
from prelabel.compare.similarity import Sigmas

__all__ = ["Joint", "Likeness", "joint", "pairs"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """All rows of a block, rater after rater.

    `raters` (N,) whose each is; `looked` (B, R) who looked at each picture; `sizes` of pictures.
    """

    table: Annotations
    raters: Ints
    looked: Bools
    sizes: tuple[tuple[int, int] | None, ...]


def joint(block: Block) -> Joint:
    """The rows of a block; those that mark an object's absence are left out."""
    tables = [table[~table.flagged(Flag.OUTSIDE)] for table in block.tables]
    raters = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    looked = np.stack([block.looked(r) for r in range(len(tables))], axis=1)
    return Joint(Annotations.concat(tables), raters, looked, block.sizes)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Which shapes are alike: see `prelabel.compare.similar`."""

    threshold: float
    task: str
    sigmas: Sigmas = None


def pairs(rows: Joint, asked: Likeness) -> Pairs:
    """Rows of two raters on one picture that are alike enough: (i, j, likeness).

    Crowds pair with crowds only. Tags pair with likeness 1 where they say the same; or any two,
    on a picture where nobody gives more than one: then they are votes for its class.
    """
    found = [*_shapes(rows, asked), _tags(rows)]
    i, j, likeness = (np.concatenate(column) for column in zip(*found, strict=True))
    return i, j, likeness


def _shapes(rows: Joint, asked: Likeness) -> Iterator[Pairs]:
    placed = rows.table.kinds != Kind.TAG
    crowd = rows.table.flagged(Flag.CROWD)
    for ours, theirs in combinations(range(rows.looked.shape[1]), 2):
        for kind in (False, True):
            first, second = (
                np.flatnonzero((rows.raters == r) & placed & (crowd == kind))
                for r in (ours, theirs)
            )
            if len(first) and len(second):
                i, j, likeness = similar(
                    rows.table[first],
                    rows.table[second],
                    threshold=asked.threshold,
                    task=asked.task,
                    size=rows.sizes,
                    sigmas=asked.sigmas,
                )
                yield first[i], second[j], likeness


def _tags(rows: Joint) -> Pairs:
    """Every tag with those of later raters on its picture."""
    tags = np.flatnonzero(rows.table.kinds == Kind.TAG)
    images, raters = rows.table.images[tags].astype(np.int64), rows.raters[tags]
    order = np.argsort(images, kind="stable")
    tags, images, raters = tags[order], images[order], raters[order]
    nth, mate = expand(np.arange(len(tags)) + 1, np.searchsorted(images, images, "right"))
    seats, often = np.unique(images * rows.looked.shape[1] + raters, return_counts=True)
    several = np.unique(seats[often > 1] // rows.looked.shape[1])
    labels = rows.table.labels[tags]
    wanted = (labels[nth] == labels[mate]) | ~np.isin(images[nth], several)
    wanted &= raters[nth] != raters[mate]
    return tags[nth[wanted]], tags[mate[wanted]], np.ones(int(wanted.sum()))
