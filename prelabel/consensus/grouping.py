"""Which rows of a block are one object, who drew each, and how far they agree on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Flag
from geometry import agreement
from geometry.consensus import clusters
from geometry.overlaps import Pairs
from prelabel.consensus.joint import Joint, Likeness, pairs

__all__ = ["Groups", "grouped", "groups_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NOBODY = -1
"""No row of a rater in a cluster."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The C clusters of a block of B pictures and R raters."""

    cluster: Ints
    """(N,) the cluster of each row of the joint table."""
    images: Ints
    """(C,) the picture of each cluster."""
    labels: Ints
    """(C, R) the class that each rater gives it, -1 where the rater has not drawn it."""
    crowd: Bools
    """(C,) whether it is a crowd region."""
    agreement: Floats
    """(C,) mean over pairs of raters who looked: the likeness where both drew it with one class,
    else 0; NaN where only one looked."""
    looked: Bools
    """(B, R) who looked at each picture."""

    @property
    def drawn(self) -> Bools:
        """(C, R) who drew each."""
        return self.labels != NOBODY

    def share(self, chosen: Bools, weight: Floats) -> Floats:
        """(C,) the share of the weight of those who looked that the `chosen` (C, R) have."""
        looked = self.looked[self.images] @ weight
        return np.divide(chosen @ weight, looked, out=np.zeros(len(chosen)), where=looked > 0)

    def pictures(self) -> Floats:
        """(B,) the mean F1 of all pairs of raters who looked at each picture.

        1 where both drew nothing; NaN where fewer than two looked. Crowds do not count.
        """
        total, count = np.zeros((2, len(self.looked)))
        for r in range(self.looked.shape[1]):
            for s in range(r):
                both = self.looked[:, r] & self.looked[:, s]
                total[both] += self._f1(r, s)[both]
                count += both
        return np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)

    def tied(self, weight: Floats) -> Bools:
        """(C,) whether two classes have the same, greatest weight of votes."""
        shares = np.zeros(self.labels.shape)
        for rater in range(self.labels.shape[1]):
            label = self.labels[:, rater, None]
            shares[:, rater] = ((self.labels == label) & (label >= 0)) @ weight
        best = (shares > 0) & np.isclose(shares, shares.max(axis=1, initial=0.0, keepdims=True))
        most = np.where(best, self.labels, NOBODY).max(axis=1)
        least = np.where(best, self.labels, np.iinfo(np.int64).max).min(axis=1)
        return best.any(axis=1) & (most != least)

    def _f1(self, r: int, s: int) -> Floats:
        """(B,) the F1 of two raters."""
        ours, theirs = self.labels[:, r], self.labels[:, s]
        plain = ~self.crowd
        both = self._count(plain & (ours == theirs) & (ours != NOBODY))
        one, other = (self._count(plain & (labels != NOBODY)) for labels in (ours, theirs))
        return agreement.f1(both, one - both, other - both)

    def _count(self, wanted: Bools) -> Ints:
        return np.bincount(self.images[wanted], minlength=len(self.looked))


def grouped(rows: Joint, asked: Likeness) -> Groups:
    """The clusters of a block whose members are all alike enough."""
    found = pairs(rows, asked)
    cluster = clusters(rows.raters, found, rows.table.labels)
    return groups_of(rows, cluster, found)


def groups_of(rows: Joint, cluster: Ints, found: Pairs) -> Groups:
    """What is known of clusters (N,), given the likeness of pairs of rows."""
    count = int(cluster.max(initial=-1)) + 1
    there = cluster >= 0
    labels = np.full((count, rows.looked.shape[1]), NOBODY, dtype=np.int64)
    labels[cluster[there], rows.raters[there]] = rows.table.labels[there]
    images = np.zeros(count, dtype=np.int64)
    images[cluster[there]] = rows.table.images[there]
    crowd = np.zeros(count, dtype=bool)
    crowd[cluster[there]] = rows.table.flagged(Flag.CROWD)[there]
    together = _likeness(rows, cluster, found, count)
    lookers = rows.looked.sum(axis=1)[images]
    of = lookers * (lookers - 1) / 2
    agreed = np.divide(together, of, out=np.full(count, np.nan), where=of > 0)
    return Groups(cluster, images, labels, crowd, agreed, rows.looked)


def _likeness(rows: Joint, cluster: Ints, found: Pairs, count: int) -> Floats:
    """(C,) the summed likeness of the pairs of members of one class."""
    i, j, likeness = found
    agreed = (cluster[i] == cluster[j]) & (rows.table.labels[i] == rows.table.labels[j])
    together = np.bincount(cluster[i[agreed]], likeness[agreed], minlength=count)
    return together.astype(np.float64)
