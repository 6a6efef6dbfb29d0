"""A clip's tracks as ``videorectangle`` regions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from formats.annotations import Annotations, Flag
from formats.dataset import Label
from formats.label_studio.config import LabelConfig
from formats.label_studio.frame import Frame
from formats.label_studio.mapping import Route
from formats.label_studio.regions import SUFFIX, Region
from formats.label_studio.video.aside import beside
from formats.label_studio.video.drawable import drawable
from formats.label_studio.video.sequences import Numbering, items
from formats.losses import Losses
from formats.tracks import rows
from formats.tracks.grid import Grid
from formats.tracks.sparse import sparse

__all__ = ["RULE", "Shot", "encode", "keyframes"]

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


def keyframes(
    table: Annotations,
    shot: Shot,
    tolerance: float | None = None,
    *,
    looked: Any = None,
    losses: Losses | None = None,
    where: object = "",
) -> Annotations:
    """The keyframes of a clip table as boxes and rotated boxes in the picture.

    With a `tolerance` dense tracks get the fewest for which every frame has at least that IoU as
    Label Studio shows it; without one, each row is one. Tracks of keyframes stay as they are.
    `looked`: the frames that were looked at, where that is not every one.
    """
    boxes = drawable(table, shot.size, Losses() if losses is None else losses, where)
    positions = shot.grid.positions()
    return sparse(boxes, tolerance=tolerance, rule=RULE, positions=positions, looked=looked)


def encode(
    table: Annotations,
    routes: Sequence[Route],
    shot: Shot,
    *,
    config: LabelConfig | None = None,
    labels: Sequence[Label] = (),
    losses: Losses | None = None,
    exact: bool = False,
    where: object = "",
) -> list[Region]:
    """The regions of all controls, track by track, of what `keyframes` made.

    A track has the class that most of its rows have; its score is that of its best row. A
    control's threshold is applied to it. With a `config`, attributes that are the names of its
    controls about regions are answers of those. `exact`: with every digit, and with the track's
    number in ``meta``. FormatError for a frame that the clip does not have.
    """
    job = _Job(Frame(shot.size, exact, Losses() if losses is None else losses), shot, where)
    found: list[Region] = []
    for track, of in rows.spread(table):
        found += job.regions(track, table[of], routes, config)
    return found


class _Job:
    """The regions of one clip while they are made."""

    def __init__(self, frame: Frame, shot: Shot, where: object) -> None:
        self.frame, self.shot, self.where = frame, shot, where
        self.numbering = Numbering.of(shot.grid)

    def regions(
        self, track: int, table: Annotations, routes: Sequence[Route], config: LabelConfig | None
    ) -> Iterator[Region]:
        """The regions of one track."""
        label, score = self._label(table), _best(table)
        keyed = table[table.flagged(Flag.KEYFRAME)]
        open_ = [r for r in routes if r.names[label] is not None]
        self.frame.losses.add(NO_CONTROL, int(not open_), self.where)
        for route in open_:
            if route.conf is not None and score < route.conf:
                continue
            sequence = items(keyed, self.numbering, self.frame)
            if sequence:
                first = self._region(track, str(route.names[label]), route, sequence, score)
                yield first
                yield from beside(first, table, config, self.frame.losses, self.where)

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
        region = {
            "id": _id(route.control.name, track, value),
            "from_name": route.control.name,
            "to_name": route.control.to_name,
            "type": route.control.kind,
            "value": value,
            **({} if np.isnan(score) else {"score": score}),
        }
        return {**region, "meta": {"track": track}} if self.frame.exact else region


def _best(table: Annotations) -> float:
    """The best score of a track's rows, NaN where none has one."""
    return float(np.fmax.reduce(table.scores, initial=np.nan))


def _id(control: str, track: int, value: Mapping[str, Any]) -> str:
    """Ten letters and digits, the same for the same track."""
    content = orjson.dumps([control, track, value], option=orjson.OPT_SERIALIZE_NUMPY)
    return hashlib.blake2b(content, digest_size=5).hexdigest()
