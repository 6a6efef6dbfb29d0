"""What one dataset lists: its pictures, and who looked at each."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from formats.dataset import Chunk, Dataset, Item
from prelabel.compare.spool import Spool
from prelabel.compare.tasks import Shapes
from prelabel.evaluate.pairing import Path, path_of

__all__ = ["KEEP", "Listing", "listed"]

Ints = NDArray[np.int64]

KEEP = 1 << 17
"""Rows up to which the chunks of a dataset are kept, so that they are read only once."""


@dataclass(slots=True, eq=False)
class Listing:
    """The pictures of a dataset in its order.

    `keys`: each picture's path and its place here. `frames`: clip and frame of those that are
    frames, by place. `looks` by annotator, "" for items that name nobody: picture and number of the
    item in the walk, one after the other, for items that were looked at. `chunks`: first item of
    each chunk, and the number of items at the end. `rows` how many, and `shapes` what they have.
    """

    clips: Sequence[Path] = ()
    """What each clip of the dataset is called, where frames go by clip."""
    keys: dict[str, int] = field(default_factory=dict)
    frames: dict[int, tuple[Path, int]] = field(default_factory=dict)
    looks: dict[str, array[int]] = field(default_factory=dict)
    chunks: list[int] = field(default_factory=lambda: [0])
    rows: int = 0
    shapes: Shapes = field(default_factory=Shapes)
    held: dict[int, Chunk] = field(default_factory=dict)
    """The chunks, if they are few enough to be kept in memory."""
    spool: Spool | None = None
    """The chunks on disk, if they are too many."""

    @property
    def raters(self) -> tuple[str, ...]:
        """Annotators in the order of their first item."""
        return tuple(self.looks)

    def items_of(self, rater: str) -> tuple[Ints, Ints]:
        """The pictures that an annotator looked at, and the item of each, in the order of items."""
        pictures, items = np.array(self.looks[rater], dtype=np.int64).reshape(-1, 2).T
        return pictures, items

    def add(self, item: Item, number: int, looked: bool) -> None:
        """Note item `number` of the walk."""
        picture = self._picture(item)
        if looked:
            self.looks.setdefault(item.annotator, array("q")).extend((picture, number))

    def _picture(self, item: Item) -> int:
        if item.frame is None:
            return self._place(item)
        if not self.clips or item.media is None:
            own = not item.path.endswith(f"#{item.frame}")  # a picture of its own, no clip's frame
            return self._place(replace(item, frame=None) if own else item)
        clip = self.clips[item.media]
        picture = self.keys.setdefault(f"{'/'.join(clip)}#{item.frame}", len(self.keys))
        self.frames[picture] = clip, item.frame
        return picture

    def _place(self, item: Item) -> int:
        path = "/".join(path_of(item))
        key = item.path if item.path == path else path  # texts that are there already
        return self.keys.setdefault(key, len(self.keys))


def keep(listing: Listing, chunk: Chunk) -> None:
    """Keep a chunk in memory, or all of them on disk; none where the disk has no room."""
    if listing.rows <= KEEP:
        listing.held[len(listing.chunks) - 1] = chunk
        return
    try:
        if listing.held or len(listing.chunks) == 1:
            listing.spool = Spool()
            for earlier in listing.held.values():
                listing.spool.add(earlier)
            listing.held.clear()
        if listing.spool is not None:
            listing.spool.add(chunk)
    except OSError:
        listing.spool = None
        listing.held.clear()


def listed(dataset: Dataset, clips: Sequence[Path] = ()) -> Listing:
    """Walk a dataset once."""
    listing = Listing(clips)
    for chunk in dataset.chunks():
        start = listing.chunks[-1]
        looks = chunk.looked.tolist()
        for k, item in enumerate(chunk.items):
            listing.add(item, start + k, looks[k])
        listing.rows += len(chunk.annotations)
        keep(listing, chunk)
        listing.chunks.append(start + len(chunk.items))
        listing.shapes |= Shapes.of(chunk.annotations)
    return listing
