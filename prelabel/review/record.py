"""`Review`: pictures in the order of their correction, in lanes, and what is in doubt in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from formats.dataset import Label
from prelabel.cost.table import CostTable
from prelabel.review.doubts import KINDS, Doubt
from prelabel.review.lanes import LANES, Acceptance
from prelabel.review.sheets import Desk
from prelabel.review.shown import Shown

__all__ = ["Entry", "Lane", "Review", "ordered"]


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One picture that awaits correction.

    `number`: its place in the panel. `seconds`: of its correction, expected; `afresh`: of drawing
    everything on the empty picture. `errors`: missing, extra and misnamed objects, expected.
    `sound`: chance that there is none. `value`: expected errors, weighted, that a minute of work
    takes away. `objects`: shapes that are there.
    """

    number: int
    path: str
    lane: str
    value: float
    seconds: float
    afresh: float
    errors: float
    sound: float
    objects: int
    doubts: tuple[Doubt, ...]

    def as_json(self, names: tuple[str, ...], models: tuple[str, ...]) -> dict[str, Any]:
        """Plain values."""
        return {
            "path": self.path,
            "lane": self.lane,
            "value": round(self.value, 4),
            "seconds": round(self.seconds, 2),
            "seconds_afresh": round(self.afresh, 2),
            "errors": round(self.errors, 4),
            "sound": round(self.sound, 6),
            "objects": self.objects,
            "doubts": [doubt.as_json(names, models) for doubt in self.doubts],
        }


@dataclass(frozen=True, slots=True)
class Lane:
    """The sums of a lane: pictures, expected seconds and errors."""

    name: str
    pictures: int
    seconds: float
    errors: float


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """What `review` found.

    `entries` in the order of correction, accepted ones last. `subject` and `models` are names;
    `labelled`: the subject is labels that people drew, not pre-labels. `corrected`: pictures that
    are corrected already. `told`: facts for the user, one sentence each.
    """

    subject: str
    models: tuple[str, ...]
    labelled: bool
    labels: tuple[Label, ...]
    entries: tuple[Entry, ...]
    acceptance: Acceptance
    cost: CostTable
    corrected: int
    told: tuple[str, ...]
    desk: Desk
    shown: Shown
    """Where the pictures and their rows are, and which rows people get to see."""

    def lanes(self) -> tuple[Lane, ...]:
        """The three lanes."""
        return tuple(self._lane(name) for name in LANES)

    def _lane(self, name: str) -> Lane:
        members = [entry for entry in self.entries if entry.lane == name]
        return Lane(
            name,
            len(members),
            sum(entry.seconds for entry in members),
            sum(entry.errors for entry in members),
        )

    def doubts(self) -> list[tuple[Entry, Doubt]]:
        """All doubts of all pictures, the likeliest errors first."""
        pairs = [(entry, doubt) for entry in self.entries for doubt in entry.doubts]
        return sorted(pairs, key=lambda pair: (-pair[1].chance, pair[0].number, pair[1].row))

    def kinds(self) -> dict[str, tuple[int, float]]:
        """For each kind of doubt how many there are, and how many of them are expected errors."""
        found = [doubt for entry in self.entries for doubt in entry.doubts]
        return {
            kind: (
                sum(doubt.kind == kind for doubt in found),
                sum(doubt.chance for doubt in found if doubt.kind == kind),
            )
            for kind in KINDS
        }

    def as_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        names = tuple(label.name for label in self.labels)
        return {
            "subject": self.subject,
            "models": list(self.models),
            "reviewed": "labels" if self.labelled else "pre-labels",
            "pictures": len(self.entries),
            "corrected": self.corrected,
            "cost": self.cost.as_json(),
            "accept": self.acceptance.as_json(),
            "lanes": [_lane_json(lane) for lane in self.lanes()],
            "order": [entry.as_json(names, self.models) for entry in self.entries],
            "told": list(self.told),
        }


def _lane_json(lane: Lane) -> dict[str, Any]:
    return {
        "name": lane.name,
        "pictures": lane.pictures,
        "seconds": round(lane.seconds, 1),
        "errors": round(lane.errors, 2),
    }


def ordered(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Most valuable first, accepted ones last; equal ones in the order of the data set."""
    return tuple(sorted(entries, key=lambda e: (e.lane == LANES[0], -e.value, e.number)))
