"""`CostTable`: seconds that a person needs for each kind of edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

from prelabel.errors import SettingsError

__all__ = ["EDITS", "PRESETS", "CostTable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostTable:
    """Seconds for one edit of each kind, and for looking at a picture at all.

    `verify`: see that a shape is right; `adjust`: make a shape fit; `delete`: take one away;
    `draw`: find and draw one that is missing; `relabel`: choose another class. A shape that needs
    another class and another outline costs `relabel` and `adjust`. `picture` is spent on every
    picture whatever is shown, so it decides nothing about what to show.
    """

    verify: float
    adjust: float
    delete: float
    draw: float
    relabel: float
    picture: float = 0.0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 <= value < float("inf"):
                raise SettingsError(f"is {value!r}, expected seconds of 0 or more", where=name)

    def seconds(self, counts: ArrayLike) -> NDArray[np.float64]:
        """Seconds (...,) for counts (..., 6) of edits in the order of `EDITS`."""
        return np.asarray(counts, dtype=np.float64) @ self.vector()

    def vector(self) -> NDArray[np.float64]:
        """The six figures in the order of `EDITS`, (6,)."""
        return np.array([getattr(self, name) for name in EDITS])

    def as_json(self) -> dict[str, float]:
        """The figures by name."""
        return asdict(self)


EDITS: tuple[str, ...] = tuple(field.name for field in fields(CostTable))
"""The kinds of edit, in the order in which they are counted."""

PRESETS: Mapping[str, CostTable] = {
    "clicks": CostTable(verify=1.0, adjust=3.0, delete=1.5, draw=7.0, relabel=2.0),
    "boxes": CostTable(verify=1.7, adjust=8.0, delete=1.5, draw=25.5, relabel=3.0),
    "polygons": CostTable(verify=3.0, adjust=15.0, delete=2.0, draw=79.0, relabel=4.0),
    "assisted": CostTable(verify=3.0, adjust=8.0, delete=2.0, draw=14.0, relabel=4.0),
    "keypoints": CostTable(verify=3.0, adjust=12.0, delete=2.0, draw=50.0, relabel=4.0),
}
"""Published times; docs/cost.md names their sources."""
