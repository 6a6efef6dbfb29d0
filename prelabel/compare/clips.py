"""Whether two raters follow the same objects through clips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from geometry.tracks.identity import Clear, Hota, Identity, Sightings, clear, hota, idf1
from prelabel.compare.candidates import Candidates
from prelabel.evaluate.pairing import Path

__all__ = ["ClipFigures", "Clips"]

Ints = NDArray[np.int64]
Floats = NDArray[np.floating]
Frames = Mapping[int, tuple[Path, int]]
Rows = tuple[Ints, Ints, Ints]
"""Clip, frame and track id of each row, (N,); the track is -1 where the row takes no part."""


@dataclass(frozen=True, slots=True)
class ClipFigures:
    """Two raters and one clip, or all of their clips ("").

    `identity` and `hota` are symmetric; `clear` takes the second rater for the truth. Labels do not
    matter here: two tracks that are one object may be called differently.
    """

    name: str
    frames: int
    tracks_a: int
    tracks_b: int
    identity: Identity
    hota: Hota
    clear: Clear


@dataclass(slots=True, eq=False)
class Clips:
    """The rows with tracks of two raters, gathered block by block."""

    frames: Frames
    names: dict[Path, int] = field(default_factory=dict)
    a: list[Rows] = field(default_factory=list)
    b: list[Rows] = field(default_factory=list)
    pairs: list[tuple[Ints, Ints, Floats]] = field(default_factory=list)
    sizes: list[int] = field(default_factory=lambda: [0, 0])

    def add(self, first: int, found: Candidates, both: NDArray[np.bool_]) -> None:
        """Gather the frames of a block that both looked at; `first` is its first picture."""
        clip, frame = self._places(first, len(both))
        wanted = both & (clip >= 0)
        if not wanted.any():
            return
        i, j, likeness = found.pairs
        kept = wanted[found.a.images[i]]
        offset = self.sizes
        self.pairs.append((i[kept] + offset[0], j[kept] + offset[1], likeness[kept]))
        self.a.append(_rows(found.a, found.rows_a, wanted, clip, frame))
        self.b.append(_rows(found.b, found.rows_b, wanted, clip, frame))
        self.sizes = [offset[0] + len(found.a), offset[1] + len(found.b)]

    def _places(self, first: int, count: int) -> tuple[Ints, Ints]:
        """Clip and frame of each picture of a block, -1 for one that is no frame."""
        clip, frame = np.full((2, count), -1, dtype=np.int64)
        for k in range(count):
            if first + k in self.frames:
                path, number = self.frames[first + k]
                clip[k], frame[k] = self.names.setdefault(path, len(self.names)), number
        return clip, frame

    def figures(self, threshold: float) -> tuple[ClipFigures, ...]:
        """Figures of every clip that has tracks, and of all together first; none without tracks."""
        if not self.pairs:
            return ()
        a, b = (np.concatenate([np.stack(r) for r in rows], axis=1) for rows in (self.a, self.b))
        if not (a[2] >= 0).any() and not (b[2] >= 0).any():
            return ()
        i, j, likeness = (np.concatenate(column) for column in zip(*self.pairs, strict=True))
        names = {number: "/".join(path) for path, number in self.names.items()}
        found = [
            _figures(names[clip], _of(clip, a, b, (i, j, likeness)), threshold)
            for clip in np.union1d(a[0][a[2] >= 0], b[0][b[2] >= 0]).tolist()
        ]
        return _figures("", _joined(a, b, (i, j, likeness)), threshold), *found


def _rows(
    table: Annotations, taking_part: Ints, wanted: NDArray[np.bool_], clip: Ints, frame: Ints
) -> Rows:
    tracks = np.full(len(table), -1, dtype=np.int64)
    rows = taking_part[wanted[table.images[taking_part]]]
    if table.tracks is not None:
        tracks[rows] = table.tracks[rows]
    return clip[table.images], frame[table.images], tracks


def _of(clip: int, a: Ints, b: Ints, pairs: tuple[Ints, Ints, Floats]) -> Sightings:
    """The rows of one clip; those of others have no track."""
    tracks = [np.where(rows[0] == clip, rows[2], -1) for rows in (a, b)]
    return Sightings(a[1], tracks[0], b[1], tracks[1], pairs)


def _joined(a: Ints, b: Ints, pairs: tuple[Ints, Ints, Floats]) -> Sightings:
    """All clips one after another, tracks of different clips being different."""
    length = int(max(a[1].max(initial=0), b[1].max(initial=0))) + 1
    frames = [rows[0] * length + rows[1] for rows in (a, b)]
    tracks = [_own(rows) for rows in (a, b)]
    return Sightings(frames[0], tracks[0], frames[1], tracks[1], pairs)


def _own(rows: Ints) -> Ints:
    """Track numbers that no two clips share, -1 for none."""
    there = rows[2] >= 0
    tracks = np.full(rows.shape[1], -1, dtype=np.int64)
    tracks[there] = np.unique(rows[::2, there], axis=1, return_inverse=True)[1].ravel()
    return tracks


def _figures(name: str, seen: Sightings, threshold: float) -> ClipFigures:
    rows = seen.tracks_a >= 0, seen.tracks_b >= 0
    frames = np.union1d(seen.frames_a[rows[0]], seen.frames_b[rows[1]])
    return ClipFigures(
        name,
        len(frames),
        len(np.unique(seen.tracks_a[rows[0]])),
        len(np.unique(seen.tracks_b[rows[1]])),
        idf1(seen, threshold),
        hota(seen),
        clear(seen, threshold),
    )
