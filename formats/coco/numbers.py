"""Ids: a source's own are kept, new ones are the next free numbers from 1 (rule 3)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["Clash", "Numbers", "free"]

Ints = NDArray[np.int64]


class Clash(Exception):  # noqa: N818 - a signal between the writer's two attempts
    """A later row states an id that an earlier row without one was given."""


def free(used: set[int], first: int = 1) -> Iterator[int]:
    """The numbers from `first` that are not used."""
    number = first
    while True:
        if number not in used:
            yield number
        number += 1


class Numbers:
    """The annotation ids of one file, handed out chunk by chunk.

    `first` is where new ids start. With `fix`, an id 0 and an id that occurred before are
    replaced, and `changed` lists them as (old, new).
    """

    def __init__(self, first: int = 1, fix: bool = False) -> None:
        self.next, self.first, self.fix = first, first, fix
        self.changed: list[tuple[int, int]] = []
        self._stated: list[Ints] = []
        self._seen: set[int] = set()

    def take(self, stated: Ints | None, rows: int) -> list[int]:
        """The ids of the next rows; `stated` has -1 where a row has none."""
        if stated is None:
            self.next += rows
            return list(range(self.next - rows, self.next))
        kept = stated >= 0
        self._stated.append(stated[kept])
        if kept.all() and not self.fix:
            return stated.tolist()
        return [self._one(number) for number in stated.tolist()]

    def _one(self, number: int) -> int:
        if number >= 0 and not (self.fix and (number == 0 or number in self._seen)):
            if self.fix:
                self._seen.add(number)
            return number
        self.next += 1
        if number >= 0:
            self.changed.append((number, self.next - 1))
        return self.next - 1

    def stated(self) -> Ints:
        """Every id that a row stated, in order."""
        return np.concatenate([*self._stated, np.empty(0, np.int64)])

    def check(self) -> tuple[int, int]:
        """How many ids are 0 and how many repeat an earlier one; `Clash` if a new id is taken."""
        stated = self.stated()
        if ((stated >= self.first) & (stated < self.next)).any():
            raise Clash
        if self.fix:
            return 0, 0
        return int((stated == 0).sum()), len(stated) - len(np.unique(stated))
