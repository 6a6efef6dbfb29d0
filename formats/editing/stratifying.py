"""Units dealt out to parts so that every class has its share in each (iterative stratification).

Sechidis, Tsoumakas and Vlahavas 2011, "On the stratification of multi-label data": the rarest class
first, each of its units to the part that lacks the class most. Here rarest is by all pictures, not
by those left, so that the one picture of a class goes to the largest part. Order among equals comes
from a hash of seed and key: the same everywhere, whatever the order of the pictures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import blake2b

from formats.editing.units import Unit

__all__ = ["dealt", "shuffled"]


def shuffled(keys: Sequence[str], seed: int) -> list[str]:
    """The keys in an order that seed and keys alone decide."""
    return sorted(keys, key=lambda key: (_hash(key, seed), key))


def _hash(key: str, seed: int) -> bytes:
    return blake2b(f"{seed}:{key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()


def dealt(
    units: Mapping[str, Unit], wanted: Sequence[int], seed: int, stratify: bool = True
) -> dict[str, int]:
    """The part of every unit; `wanted` has the pictures of each part.

    Where units are single pictures the parts get exactly as many as wanted.
    """
    order = shuffled(list(units), seed)
    if stratify:
        return _Dealer(units, wanted).by_class(order)
    return _Dealer(units, wanted).by_room(order)


class _Dealer:
    """What the parts still lack while units are dealt out."""

    def __init__(self, units: Mapping[str, Unit], wanted: Sequence[int]) -> None:
        self.units, self.wanted = units, wanted
        self.classes: Counter[int] = Counter()
        for unit in units.values():
            self.classes.update(unit.classes)
        total = sum(wanted) or 1
        self.room = [float(count) for count in wanted]
        self.lack = [
            {k: count * part / total for k, count in self.classes.items()} for part in wanted
        ]
        self.part: dict[str, int] = {}

    def by_room(self, order: Sequence[str]) -> dict[str, int]:
        """Each unit to the part that lacks most of what it is to have."""
        for key in order:
            self._give(key, lambda p: self.room[p] / self.wanted[p])
        return self.part

    def by_class(self, order: Sequence[str]) -> dict[str, int]:
        """The rarest class first, each of its units to the part that lacks it most."""
        members: dict[int, list[str]] = {k: [] for k in self.classes}
        for key in order:
            for k in self.units[key].classes:
                members[k].append(key)
        for k in sorted(members, key=lambda k: (self.classes[k], k)):
            for key in members[k]:
                if key not in self.part:
                    self._give(key, partial(self._lack_of, k))
        return self.part

    def _lack_of(self, k: int, part: int) -> float:
        return self.lack[part][k]

    def _give(self, key: str, lack: Callable[[int], float]) -> None:
        """Into the part with room for it that lacks most; where none has, into the emptiest."""
        unit = self.units[key]
        fit = [p for p, room in enumerate(self.room) if room >= unit.size]
        parts = fit or [p for p, count in enumerate(self.wanted) if count]
        best = max(parts, key=lambda p: (lack(p) if fit else 0, self.room[p]))
        self.part[key] = best
        self.room[best] -= unit.size
        for k, count in unit.classes.items():
            self.lack[best][k] -= count
