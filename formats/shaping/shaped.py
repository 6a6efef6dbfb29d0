"""A data set whose rows are turned into one kind of shape, chunk by chunk as it is walked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from formats import pictures
from formats.annotations import Annotations
from formats.changing import Told, edited
from formats.dataset import Chunk, Dataset
from formats.errors import FormatError
from formats.shaping import joining, rectangles, regions, rings

__all__ = ["SHAPES", "As", "Merge", "shaped"]

As = Literal["boxes", "polygons", "masks", "obb"]
Merge = Literal["join", "split"]
Floats = NDArray[np.float64]
Turn = Callable[[Annotations, Floats, Counter[str]], Annotations]

SHAPES: Mapping[As, Turn] = {
    "boxes": rectangles.boxes,
    "polygons": rings.polygons,
    "masks": regions.masks,
    "obb": rectangles.rotated,
}
"""What rows are turned into -> how; each counts what it does, by what it does it to."""
MERGES: Mapping[Merge, Turn] = {"join": joining.joined, "split": joining.split}
SIZED = frozenset({"masks"})
"""Shapes that need the sizes of the pictures."""


def shaped(dataset: Dataset, as_: As | None = None, merge: Merge | None = None) -> Dataset:
    """The data set with its rows as boxes, polygons, masks or rotated boxes (obb).

    `merge` says what becomes of a polygon of several parts or with holes: joined to one ring, or
    split into a row for each part. Tags stay; what has no such shape stays and is warned about.
    """
    turns = [table[name] for table, name in ((SHAPES, as_), (MERGES, merge)) if name]  # type: ignore[index]
    if not turns:
        return dataset

    def change(chunk: Chunk, told: Told) -> Chunk:
        sizes = _sizes(chunk, dataset.root) if as_ in SIZED else chunk.sizes()
        table = chunk.annotations
        for turn in turns:
            table = turn(table, sizes, told)
        return replace(chunk, annotations=table)

    return edited(dataset, change)


def _sizes(chunk: Chunk, root: str) -> Floats:
    """(M, 2) sizes as stated, else as the picture's header has them; NaN where neither tells."""
    sizes = chunk.sizes()
    for k in np.flatnonzero(np.isnan(sizes[:, 0])).tolist() if root else ():
        found: Any = pictures.locate(root, chunk.items[k])
        if found is not None:
            sizes[k] = _size(found)
    return sizes


def _size(path: Any) -> tuple[float, float]:
    try:
        return pictures.size(path)
    except FormatError:
        return (np.nan, np.nan)
