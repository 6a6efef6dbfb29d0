"""Counts of pairs between two raters, by picture and by class, and the figures made of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geometry import agreement
from prelabel.compare.candidates import Candidates, Match

__all__ = ["COLUMNS", "Counts", "by_class", "by_picture", "crossed"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Keys = NDArray[np.integer]

COLUMNS = ("same", "what_a", "what_b", "where", "only_a", "only_b", "total")
SAME, WHAT_A, WHAT_B, WHERE, ONLY_A, ONLY_B, TOTAL = range(len(COLUMNS))


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """What became of the objects of two raters: `values` (..., 7), in the order of `COLUMNS`.

    `same`: pairs of one class. `what_a`, `what_b`: objects of a and of b whose partner has another
    class. `where`: pairs of one class that lie too far apart to be one object. `only_a`, `only_b`:
    what one side has and the other has nothing like. `total`: summed likeness of `same`. Counts of
    pictures, pairs of raters or classes may be added.
    """

    values: Floats

    @property
    def same(self) -> Floats:
        """Pairs of one class."""
        return self.values[..., SAME]

    @property
    def what(self) -> Floats:
        """Pairs whose classes differ; of a single class, half its objects in such pairs."""
        return (self.values[..., WHAT_A] + self.values[..., WHAT_B]) / 2

    @property
    def where(self) -> Floats:
        """Pairs of one class whose places differ."""
        return self.values[..., WHERE]

    @property
    def only_a(self) -> Floats:
        """Objects that b has nothing like."""
        return self.values[..., ONLY_A]

    @property
    def only_b(self) -> Floats:
        """Objects that a has nothing like."""
        return self.values[..., ONLY_B]

    @property
    def total(self) -> Floats:
        """Summed likeness of `same`."""
        return self.values[..., TOTAL]

    @property
    def fp(self) -> Floats:
        """Objects of a that are no pair of one class."""
        return self.values[..., [WHAT_A, WHERE, ONLY_A]].sum(axis=-1)

    @property
    def fn(self) -> Floats:
        """Objects of b that are no pair of one class."""
        return self.values[..., [WHAT_B, WHERE, ONLY_B]].sum(axis=-1)

    @property
    def objects(self) -> Floats:
        """Objects of both sides."""
        return 2 * self.same + self.fp + self.fn

    def f1(self) -> Floats:
        """See `geometry.agreement.f1`."""
        return agreement.f1(self.same, self.fp, self.fn)

    def precision(self) -> Floats:
        """The share of a's objects that b has, too."""
        return agreement.precision(self.same, self.fp, self.fn)

    def recall(self) -> Floats:
        """The share of b's objects that a has, too."""
        return agreement.recall(self.same, self.fp, self.fn)

    def mean_iou(self) -> Floats:
        """See `geometry.agreement.mean_iou`."""
        return agreement.mean_iou(self.total, self.same, self.fp, self.fn)

    def pq(self) -> Floats:
        """See `geometry.agreement.pq`."""
        return agreement.pq(self.total, self.same, self.fp, self.fn)


def by_picture(found: Match, near: Ints, pairs: Candidates, count: int) -> Floats:
    """Counts of each of `count` pictures, (count, 7)."""
    return _tallied(found, near, pairs.a.images, pairs.b.images, count)


def by_class(
    found: Match, near: Ints, pairs: Candidates, group: Ints, shape: tuple[int, int]
) -> Floats:
    """Counts of each group of pictures and class, (groups, classes, 7); `group` by picture."""
    groups, classes = shape
    keys = [group[table.images] * classes + table.labels for table in (pairs.a, pairs.b)]
    counts = _tallied(found, near, keys[0], keys[1], groups * classes)
    return counts.reshape(groups, classes, len(COLUMNS))  # of no classes too


def _tallied(found: Match, near: Ints, of_a: Keys, of_b: Keys, count: int) -> Floats:
    """Counts by a key of the rows, (count, 7); a pair of one class counts where a's row does."""
    out = np.zeros((count, len(COLUMNS)))
    for column, keys in (
        (SAME, of_a[found.same[:, 0]]),
        (WHAT_A, of_a[found.other[:, 0]]),
        (WHAT_B, of_b[found.other[:, 1]]),
        (WHERE, of_a[near[:, 0]]),
        (ONLY_A, of_a[found.only_a]),
        (ONLY_B, of_b[found.only_b]),
    ):
        out[:, column] = np.bincount(keys, minlength=count)
    out[:, [ONLY_A, ONLY_B]] -= out[:, [WHERE]]
    out[:, TOTAL] = np.bincount(of_a[found.same[:, 0]], found.same_likeness, minlength=count)
    return out


def crossed(found: Match, pairs: Candidates, classes: int) -> tuple[Ints, Ints]:
    """What a's and b's objects were called: keys ``a * (classes + 1) + b``, and how often.

    The number `classes` stands for an object that the other side does not have.
    """
    none = np.int64(classes)
    a, b = pairs.a.labels.astype(np.int64), pairs.b.labels.astype(np.int64)
    together = np.concatenate([found.same, found.other])
    first = [a[together[:, 0]], a[found.only_a], np.full(len(found.only_b), none)]
    second = [b[together[:, 1]], np.full(len(found.only_a), none), b[found.only_b]]
    return np.unique(
        np.concatenate(first) * (classes + 1) + np.concatenate(second), return_counts=True
    )
