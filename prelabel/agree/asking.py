"""How raters are to be compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from prelabel.compare.similarity import Against
from prelabel.evaluate.sigmas import Sigmas

__all__ = ["Asked"]


@dataclass(frozen=True, slots=True)
class Asked:
    """The rules of a comparison; `figures` of prelabel.compare explains them.

    `threshold`: likeness from which two shapes are one object. `repeats`: how often pictures are
    drawn anew for the intervals of `level`, 0 for no intervals; `seed` of the draws.
    """

    threshold: float = 0.5
    task: str = "auto"
    sigmas: Sigmas = None
    against: Against = "annotator"
    repeats: int = 1000
    level: float = 0.95
    seed: int = 0

    def comparing(self) -> dict[str, Any]:
        """What `compare.figures` takes."""
        return {name: getattr(self, name) for name in ("threshold", "task", "sigmas", "against")}
