"""Numbers of objects: class * 1000 + n, as all tools of MOTS take them apart."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import Flag
from formats.mots.classes import IGNORED, MOST, ignores, number_of
from formats.tracks import rows

__all__ = ["Numbered", "numbered"]

Ints = NDArray[np.int64]


@dataclass(slots=True)
class Numbered:
    """The number of every row, -1 where its class has none left; `tracks` has those that are
    not the track's own, -1 for objects of no track."""

    ids: Ints
    categories: Ints
    tracks: dict[int, int] = field(default_factory=dict)


def numbered(table: Annotations, labels: int) -> Numbered:
    """The numbers of the rows of a clip.

    A track whose number is one of its class already keeps it, and of a number below 1000 it is n;
    others, and objects of no track, get the next free one. Objects of no track share numbers with
    those of other frames.
    """
    own = rows.ids(table)
    categories = np.array([number_of(k) for k in table.labels.tolist()], dtype=np.int64)
    crowd = table.flagged(Flag.CROWD) & ignores(labels)
    categories[crowd] = IGNORED
    found = Numbered(np.where(crowd, IGNORED * MOST, -1), categories)
    tracked = np.flatnonzero(~crowd & (own >= 0)).tolist()
    given = _tracks([(int(categories[i]), int(own[i])) for i in tracked])
    for i in tracked:
        found.ids[i] = given.get((int(categories[i]), int(own[i])), -1)
    found.tracks = {number: track for (_, track), number in given.items() if number != track}
    _lone(found, table, np.flatnonzero(~crowd & (own < 0)), set(given.values()))
    return found


def _tracks(keys: list[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """The number of each (class, track)."""
    given: dict[tuple[int, int], int] = {}
    used: set[int] = set()
    wanted = [(key, _wish(*key)) for key in dict.fromkeys(keys)]
    for key, wish in sorted(wanted, key=lambda pair: pair[0][1] != pair[1]):
        if wish is not None and wish not in used:
            given[key] = wish
            used.add(wish)
    for key, _ in wanted:
        if key not in given and (free := _free(key[0], used)) >= 0:
            given[key] = free
            used.add(free)
    return given


def _wish(category: int, track: int) -> int | None:
    if track // MOST == category:
        return track
    return category * MOST + track if track < MOST else None


def _free(category: int, used: set[int]) -> int:
    """The first number of a class that is not used, -1 where all are."""
    numbers = range(category * MOST + 1, (category + 1) * MOST)
    return next((number for number in numbers if number not in used), -1)


def _lone(found: Numbered, table: Annotations, lone: Ints, used: set[int]) -> None:
    """Number the objects of no track, frame by frame."""
    frame, taken = -1, set(used)
    for i in lone.tolist():
        if int(table.images[i]) != frame:
            frame, taken = int(table.images[i]), set(used)
        number = _free(int(found.categories[i]), taken)
        taken.add(number)
        found.ids[i] = number
        if number >= 0:
            found.tracks[number] = -1
