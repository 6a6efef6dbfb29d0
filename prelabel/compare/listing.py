"""What one dataset lists: its pictures, and who looked at each."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from formats.dataset import Dataset, Item
from prelabel.compare.tasks import Shapes
from prelabel.evaluate.pairing import Path, path_of

__all__ = ["Listing", "listed"]

Ints = NDArray[np.int64]
KEEP = 1 << 18
"""Rows up to which the chunks of a dataset are kept, so that they are read only once."""


@dataclass(slots=True, eq=False)
class Listing:
    """The pictures of a dataset in its order.

    `keys`: each picture's path and its place here. `raters`: who drew something or looked, "" for
    items that name nobody. `places` by rater: picture -> number of the item in the walk, for items
    that were looked at. `chunks`: first item of each chunk, and their number at the end. `twice`:
    how often a rater has a picture again; the last one counts.
    """

    keys: dict[Path, int] = field(default_factory=dict)
    places: dict[str, dict[int, int]] = field(default_factory=dict)
    chunks: list[int] = field(default_factory=lambda: [0])
    rows: int = 0
    shapes: Shapes = field(default_factory=Shapes)
    twice: int = 0
    unseen: int = 0

    @property
    def raters(self) -> tuple[str, ...]:
        """Annotators in the order of their first item."""
        return tuple(self.places)

    def add(self, item: Item, number: int, looked: bool) -> None:
        """Note item `number` of the walk."""
        picture = self.keys.setdefault(path_of(item), len(self.keys))
        if not looked:
            self.unseen += 1
            return
        seen = self.places.setdefault(item.annotator, {})
        self.twice += picture in seen
        seen[picture] = number


def listed(dataset: Dataset) -> Listing:
    """Walk a dataset once."""
    listing = Listing()
    for chunk in dataset.chunks():
        start = listing.chunks[-1]
        looks = chunk.looked.tolist()
        for k, item in enumerate(chunk.items):
            listing.add(item, start + k, looks[k])
        listing.chunks.append(start + len(chunk.items))
        listing.rows += len(chunk.annotations)
        listing.shapes |= Shapes.of(chunk.annotations)
    return listing
