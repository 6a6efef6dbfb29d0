"""A clip's tracks as ``videorectangle`` regions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from formats.annotations import Annotations, Kind
from formats.errors import FormatError
from formats.label_studio.config import LabelConfig
from formats.label_studio.frame import Frame
from formats.label_studio.mapping import Route
from formats.label_studio.regions import SUFFIX, Region
from formats.label_studio.video.aside import beside
from formats.label_studio.video.drawable import drawable
from formats.label_studio.video.numbered import looked_at, numbered
from formats.label_studio.video.numbering import Numbering
from formats.label_studio.video.sequences import items
from formats.losses import Losses
from formats.tracks import rows
from formats.tracks.grid import Grid
from formats.tracks.sparse import sparse

__all__ = ["RULE", "Shot", "encode"]

RULE = "label-studio"
"""How Label Studio draws what lies between two keyframes (`geometry.tracks.rules`)."""
OTHER_LABEL = "frame whose class is not that of its track"
NO_CONTROL = "track that no control of the label config can hold"


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A clip as Label Studio plays it: its numbering, frame size in pixels, seconds."""

    grid: Grid
    size: tuple[int, int]
    duration: float

    @classmethod
    def of(cls, grid: Grid, size: tuple[int, int], duration: float | None = None) -> Shot:
        """A shot; without a duration as long as its numbers."""
        return cls(grid, size, grid.count / grid.rate if duration is None else duration)


def encode(
    table: Annotations,
    routes: Sequence[Route],
    shot: Shot,
    *,
    tolerance: float | None = None,
    looked: Any = None,
    config: LabelConfig | None = None,
    losses: Losses | None = None,
    exact: bool = False,
    where: object = "",
) -> list[Region]:
    """The regions of all controls for the tracks of a clip table, by the numbers of tracks.

    With a `tolerance` dense tracks get the fewest keyframes for which what Label Studio draws has
    at least that IoU with the row of the frame on the screen, under every number; without one,
    every number has one. Tracks of keyframes stay as they are. `looked`: the frames that were
    looked at, where that is not every one.

    A track has the class that most of its rows have; its score is that of its best row, and a
    control's threshold is applied to that. With a `config`, attributes that are the names of its
    controls about regions are answers of those. `exact`: with every digit, and with the track's
    number in ``meta``. FormatError for a frame that the clip does not have.
    """
    losses = Losses() if losses is None else losses
    numbering = Numbering.of(shot.grid)
    last = int(table.images.max(initial=0))
    if last >= numbering.frames:
        raise FormatError(f"a box in frame {last} of a clip of {numbering.frames}", where=where)
    boxes = drawable(table, shot.size, losses, where)
    shown = numbered(boxes, numbering, looked, losses, where)
    wanted = looked_at(numbering, looked)
    keyed = sparse(shown, tolerance=tolerance, rule=RULE, looked=wanted)
    whole = {track: boxes[of] for track, of in rows.spread(boxes)}
    job = _Job(Frame(shot.size, exact, losses), shot, config, where)
    found: list[Region] = []
    for track, of in rows.spread(keyed):
        found += job.regions(track, keyed[of], whole[track], routes)
    return found


class _Job:
    """The regions of one clip while they are made."""

    def __init__(self, frame: Frame, shot: Shot, config: LabelConfig | None, where: object) -> None:
        self.frame, self.shot, self.config, self.where = frame, shot, config, where

    def regions(
        self, track: int, keyed: Annotations, table: Annotations, routes: Sequence[Route]
    ) -> Iterator[Region]:
        """The regions of one track: its keyframes by numbers, and all rows that it has."""
        label, score = self._label(table), _best(table)
        able = [r for r in routes if r.names[label] is not None]
        self.frame.losses.add(NO_CONTROL, int(not able), self.where)
        for route in able:
            if route.conf is not None and score < route.conf:
                continue
            sequence = items(keyed, self.shot.grid, self.frame)
            region = self._region(track, str(route.names[label]), route, sequence, score)
            if self.frame.exact:
                region["meta"] = _meta(track, table, sequence)
            yield region
            yield from beside(region, table, self.config, self.frame.losses, self.where)

    def _label(self, table: Annotations) -> int:
        """The class that most rows have, of several the first."""
        labels, first, counts = np.unique(table.labels, return_index=True, return_counts=True)
        best = np.lexsort((first, -counts))[0]
        self.frame.losses.add(OTHER_LABEL, len(table) - int(counts[best]), self.where)
        return int(labels[best])

    def _region(
        self,
        track: int,
        name: str,
        route: Route,
        sequence: list[dict[str, Any]],
        score: float,
    ) -> Region:
        count = self.shot.grid.count
        value = {"framesCount": count, "duration": self.shot.duration, "sequence": sequence}
        value[SUFFIX] = [name]
        return {
            "id": _id(route.control.name, track, value),
            "from_name": route.control.name,
            "to_name": route.control.to_name,
            "type": route.control.kind,
            "value": value,
            **({} if np.isnan(score) else {"score": score}),
        }


def _meta(track: int, table: Annotations, sequence: list[dict[str, Any]]) -> dict[str, Any]:
    """What a region does not show: the number of its track, and that its boxes can be turned."""
    turned = (table.kinds == Kind.ROTATED).any() and not any(one["rotation"] for one in sequence)
    return {"track": track, **({"kind": "rotated"} if turned else {})}


def _best(table: Annotations) -> float:
    """The best score of a track's rows, NaN where none has one."""
    return float(np.fmax.reduce(table.scores, initial=np.nan))


def _id(control: str, track: int, value: Mapping[str, Any]) -> str:
    """Ten letters and digits, the same for the same track."""
    content = orjson.dumps([control, track, value], option=orjson.OPT_SERIALIZE_NUMPY)
    return hashlib.blake2b(content, digest_size=5).hexdigest()
