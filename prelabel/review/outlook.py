"""`Outlook`: what is to be expected of one picture before anybody corrects it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prelabel.cost.table import EDITS, CostTable
from prelabel.review.doubts import Doubt

__all__ = ["MOVED", "Outlook", "Rows"]

Floats = NDArray[np.float64]

MOVED = 0.25
"""What an outline that must be adjusted counts beside a missing, extra or misnamed object."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Chances of R shapes, (R,) each: that it has to be deleted, relabelled, moved.

    A relabelled one may have to be moved as well; `label` (R,) is its class.
    """

    label: NDArray[np.int64]
    delete: Floats
    relabel: Floats
    move: Floats

    @property
    def keep(self) -> Floats:
        """(R,) that it stays as it is."""
        return (1 - self.delete) * (1 - self.relabel) * (1 - self.move)


@dataclass(frozen=True, slots=True, eq=False)
class Outlook:
    """One picture: its shapes, objects that are probably missing, and what is in doubt.

    `missing` (K,) chances and `missing_label` (K,) classes of objects that have no shape; `unseen`
    the number of further ones that nothing points to, on average. In `rows`, `relabel` and `move`
    are chances given that the shape stays.
    """

    rows: Rows
    missing: Floats
    missing_label: NDArray[np.int64]
    unseen: float
    doubts: tuple[Doubt, ...]

    def edits(self) -> Floats:
        """(6,) expected counts of the edits of a cost table, one picture opened."""
        stays, counts = 1 - self.rows.delete, dict.fromkeys(EDITS, 0.0)
        counts["verify"] = float(self.rows.keep.sum())
        counts["adjust"] = float((stays * self.rows.move).sum())
        counts["relabel"] = float((stays * self.rows.relabel).sum())
        counts["delete"] = float(self.rows.delete.sum())
        counts["draw"] = float(self.missing.sum()) + self.unseen
        counts["picture"] = 1.0
        return np.array([counts[name] for name in EDITS])

    def seconds(self, cost: CostTable) -> float:
        """Expected seconds of correcting the picture."""
        return float(cost.seconds(self.edits()))

    def afresh(self, cost: CostTable) -> float:
        """Expected seconds of drawing everything on the empty picture."""
        objects = float((1 - self.rows.delete).sum() + self.missing.sum()) + self.unseen
        return objects * cost.draw + cost.picture

    def errors(self) -> float:
        """Expected number of missing, extra and misnamed objects."""
        stays = 1 - self.rows.delete
        wrong = float((self.rows.delete + stays * self.rows.relabel).sum())
        return wrong + float(self.missing.sum()) + self.unseen

    def sound(self) -> float:
        """Chance that there is no such error at all, each taken by itself."""
        stays = (1 - self.rows.delete) * (1 - self.rows.relabel)
        return float(np.prod(stays) * np.prod(1 - self.missing) * np.exp(-self.unseen))

    def worth(self, weights: Floats) -> float:
        """Expected errors, weighted by class (C,); a shape to be moved counts `MOVED`."""
        stays = 1 - self.rows.delete
        each = self.rows.delete + stays * (self.rows.relabel + MOVED * self.rows.move)
        told = float(weights[self.rows.label] @ each)
        return told + float(weights[self.missing_label] @ self.missing) + self.unseen
