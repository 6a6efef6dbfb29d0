"""`edits`: what a person has to do to pre-labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from prelabel.compare.matching import match
from prelabel.compare.similarity import Sigmas, Sizes

__all__ = ["ADJUSTABLE", "RIGHT", "Edits", "edits"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

RIGHT = 0.9
"""Likeness (IoU or OKS) from which a shape is taken as it stands."""
ADJUSTABLE = 0.5
"""Likeness from which a shape is worth adjusting; below, it is deleted and drawn anew."""


@dataclass(frozen=True, slots=True, eq=False)
class Edits:
    """The rows of both tables by what happens to them; each row stands in one place.

    `kept`, `moved`, `relabelled` are (K, 2) rows of (pre-label, corrected); `reshaped` (K,) tells
    which of `relabelled` need another outline as well. `deleted` are rows of the pre-labels,
    `drawn` rows of the corrected labels. Crowds, and shapes that only a crowd covers, stand
    nowhere: COCO's truth does not say how many there are.
    """

    kept: Ints
    moved: Ints
    relabelled: Ints
    reshaped: NDArray[np.bool_]
    deleted: Ints
    drawn: Ints
    tagged: Ints
    """Tags of the corrected labels that no pre-label has: chosen from a list, not drawn."""

    def counts(self) -> Ints:
        """How many edits of each kind, (6,) in the order of `cost.table.EDITS`."""
        moves = len(self.moved) + int(self.reshaped.sum())
        named = len(self.relabelled) + len(self.tagged)
        numbers = (len(self.kept), moves, len(self.deleted), len(self.drawn), named, 1)
        return np.array(numbers, dtype=np.int64)


def edits(
    pre: Annotations,
    corrected: Annotations,
    *,
    right: float = RIGHT,
    adjustable: float = ADJUSTABLE,
    size: Sizes = None,
    task: str = "auto",
    sigmas: Sigmas = None,
) -> Edits:
    """The edits between two tables that share their label numbers, of one picture or of many.

    Shapes of one class are paired first, where their likeness is at least `adjustable`; what is
    left is paired across classes. A pair is kept from `right` on, else moved. Rows meet where their
    `images` are equal; `size`, `task` and `sigmas` are those of `compare.match`.
    Empty tables give empty edits.
    """
    found = match(
        pre,
        corrected,
        threshold=adjustable,
        task=task,
        size=size,
        sigmas=sigmas,
        against="truth",
    )
    good = found.same_likeness >= right
    tags = corrected.kinds[found.only_b] == Kind.TAG
    return Edits(
        kept=found.same[good],
        moved=found.same[~good],
        relabelled=found.other,
        reshaped=found.other_likeness < right,
        deleted=found.only_a,
        drawn=found.only_b[~tags],
        tagged=found.only_b[tags],
    )
