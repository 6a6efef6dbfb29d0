"""`tune`: thresholds of least expected seconds, and what they are worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prelabel.cost.table import CostTable
from prelabel.reports.cells import Estimate
from prelabel.tune.calibration import Calibration, calibrate
from prelabel.tune.examples import MOVED, NOTHING, Examples
from prelabel.tune.material import Material
from prelabel.tune.saved import mean, saved
from prelabel.tune.thresholds import FLOOR, best_f1, hits, least_cost, pooled_least_cost
from prelabel.tune.trial import NONE, RIVALS, TUNED, Trial, trials

__all__ = ["ENOUGH", "ClassLine", "Tuned", "tune"]

Floats = NDArray[np.float64]

ENOUGH = 50
"""Pictures from which thresholds are to be relied on."""
OBJECTS = 100


@dataclass(frozen=True, slots=True)
class ClassLine:
    """One class: its objects and detections in the corrected pictures, and its least score."""

    name: str
    objects: int
    detections: int
    right: int
    threshold: float


@dataclass(frozen=True, slots=True, eq=False)
class Tuned:
    """What was learned from corrected pictures.

    `thresholds` (C,) by label, `pooled` that of a class of which nothing is known; `best_f1` the
    one score of best F1. `trial`: what each way costs on pictures held out.
    """

    material: Material
    costs: CostTable
    calibration: Calibration
    examples: Examples
    thresholds: Floats
    pooled: float
    best_f1: float
    trial: Trial

    def least_scores(self) -> dict[str, float]:
        """The threshold of each class of the model, by its name."""
        return {name: float(self.thresholds[k]) for name, k in self.material.classes.items()}

    def seconds(self) -> dict[str, Estimate]:
        """Seconds of a picture by way, with their intervals."""
        return {way: mean(self.trial.seconds(way)) for way in (NONE, *RIVALS, TUNED)}

    def savings(self) -> dict[str, Estimate]:
        """Share of the seconds of each other way that the tuned thresholds save."""
        own = self.trial.seconds(TUNED)
        return {way: saved(own, self.trial.seconds(way)) for way in (NONE, *RIVALS)}

    def classes(self) -> list[ClassLine]:
        """A line for each class that has objects or detections, most objects first."""
        count = len(self.material.labels)
        objects = np.bincount(self.material.replay.true_labels, minlength=count)
        detections = np.bincount(self.examples.labels, minlength=count)
        good = self.examples.labels[self.examples.outcomes <= MOVED]
        right = np.bincount(good, minlength=count)
        rows = zip(
            self.material.labels,
            objects.tolist(),
            detections.tolist(),
            right.tolist(),
            self.thresholds.tolist(),
            strict=True,
        )
        lines = [ClassLine(*row) for row in rows if row[1] or row[2]]
        return sorted(lines, key=lambda line: (-line.objects, -line.detections, line.name))

    def notes(self) -> tuple[str, ...]:
        """What a reader of the figures has to know, one sentence each."""
        return (*self.material.told, *_notes(self))

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        replay = self.material.replay
        return {
            "pictures": replay.count,
            "objects": len(replay.true_labels),
            "detections": len(replay.scores),
            "costs": self.costs.as_json(),
            "thresholds": self.least_scores(),
            "threshold_of_unknown_classes": self.pooled,
            "threshold_of_best_f1": self.best_f1,
            "seconds": _plain(self.seconds()),
            "saved": _plain(self.savings()),
            "classes": [
                {name: getattr(line, name) for name in line.__slots__} for line in self.classes()
            ],
            "calibration": self.calibration.as_json(),
            "notes": list(self.notes()),
        }


def tune(material: Material, costs: CostTable, *, repeats: int = 10, folds: int = 5) -> Tuned:
    """Learn thresholds from all pictures, and try them, by cross-validation, beside others."""
    replay = material.replay
    examples = replay.examples()
    calibration = calibrate(examples, material.labels)
    tried = trials(replay, material.labels, {"": costs}, folds=folds, repeats=repeats)
    return Tuned(
        material,
        costs,
        calibration,
        examples,
        least_cost(calibration, costs),
        pooled_least_cost(calibration, costs),
        best_f1(hits(replay)),
        tried[""],
    )


def _notes(found: Tuned) -> Iterator[str]:
    replay = found.material.replay
    objects = int((found.examples.outcomes < NOTHING).sum())
    if replay.count < ENOUGH or objects < OBJECTS:
        yield (
            f"{replay.count} pictures in which {objects} detections are objects are few: "
            f"{ENOUGH} pictures and {OBJECTS} objects are needed for figures to rely on"
        )
    if found.pooled <= FLOOR:
        yield f"even the weakest detections save time: the best threshold may lie below {FLOOR}"
    shares = found.savings()
    unsure = [way for way in RIVALS if shares[way].low <= 0]
    if unsure:
        yield f"no sure gain over {', '.join(unsure)}: what is saved may be 0 or less"


def _plain(figures: Mapping[str, Estimate]) -> dict[str, list[float]]:
    """[value, low, high] by name."""
    return {name: [f.value, f.low, f.high] for name, f in figures.items()}
