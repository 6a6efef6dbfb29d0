"""How far a walk over a data set is, told to whoever wants to show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from formats.dataset import Chunk, Dataset

__all__ = ["Told", "watched"]

Told = Callable[[int, int], None]
"""Takes how many items of a walk are done, and how many there are (0 where that is unknown)."""


def watched(dataset: Dataset, told: Told) -> Dataset:
    """The data set, whose walks tell how far they are; a second walk starts at 0 again."""

    def chunks() -> Iterator[Chunk]:
        done = 0
        told(0, dataset.expected)
        for chunk in dataset.chunks():
            yield chunk
            done += len(chunk.items)
            told(done, dataset.expected)

    return replace(dataset, chunks=chunks)
