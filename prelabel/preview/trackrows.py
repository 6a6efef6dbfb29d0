"""The tracks of a clip table as lines of a timeline: runs of frames, keyframes, a colour each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Flag, Kind
from formats.tracks import rows
from prelabel.preview.palette import PALETTE, Colour

__all__ = ["Line", "Run", "colours_of", "lines", "lone"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Run:
    """Frames `first` to `last` in all of which the track is seen, or interpolated."""

    first: int
    last: int
    interpolated: bool

    def __len__(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Line:
    """One track: `label` is that of its first row, `keyframes` ascending frames."""

    track: int
    label: int
    colour: Colour
    runs: tuple[Run, ...]
    keyframes: tuple[int, ...]

    def __str__(self) -> str:
        frames = sum(map(len, self.runs))
        made = sum(len(run) for run in self.runs if run.interpolated)
        parts = [f"frames {self.runs[0].first} to {self.runs[-1].last}"]
        parts += [f"in {frames} of them"]
        parts += [f"{made} interpolated"] if made else []
        parts += [f"{len(self.keyframes)} keyframes"] if self.keyframes else []
        return ", ".join(parts)


def lines(tracks: Annotations, keyframes: Annotations | None = None) -> list[Line]:
    """A line for each track, the first to appear first.

    `tracks` is a clip table with a row in every frame of a track, `keyframes` one whose rows
    flagged KEYFRAME are marked.
    """
    present = tracks[~tracks.flagged(Flag.OUTSIDE)]
    made = present.flagged(Flag.INTERPOLATED)
    marked = {} if keyframes is None else _marked(keyframes)
    paint = colours_of(tracks)
    found = [
        Line(
            track,
            int(present.labels[of[0]]),
            paint[track],
            _runs(present.images[of], made[of]),
            tuple(marked.get(track, ())),
        )
        for track, of in rows.spread(present)
    ]
    return sorted(found, key=lambda line: (line.runs[0].first, line.track))


def lone(tracks: Annotations) -> list[int]:
    """The frames of rows that belong to no track, ascending; tags of a frame are none."""
    alone = rows.lone(tracks) & (tracks.kinds != Kind.TAG)
    found: list[int] = np.sort(tracks.images[alone]).tolist()
    return found


def colours_of(tracks: Annotations) -> dict[int, Colour]:
    """A colour for each track; those that begin one after another have colours far apart."""
    first = {track: int(tracks.images[of[0]]) for track, of in rows.spread(tracks)}
    ordered = sorted(first, key=lambda track: (first[track], track))
    return {track: PALETTE[i % len(PALETTE)] for i, track in enumerate(ordered)}


def _runs(frames: NDArray[np.int32], interpolated: NDArray[np.bool_]) -> tuple[Run, ...]:
    """Ascending frames, cut where one is missing and where they begin or cease to be made."""
    cuts = np.flatnonzero((np.diff(frames) > 1) | (np.diff(interpolated.astype(np.int8)) != 0)) + 1
    pieces: Sequence[Ints] = np.split(np.arange(len(frames)), cuts)
    return tuple(
        Run(int(frames[p[0]]), int(frames[p[-1]]), bool(interpolated[p[0]])) for p in pieces
    )


def _marked(keyframes: Annotations) -> dict[int, list[int]]:
    """The keyframes of each track; those that only say that it is gone are left out."""
    shown = keyframes[keyframes.flagged(Flag.KEYFRAME) & ~keyframes.flagged(Flag.OUTSIDE)]
    return {track: shown.images[of].tolist() for track, of in rows.spread(shown)}
