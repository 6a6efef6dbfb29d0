"""`trials`: what ways to choose thresholds cost on pictures that they were not learned from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prelabel.cost.table import EDITS, CostTable
from prelabel.tune.calibration import calibrate
from prelabel.tune.replay import Replay
from prelabel.tune.thresholds import best_f1, hits, least_cost

__all__ = ["BEST_F1", "FIXED", "NONE", "RIVALS", "TUNED", "Trial", "parts", "trials"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TUNED, BEST_F1, NONE = "tuned", "best F1", "no pre-labels"
FIXED: Mapping[str, float] = {"fixed .25": 0.25, "fixed .5": 0.5}
RIVALS = (*FIXED, BEST_F1)


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Edits of each picture under each way to choose thresholds, (P, 6) by the way's name.

    In the order of `cost.table.EDITS`, means over the repeats. The ways: `TUNED` for the costs,
    `BEST_F1`, those of `FIXED`, and `NONE`.
    """

    costs: CostTable
    edits: Mapping[str, Floats]

    def seconds(self, way: str) -> Floats:
        """(P,) seconds of each picture."""
        return self.costs.seconds(self.edits[way])


def trials(
    replay: Replay,
    labels: Sequence[str],
    tables: Mapping[str, CostTable],
    *,
    folds: int = 5,
    repeats: int = 10,
    seed: int = 0,
) -> dict[str, Trial]:
    """A `Trial` for each cost table, by cross-validation over pictures.

    In each of `repeats` the pictures are dealt anew to `folds` parts (by a generator of seed `seed`
    and up), and each part is shown what the others taught; so no picture helped to choose the
    thresholds that it is shown with, not even how far classes may differ.
    """
    sums = {name: {TUNED: _nothing(replay), BEST_F1: _nothing(replay)} for name in tables}
    numbers = hits(replay)
    for held, rest in _dealt(replay.count, folds, range(seed, seed + repeats)):
        others, part = replay.part(rest), replay.part(held)
        calibration = calibrate(others.examples(), labels)
        plain = part.counts(part.scores >= best_f1(numbers[:, rest]))
        for name, costs in tables.items():
            least = least_cost(calibration, costs)
            sums[name][TUNED][held] += part.counts(part.scores >= least[part.labels])
            sums[name][BEST_F1][held] += plain
    fixed = {name: _counts(replay, least) for name, least in FIXED.items()}
    fixed[NONE] = _counts(replay, np.inf)
    return {
        name: Trial(costs, {way: s / repeats for way, s in sums[name].items()} | fixed)
        for name, costs in tables.items()
    }


def parts(count: int, folds: int, seed: int) -> list[Ints]:
    """`count` pictures dealt to `folds` parts whose sizes differ by one at most."""
    return np.array_split(np.random.default_rng(seed).permutation(count), folds)


def _dealt(count: int, folds: int, seeds: range) -> Iterator[tuple[Ints, Ints]]:
    """(held-out, other) pictures of every part of every repeat."""
    for seed in seeds:
        for held in parts(count, folds, seed):
            yield held, np.setdiff1d(np.arange(count), held)


def _counts(replay: Replay, least: float) -> Floats:
    return replay.counts(replay.scores >= least).astype(np.float64)


def _nothing(replay: Replay) -> Floats:
    return np.zeros((replay.count, len(EDITS)))
