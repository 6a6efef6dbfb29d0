"""Walks over a set that count what they lose: told once, however often the set is walked.

A walk may be broken off, and a writer may walk twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from formats.dataset import CHUNK_ITEMS, Chunk
from formats.losses import Losses

__all__ = ["Spans", "once"]

Tally = TypeVar("Tally")


@dataclass(slots=True)
class Spans:
    """The spans that a set is read in, each with the report to count in.

    That is the report of the set for a span which is walked for the first time.
    """

    losses: Losses
    size: int = CHUNK_ITEMS
    told: set[int] = field(default_factory=set)

    def over(self, total: int) -> Iterator[tuple[slice, Losses]]:
        """A walk over `total` pictures in spans of up to `size`, in their order."""
        for start in range(0, total, self.size):
            losses = Losses() if start in self.told else self.losses
            self.told.add(start)
            yield slice(start, min(start + self.size, total)), losses


def once(
    walk: Callable[[Tally], Iterator[Chunk]],
    tally: Callable[[], Tally],
    tell: Callable[[Tally], object],
) -> Callable[[], Iterator[Chunk]]:
    """The chunks of a walk, which counts in a new `tally` every time.

    That of the first complete walk is given to `tell`.
    """
    told = False

    def chunks() -> Iterator[Chunk]:
        nonlocal told
        counts = tally()
        yield from walk(counts)
        if not told:
            told = True
            tell(counts)

    return chunks
