"""Which pre-labels a person gets to see: those with the least score of their class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from formats import labels as classes
from formats.annotations import Annotations
from formats.dataset import Label
from prelabel.errors import SettingsError

__all__ = ["Shown"]


class Shown:
    """Made of a least score for all classes and those of single ones, by name."""

    def __init__(
        self, labels: Sequence[Label], least: float, by_class: Mapping[str, float]
    ) -> None:
        self._least = np.full(len(labels) + 1, least)
        for name, score in by_class.items():
            k = classes.find(name, labels)
            if k < 0:
                known = ", ".join(label.name for label in labels[:10])
                raise SettingsError(f"no class {name!r}", "--conf-class", f"there are {known}")
            self._least[k] = score

    def __call__(self, table: Annotations) -> NDArray[np.bool_]:
        """(N,) the rows that are shown; a row without a score is."""
        return ~(table.scores < self._least[table.labels])
