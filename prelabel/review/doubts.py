"""`Doubt`: one thing in a picture that is probably wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["KINDS", "WORDS", "Doubt"]

KINDS = ("missed", "class", "place", "extra")
"""An object without a shape; a shape of the wrong class; badly placed; of no object."""
WORDS = {
    "missed": "not labelled",
    "class": "wrong class",
    "place": "badly placed",
    "extra": "no such object",
}


@dataclass(frozen=True, slots=True, eq=False)
class Doubt:
    """A shape that is probably wrong, or one that is probably missing.

    `row`: in the item's table, -1 for a missing one. `label` and `box` (4,): as it is labelled, of
    a missing one as it is proposed. `proposed` and `proposed_box`: what the models say instead, -1
    and None for nothing. `chance`: that it is wrong. `scores`: of the models, NaN for one that
    sees nothing there.
    """

    kind: str
    row: int
    label: int
    box: NDArray[np.float64]
    chance: float
    proposed: int = -1
    proposed_box: NDArray[np.float64] | None = None
    scores: tuple[float, ...] = ()

    def as_json(self, names: tuple[str, ...], models: tuple[str, ...]) -> dict[str, Any]:
        """Plain values; boxes as x0 y0 x1 y1 in pixels, None for a tag."""
        told: dict[str, Any] = {
            "kind": self.kind,
            "chance": round(self.chance, 4),
            "row": self.row if self.row >= 0 else None,
            "label": names[self.label],
            "box": _plain(self.box),
        }
        if self.proposed >= 0:
            told["proposed"] = names[self.proposed]
        if self.proposed_box is not None:
            told["proposed_box"] = _plain(self.proposed_box)
        scores = zip(models, self.scores, strict=True) if self.scores else ()
        told["scores"] = {name: round(score, 4) for name, score in scores if score == score}
        return told


def _plain(box: NDArray[np.float64]) -> list[float] | None:
    return [round(v, 2) for v in box.tolist()] if np.isfinite(box).all() else None
