"""`Index`: which line of the store counts for each annotation, in whatever order events came.

The same lines give the same index, whether they are noted as they are written or read again. A
state counts where it was saved later than any that is known, and the annotation was not deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from prelabel.corrections.line import Head, Told

__all__ = ["Index", "Known", "Place"]

Name = tuple[str, str]
"""Protocol and key of an annotation, or protocol and number."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line is, in bytes."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Known:
    """A line that counts; `told` about a correction, None of anything else."""

    name: Name
    number: Name
    at: float
    place: Place
    told: Told | None = None


class Index:
    """What counts: `pending` events, `done` ones, and annotations that are `gone`.

    Of `done`, those with `told` are corrections, the others events that nothing is learned from.
    """

    def __init__(self) -> None:
        self.pending: dict[Name, Known] = {}
        self.done: dict[Name, Known] = {}
        self.gone: dict[Name, Known] = {}
        self._numbers: dict[Name, set[Name]] = {}

    def note(self, head: Head, place: Place) -> bool:
        """Take in a line; whether it counts."""
        name, number = (head.protocol, head.key), (head.protocol, head.number)
        known = Known(name, number, head.at, place, head.told)
        if not self.is_new(head):
            return False
        if head.kind == "deleted":
            self._delete(known)
            return True
        self._numbers.setdefault(number, set()).add(name)
        if head.kind == "arrived":
            self.pending[name] = known
            return True
        if name in self.pending and self.pending[name].at <= head.at:
            del self.pending[name]
        self.done.pop(name, None)
        self.done[name] = known
        return True

    def is_new(self, head: Head) -> bool:
        """Whether a line would count now; a deletion always does."""
        if head.kind == "deleted":
            return True
        name = head.protocol, head.key
        gone = self.gone.get((head.protocol, head.number))
        if gone is not None and head.at <= gone.at:
            return False
        before = [self.done] if head.kind != "arrived" else [self.done, self.pending]
        return all(name not in known or known[name].at < head.at for known in before)

    def _delete(self, known: Known) -> None:
        for name in self._numbers.pop(known.number, ()):
            self.pending.pop(name, None)
            self.done.pop(name, None)
        self.gone.pop(known.number, None)
        self.gone[known.number] = known

    def forget(self, known: Known) -> None:
        """Drop a line that counts: there is no room for it."""
        if self.gone.get(known.number) is known:
            del self.gone[known.number]
            return
        for lines in (self.pending, self.done):
            if lines.get(known.name) is known:
                del lines[known.name]
        names = self._numbers.get(known.number, set())
        names.discard(known.name)
        if not names:
            self._numbers.pop(known.number, None)

    def move(self, moved: Callable[[int], int]) -> None:
        """Every line that counts is now where `moved` says of its offset."""
        for lines in (self.gone, self.pending, self.done):
            for name, known in lines.items():
                place = Place(moved(known.place.offset), known.place.length)
                lines[name] = replace(known, place=place)

    def corrections(self) -> Iterator[Known]:
        """Those that count, in the order in which they were finished."""
        return (known for known in self.done.values() if known.told is not None)

    def live(self) -> list[Known]:
        """Every line that counts, in the order of the file."""
        lines = [*self.gone.values(), *self.pending.values(), *self.done.values()]
        return sorted(lines, key=lambda known: known.place.offset)
