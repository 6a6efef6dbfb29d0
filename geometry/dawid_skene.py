"""Classes from the votes of raters who err, each in ways of their own (Dawid and Skene 1979).

A unit has one true class, which nobody sees; a rater r who looks at a unit of class t votes v with
probability ``confusion[r, t, v]``. Votes alone tell both, by expectation and maximisation: who
agrees with the others is trusted more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geometry.errors import GeometryError

__all__ = ["DawidSkene", "dawid_skene"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Votes = Any
"""A sparse matrix (R * K, U): how often a rater said a class, of each unit."""
LEAST = 1e-10
"""No class and no error is held to be impossible."""


@dataclass(frozen=True, slots=True, eq=False)
class DawidSkene:
    """What votes tell about units, classes and raters."""

    posterior: Floats
    """(U, K) probability of each class of a unit; a unit without a vote has the prior."""
    prior: Floats
    """(K,) share of each class."""
    confusion: Floats
    """(R, K, K) probability that a rater votes [.., .., v] where [.., t, ..] is true; a rater
    without a vote on units of that class has 1/K."""
    rounds: int
    """Rounds until nothing moved any more, or the most allowed."""

    def accuracy(self) -> Floats:
        """How often each rater is right, (R,), over units as the prior has them."""
        right: Floats = np.einsum("rkk,k->r", self.confusion, self.prior)
        return right

    def labels(self) -> Ints:
        """The most probable class of every unit, (U,); the lower number of equals."""
        return self.posterior.argmax(axis=1)


def dawid_skene(
    units: ArrayLike,
    raters: ArrayLike,
    votes: ArrayLike,
    *,
    classes: int | None = None,
    count: int | None = None,
    smoothing: float = 0.0,
    rounds: int = 100,
    tolerance: float = 1e-6,
) -> DawidSkene:
    """Fit classes and raters to votes: rater ``raters[n]`` says class ``votes[n]`` of ``units[n]``.

    All three (N,), numbers from 0; a unit may have any number of votes. There are `classes`
    classes and `count` units, or as many as the numbers tell. It begins at the shares of the
    votes and ends when the log-likelihood grows by less than `tolerance` a vote, or after `rounds`.
    `smoothing` imaginary votes are shared out among the classes of each row of a confusion
    matrix, in proportion to how the raters vote together where that class is true: with few votes a
    rater is taken for one of the others, rather than for one who never errs. GeometryError for
    columns of different lengths or numbers out of range.
    """
    unit, rater, vote = (np.asarray(c, dtype=np.int64) for c in (units, raters, votes))
    shape = _shape(unit, rater, vote, classes, count)
    counts = np.bincount(unit * shape[2] + vote, minlength=shape[0] * shape[2])
    belief = _shares(counts.reshape(shape[0], shape[2]).astype(np.float64))
    told = _matrix(unit, rater, vote, shape)
    voted = np.bincount(unit, minlength=shape[0]) > 0
    prior, confusion = _learned(belief, told, voted, smoothing)
    before, done = -np.inf, 0
    while done < rounds and len(unit):
        belief, likelihood = _belief(prior, confusion, told, voted)
        prior, confusion = _learned(belief, told, voted, smoothing)
        done += 1
        if likelihood - before < tolerance * len(unit):
            break
        before = likelihood
    return DawidSkene(belief, prior, _stated(confusion), done)


def _shape(
    unit: Ints, rater: Ints, vote: Ints, classes: int | None, count: int | None
) -> tuple[int, int, int]:
    """How many units, raters and classes there are."""
    if not len(unit) == len(rater) == len(vote):
        raise GeometryError(
            f"{len(unit)} units, {len(rater)} raters, {len(vote)} votes, expected as many"
        )
    most = [int(column.max(initial=-1)) + 1 for column in (unit, rater, vote)]
    wanted = [most[0] if count is None else count, most[1], most[2] if classes is None else classes]
    low = min((int(column.min(initial=0)) for column in (unit, rater, vote)), default=0)
    if low < 0 or any(found > limit for found, limit in zip(most, wanted, strict=True)):
        raise GeometryError(f"votes {most} with least {low}, expected 0 up to {wanted}")
    return wanted[0], wanted[1], wanted[2]


def _matrix(unit: Ints, rater: Ints, vote: Ints, shape: tuple[int, int, int]) -> Votes:
    """What everybody said, so that sums over votes are products of matrices."""
    from scipy.sparse import csr_array  # takes half a second

    places = (rater * shape[2] + vote, unit)
    return csr_array((np.ones(len(unit)), places), shape=(shape[1] * shape[2], shape[0]))


def _learned(
    belief: Floats, votes: Votes, voted: NDArray[np.bool_], smoothing: float
) -> tuple[Floats, Floats]:
    """Prior and confusion that fit best to what is believed of the units that have votes."""
    classes = belief.shape[1]
    raters = votes.shape[0] // max(classes, 1)
    if not voted.any():
        return _shares(np.zeros((1, classes)))[0], np.zeros((raters, classes, classes))
    seen = np.asarray(votes @ belief).reshape(raters, classes, classes)
    told = np.asarray(votes.sum(axis=1)).reshape(raters, classes) > 0
    return belief[voted].mean(axis=0), _confusion(seen, told, smoothing)


def _confusion(seen: Floats, told: NDArray[np.bool_], extra: float) -> Floats:
    """How every rater votes where each class is true, (R, K, K).

    `seen` (R, K, K): votes [.., v, ..] by what is believed to be true; `told` (R, K): the classes
    that a rater says at all.
    """
    if extra:
        together = seen.sum(axis=0)
        seen = seen + extra * together / np.maximum(together.sum(axis=0), LEAST)
    seen = np.maximum(seen, LEAST)
    seen = seen if extra else np.where(told[:, :, None], seen, 0.0)
    return (seen / np.maximum(seen.sum(axis=1, keepdims=True), LEAST)).transpose(0, 2, 1)


def _belief(
    prior: Floats, confusion: Floats, votes: Votes, voted: NDArray[np.bool_]
) -> tuple[Floats, float]:
    """The probability of each class of every unit (U, K), and the log-likelihood of all votes."""
    told = np.log(np.maximum(confusion, LEAST)).transpose(0, 2, 1).reshape(-1, len(prior))
    logs = np.asarray(votes.T @ told) + np.log(np.maximum(prior, LEAST))
    most = logs.max(axis=1, keepdims=True)
    weights = np.exp(logs - most)
    total = weights.sum(axis=1, keepdims=True)
    return weights / total, float((np.log(total) + most)[voted].sum())


def _shares(counts: Floats) -> Floats:
    """Rows that sum to 1; a row without a vote gives every class the same."""
    total = counts.sum(axis=1, keepdims=True)
    even = np.full_like(counts, 1 / max(counts.shape[1], 1))
    return np.divide(counts, total, out=even, where=total > 0)


def _stated(confusion: Floats) -> Floats:
    """Every row sums to 1."""
    return _shares(confusion.reshape(-1, confusion.shape[2])).reshape(confusion.shape)
