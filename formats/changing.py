"""A data set that is changed chunk by chunk whenever it is walked, and tells of it once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from formats.dataset import Chunk, Dataset
from formats.walks import once

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

    `change` counts in a `tally`, which `tell` is given as by `walks.once`. `further` are other
    fields of the new data set.
    """

    def walk(counts: Tally) -> Iterator[Chunk]:
        found = (change(chunk, counts) for chunk in dataset.chunks())
        return (chunk for chunk in found if chunk.items)

    return replace(dataset, chunks=once(walk, tally, tell), **further)


def edited(dataset: Dataset, edit: Edit, **further: Any) -> Dataset:
    """The data set with every chunk changed by `edit`, as by `changed`.

    What `edit` counts was asked for, so it is no loss: it stands in notes of the report.
    """
    return changed(dataset, edit, Counter, dataset.losses.note_counts, **further)
