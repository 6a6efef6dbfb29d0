"""A data set that is changed chunk by chunk whenever it is walked, and tells of it once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from formats.dataset import Chunk, Dataset

__all__ = ["Edit", "Told", "changed", "edited"]

Tally = TypeVar("Tally")
Told = Counter[str]
"""How often what was done, by a noun in the singular with what follows it."""
Edit = Callable[[Chunk, Told], Chunk]


def changed(
    dataset: Dataset,
    change: Callable[[Chunk, Tally], Chunk],
    tally: Callable[[], Tally],
    tell: Callable[[Tally], object],
    **further: Any,
) -> Dataset:
    """The data set with every chunk as `change` makes it; chunks without items are left out.

    `change` counts in a new `tally` for every walk. That of the first complete walk is given to
    `tell`: a writer may walk twice. `further` are other fields of the new data set.
    """
    told = False

    def chunks() -> Iterator[Chunk]:
        nonlocal told
        counts = tally()
        for chunk in dataset.chunks():
            found = change(chunk, counts)
            if found.items:
                yield found
        if not told:
            told = True
            tell(counts)

    return replace(dataset, chunks=chunks, **further)


def edited(dataset: Dataset, edit: Edit, **further: Any) -> Dataset:
    """The data set with every chunk changed by `edit`, as by `changed`.

    What `edit` counts was asked for, so it is no loss: it stands in notes of the report.
    """
    return changed(dataset, edit, Counter, dataset.losses.note_counts, **further)
