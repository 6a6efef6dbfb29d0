"""What a label task is: how its lines become columns of a table, and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Kind
from formats.losses import Losses
from formats.yolo.problems import Problems
from formats.yolo.rows import Rows

__all__ = ["Coded", "Decode", "Encode", "Keypoints", "Task", "repeated"]

Floats = NDArray[np.float64]
Keypoints = tuple[int, int]
"""Keypoints per object and numbers per keypoint (2 or 3); (0, 0) where there are none."""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """The rows of a table that a task can hold, as values of label lines.

    `rows` (M,) which rows, ascending; `counts` (M,) values each; `values` those of all, in 0..1.
    """

    rows: NDArray[np.int64]
    counts: NDArray[np.int64]
    values: Floats

    @classmethod
    def block(cls, rows: NDArray[np.int64], values: Floats) -> Coded:
        """Rows that all have the same number of values, (M, K)."""
        return cls(rows, np.full(len(rows), values.shape[1]), values.ravel())


Widths = Callable[[NDArray[np.int64], Keypoints], NDArray[np.bool_]]
Decode = Callable[[Rows, Floats, Keypoints, Sequence[str], Problems], dict[str, Any]]
Encode = Callable[[Annotations, Floats, int, Losses], Coded]


@dataclass(frozen=True, slots=True)
class Task:
    """One kind of label file.

    `decode(rows, sizes, keypoints, names, problems)` gives the columns of rows whose pictures have
    `sizes` (N, 2); `encode(table, sizes, keypoints, losses)` gives the values of label lines.
    `good(counts, keypoints)` says which numbers of values a line may have, `expected` in words;
    `width(keypoints)` is that number where there is one. Rows of `kind` come back as that kind; of
    `tells`, `encode` itself counts those that are written as another.
    """

    name: str
    expected: str
    good: Widths
    width: Callable[[Keypoints], int | None]
    decode: Decode
    encode: Encode
    kind: Kind
    holds: frozenset[str]
    tells: frozenset[Kind] = frozenset()


def repeated(sizes: Floats, times: int) -> Floats:
    """Sizes (N, 2) side by side: (N, 2 * times)."""
    return np.tile(sizes, (1, times))
