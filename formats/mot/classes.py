"""Classes of MOTChallenge: numbers from 1, named by ``labels.txt`` or by the challenge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formats.dataset import Label

__all__ = ["STANDARD", "Classes"]

STANDARD = (
    "pedestrian",
    "person on vehicle",
    "car",
    "bicycle",
    "motorbike",
    "non motorized vehicle",
    "static person",
    "distractor",
    "occluder",
    "occluder on the ground",
    "occluder full",
    "reflection",
    "crowd",
)
"""The classes 1 to 13 of MOT16, MOT17 and MOT20 (Milan et al. 2016, table 5; MOT20 adds crowd)."""


class Classes:
    """The classes of a data set, gathered over its sequences; the same name is the same class."""

    def __init__(self, default: str) -> None:
        self.default = default
        self.labels: list[Label] = []

    def add(self, numbers: NDArray[np.float64], names: Sequence[str] | None) -> NDArray[np.int32]:
        """The class index of each number (N,); what can be no number is the default class.

        `names` are the lines of ``labels.txt``, all of which become classes; without it those
        that occur do, in the order of their numbers.
        """
        for name in names or ():
            self._index(name, None)
        told = np.where((numbers >= 1) & (numbers < 1 << 31), numbers, 0).astype(np.int64)
        place = {int(k): self._index(*self._name(int(k), names)) for k in np.unique(told)}
        return np.array([place[k] for k in told.tolist()], dtype=np.int32)

    def _name(self, number: int, names: Sequence[str] | None) -> tuple[str, int | None]:
        if number == 0:
            return self.default, None
        if names is not None:
            return (names[number - 1] if number <= len(names) else f"class {number}"), None
        if number <= len(STANDARD):
            return STANDARD[number - 1], number
        return f"class {number}", number

    def _index(self, name: str, number: int | None) -> int:
        for k, label in enumerate(self.labels):
            if label.name == name:
                return k
        self.labels.append(Label(name, number))
        return len(self.labels) - 1
