"""`Pictures`: the figures of every picture, as columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Pictures"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Every picture that two or more looked at, as columns (M,) in the order of the panel.

    `numbers`: places in the panel; `raters`: how many looked; `f1`, `mean_iou`: means over the
    pairs of those; `same`, `what`, `where`, `missed` count over these pairs.
    """

    numbers: Ints
    paths: Sequence[str]
    raters: Ints
    f1: Floats
    mean_iou: Floats
    alpha: Floats
    same: Ints
    what: Ints
    where: Ints
    missed: Ints

    def __len__(self) -> int:
        return len(self.numbers)

    def path(self, i: int) -> str:
        """The path of the i-th of them, with its frame where it has one."""
        return self.paths[int(self.numbers[i])]

    def worst(self, most: int) -> list[int]:
        """Those where the most objects are in dispute, of equals the least F1 first.

        Pictures where everybody agrees are none of them.
        """
        dispute = 2 * (self.what + self.where) + self.missed
        order = np.lexsort((np.arange(len(self)), self.f1, -dispute))
        return [i for i in order[:most].tolist() if dispute[i]]

    def note(self, i: int) -> str:
        """What is in dispute on the i-th of them, in a few words."""
        counts = (
            (self.what[i], "of another class"),
            (self.where[i], "in another place"),
            (self.missed[i], "on one side only"),
        )
        said = [f"{n} {what}" for n, what in counts if n]
        return ", ".join((f"F1 {self.f1[i]:.3f}", *said))

    def rows(self) -> Iterator[dict[str, Any]]:
        """One plain record for each picture."""
        names = [f.name for f in fields(self) if f.name not in ("numbers", "paths")]
        columns = [getattr(self, name).tolist() for name in names]
        for i, values in enumerate(zip(*columns, strict=True)):
            yield {"path": self.path(i), **dict(zip(names, values, strict=True))}
