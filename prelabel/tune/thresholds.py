"""Least scores: of least expected seconds, of the best F1, and fixed ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from prelabel.cost.table import CostTable
from prelabel.tune.calibration import Calibration, savings
from prelabel.tune.replay import Replay

__all__ = ["FLOOR", "NEVER", "best_f1", "hits", "least_cost", "pooled_least_cost"]

Floats = NDArray[np.float64]

FLOOR = 0.01
"""Least score of the detections that thresholds are learned from."""
NEVER = 1.0
"""The threshold of a class that is better not shown."""
STEPS = np.round(np.concatenate([np.arange(0.01, 0.1, 0.002), np.arange(0.1, 0.991, 0.005)]), 3)


def least_cost(calibration: Calibration, costs: CostTable) -> Floats:
    """The least score of each class from which showing a detection saves time, (C,).

    From there on every higher score saves time as well. `FLOOR` where all do, `NEVER` where none
    does.
    """
    count = len(calibration.labels)
    scores = np.tile(STEPS, count)
    labels = np.repeat(np.arange(count), len(STEPS))
    return _from(savings(calibration.outcomes(scores, labels), costs).reshape(count, -1))


def pooled_least_cost(calibration: Calibration, costs: CostTable) -> float:
    """The same for a class of which nothing is known."""
    nobody = np.full(len(STEPS), -1)
    return float(_from(savings(calibration.outcomes(STEPS, nobody), costs)[None])[0])


def hits(replay: Replay) -> NDArray[np.int64]:
    """The numbers of F1 of each picture at each of `STEPS`, (S, P, 2); see `Replay.found`."""
    return np.array([replay.found(replay.scores >= step) for step in STEPS])


def best_f1(numbers: NDArray[np.int64]) -> float:
    """The one least score at which detections and objects agree best, F1 over all pictures.

    `numbers` of `hits`. A detection is right from the likeness on at which it is worth adjusting.
    Of equal ones the highest, as fewer detections do as well.
    """
    sums = numbers.sum(axis=1)
    figures = 2 * sums[:, 0] / np.maximum(sums[:, 1], 1)
    return float(STEPS[len(STEPS) - 1 - int(np.argmax(figures[::-1]))])


def _from(gains: Floats) -> Floats:
    """The least step of each row (C, S) from which on all gains are positive."""
    losing = gains <= 0
    last = gains.shape[1] - 1 - np.argmax(losing[:, ::-1], axis=1)
    first = np.where(losing.any(axis=1), last + 1, 0)
    return np.append(STEPS, NEVER)[first]
