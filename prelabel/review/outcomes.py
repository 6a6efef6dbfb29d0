"""What became of candidates: which objects of a reference they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from prelabel.compare import match
from prelabel.compare.similarity import Sizes
from prelabel.review.candidates import SAME

__all__ = ["LOOSE", "Outcome", "compare"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LOOSE = 0.25
"""From this likeness on a shape may be a badly placed one of an object."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """N candidates against R objects of a reference.

    `object` (N,): the object that a candidate is, -1 for none; `likeness` (N,) to it, 0 for none;
    `same` (N,): of its class. `ignored` (N,): a crowd covers it, so nothing is known. `covered`
    (R,): the candidate that an object is, -1 for none; `counts` (R,): not a crowd.
    """

    object: Ints
    likeness: Floats
    same: Bools
    ignored: Bools
    covered: Ints
    counts: Bools

    @property
    def found(self) -> Bools:
        """(N,) a candidate is an object, of its class and in its place."""
        return self.same & (self.likeness >= SAME)

    @property
    def mistaken(self) -> Bools:
        """(N,) a candidate is an object, in its place but of another class."""
        return ~self.same & (self.object >= 0) & (self.likeness >= SAME)


def compare(
    table: Annotations,
    reference: Annotations,
    first: Bools,
    *,
    task: str = "auto",
    size: Sizes = None,
) -> Outcome:
    """Pair candidates with objects; the `first` (N,) choose before the others do.

    What is surely the same object is paired before what may be a badly placed one, but before the
    others: among many poor proposals there is one that fits any shape.
    """
    n, r = len(table), len(reference)
    made = Outcome(
        np.full(n, -1),
        np.zeros(n),
        np.zeros(n, dtype=bool),
        np.zeros(n, dtype=bool),
        np.full(r, -1),
        np.zeros(r, dtype=bool),
    )
    for chosen in (first, ~first):
        for threshold in (SAME, LOOSE):
            _pair(made, table, reference, chosen, threshold, task, size)
    return made


def _pair(
    made: Outcome,
    table: Annotations,
    reference: Annotations,
    chosen: Bools,
    threshold: float,
    task: str,
    size: Sizes,
) -> None:
    """One round: candidates and objects that are still free; crowds stay in the reference."""
    rows = np.flatnonzero(chosen & (made.object < 0))
    others = np.flatnonzero(made.covered < 0)
    found = match(table[rows], reference[others], threshold=threshold, task=task, size=size)
    for pairs, likeness, same in (
        (found.same, found.same_likeness, True),
        (found.other, found.other_likeness, False),
    ):
        a, b = rows[pairs[:, 0]], others[pairs[:, 1]]
        made.object[a], made.covered[b] = b, a
        made.likeness[a], made.same[a] = likeness, same
        made.counts[b] = True
    made.counts[others[found.only_b]] = True
    told = np.concatenate([found.same[:, 0], found.other[:, 0], found.only_a])
    made.ignored[np.setdiff1d(rows, rows[told])] = True
