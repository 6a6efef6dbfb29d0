"""What comes of several raters' labels: a dataset, and what is known of each picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from formats.dataset import Dataset

__all__ = ["Merged", "Seen"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One picture: how many looked, how far they agree, what was kept and what was not.

    `agreement` is the mean F1 of all pairs of raters, None where fewer than two looked.
    """

    path: str
    raters: int
    agreement: float | None
    kept: int
    dropped: int
    tied: int
    """Objects whose class has no more votes than another."""

    def doubt(self, below: float) -> str:
        """Why an expert should look at it; "" where nobody need."""
        if self.raters < 2:
            return "nobody looked" if not self.raters else "only one rater looked"
        if self.agreement is not None and self.agreement < below:
            return f"agreement {self.agreement:.3f}"
        return "class undecided" if self.tied else ""


@dataclass(frozen=True, slots=True, eq=False)
class Merged:
    """The consensus.

    `dataset` is made picture by picture as it is walked. `pictures` in its order. `told` are facts
    for the user. `accuracy`: how often each rater is right about classes, where votes tell it.
    """

    dataset: Dataset
    pictures: Sequence[Seen]
    raters: tuple[str, ...]
    weights: tuple[float, ...]
    told: tuple[str, ...] = ()
    accuracy: tuple[float, ...] = ()

    def experts(self, below: float) -> list[tuple[Seen, str]]:
        """Pictures that an expert should see, those of least agreement first, and why."""
        found = [(seen, why) for seen in self.pictures if (why := seen.doubt(below))]
        return sorted(found, key=lambda pair: _rank(pair[0]))

    @property
    def agreement(self) -> float | None:
        """The mean over pictures that two or more looked at."""
        known = [seen.agreement for seen in self.pictures if seen.agreement is not None]
        return float(np.mean(known)) if known else None

    def as_json(self, below: float) -> dict[str, Any]:
        """Figures, raters, and the pictures."""
        return {
            "raters": list(self._raters()),
            "agreement": self.agreement,
            "kept": sum(seen.kept for seen in self.pictures),
            "dropped": sum(seen.dropped for seen in self.pictures),
            "pictures": [record(seen, seen.doubt(below)) for seen in self.pictures],
            "told": list(self.told),
        }

    def _raters(self) -> Iterator[dict[str, Any]]:
        for k, name in enumerate(self.raters):
            right = {"class_accuracy": self.accuracy[k]} if self.accuracy else {}
            yield {"name": name, "weight": self.weights[k], **right}


def record(seen: Seen, why: str) -> dict[str, Any]:
    """A picture as JSON."""
    return {
        "path": seen.path,
        "raters": seen.raters,
        "agreement": seen.agreement,
        "kept": seen.kept,
        "dropped": seen.dropped,
        "expert": why,
    }


def _rank(seen: Seen) -> tuple[float, str]:
    return (-1.0 if seen.agreement is None else seen.agreement, seen.path)
