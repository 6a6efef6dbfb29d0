"""Some items, or some rows, of a chunk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from formats.dataset import Chunk, Item

__all__ = ["items", "relisted", "rows"]

Bools = NDArray[np.bool_]


def items(chunk: Chunk, chosen: Bools) -> Chunk:
    """The items that `chosen` (M,) names, with their rows."""
    if chosen.all():
        return chunk
    table = chunk.annotations
    table = table[chosen[table.images]]
    place = (np.cumsum(chosen) - 1).astype(np.int32)
    kept = [item for item, is_in in zip(chunk.items, chosen, strict=True) if is_in]
    return Chunk(kept, table.with_columns(images=place[table.images]), chunk.looked[chosen])


def rows(chunk: Chunk, kept: Bools) -> Chunk:
    """All items with the rows that `kept` (N,) names."""
    return chunk if kept.all() else replace(chunk, annotations=chunk.annotations[kept])


def relisted(chunk: Chunk, found: Sequence[Item]) -> Chunk:
    """The same rows under other items, one for each, in their order."""
    return replace(chunk, items=found)
