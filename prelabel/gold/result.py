"""What gold checks say of annotators."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prelabel.reports import Estimate

__all__ = ["FIGURES", "Checked", "Drift", "Rater", "Window"]

FIGURES = ("f1", "precision", "recall", "mean_iou", "class_accuracy")


@dataclass(frozen=True, slots=True)
class Window:
    """Neighbouring gold pictures in time: from and to (seconds since 1970), how many, their F1."""

    start: float
    stop: float
    pictures: int
    f1: Estimate


@dataclass(frozen=True, slots=True)
class Drift:
    """How a rater's F1 changes over time: in windows, and `change`, the later half less the earlier
    one; it is `sure` where its interval does not reach 0."""

    windows: tuple[Window, ...]
    change: Estimate

    @property
    def sure(self) -> bool:
        """Whether the change is more than chance would give."""
        return self.change.low > 0 or self.change.high < 0


@dataclass(frozen=True, slots=True)
class Rater:
    """One annotator: gold pictures and gold objects seen, figures with intervals, and a weight.

    `figures` by the names of `FIGURES`; `drift` None where times are not told or too few.
    """

    name: str
    pictures: int
    objects: int
    figures: Mapping[str, Estimate]
    weight: float
    drift: Drift | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """All annotators on the gold pictures; `told` are facts for the user."""

    raters: tuple[Rater, ...]
    gold: int
    told: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Everything; ``raters.NAME.weight`` is what `prelabel consensus --weights` reads."""
        return {
            "gold_pictures": self.gold,
            "raters": {rater.name: _rater(rater) for rater in self.raters},
            "told": list(self.told),
        }


def _rater(rater: Rater) -> dict[str, Any]:
    figures = {name: _estimate(value) for name, value in rater.figures.items()}
    return {
        "weight": rater.weight,
        "pictures": rater.pictures,
        "objects": rater.objects,
        **figures,
        "drift": None if rater.drift is None else _drift(rater.drift),
    }


def _drift(drift: Drift) -> dict[str, Any]:
    windows: Sequence[dict[str, Any]] = [
        {"from": w.start, "to": w.stop, "pictures": w.pictures, "f1": _estimate(w.f1)}
        for w in drift.windows
    ]
    return {"change": _estimate(drift.change), "sure": drift.sure, "windows": windows}


def _estimate(value: Estimate) -> dict[str, float | None]:
    told = {"value": value.value, "low": value.low, "high": value.high}
    return {name: None if math.isnan(number) else number for name, number in told.items()}
