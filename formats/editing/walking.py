"""A data set that is changed chunk by chunk, whenever it is walked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from formats.counting import counted
from formats.dataset import Chunk, Dataset

__all__ = ["Edit", "Told", "edited", "tell"]

Told = Counter[str]
"""How often what was done, by a noun in the singular with what follows it."""
Edit = Callable[[Chunk, Told], Chunk]


def edited(dataset: Dataset, edit: Edit, **further: Any) -> Dataset:
    """The data set with every chunk changed by `edit`; chunks without items are left out.

    What `edit` counts was asked for, so it is no loss: it stands in notes of the report once a walk
    is complete. `further` are other fields of the new data set.
    """

    def chunks() -> Iterator[Chunk]:
        told: Told = Counter()
        for chunk in dataset.chunks():
            found = edit(chunk, told)
            if found.items:
                yield found
        tell(dataset, told)

    return replace(dataset, chunks=chunks, **further)


def tell(dataset: Dataset, told: Told) -> None:
    """Note the counts; the same ones a second time add nothing."""
    for what, count in told.items():
        if count:
            dataset.losses.note(counted(count, what))
