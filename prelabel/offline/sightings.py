"""The detections of a clip as arrays, for passes over all frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.tracks import rows
from geometry import boxes

__all__ = ["Sightings"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """N rows in ascending frames, and the frames that were looked at."""

    looked: Ints
    """(F,) ascending."""
    moments: Floats
    """(F,) seconds of the frames that were looked at."""
    frames: Ints
    """(N,)"""
    places: Floats
    """(N, 4) centre x, centre y, width, height."""
    labels: Ints
    """(N,)"""
    scores: Floats
    """(N,) 1 where a person drew, -1 for what has no area: it takes part in nothing."""
    tracks: Ints
    """(N,) -1 for none."""

    @classmethod
    def of(cls, table: Annotations, times: Floats, looked: Ints) -> Sightings:
        """The rows of a clip table; of two rows of a track in a frame the second has none."""
        sides = table.boxes[:, 2:] - table.boxes[:, :2]
        real = np.isfinite(table.boxes).all(axis=1) & (sides > 0).all(axis=1)
        scores = np.where(np.isnan(table.scores), 1.0, table.scores)
        tracks = np.where(rows.doubles(table) | ~real, -1, rows.ids(table))
        return cls(
            looked,
            times[looked],
            table.images.astype(np.int64),
            boxes.to_cxcywh(table.boxes).astype(np.float64),
            table.labels.astype(np.int64),
            np.where(real, scores, -1.0),
            tracks,
        )

    def with_tracks(self, tracks: Ints) -> Sightings:
        """The same rows in other tracks."""
        return replace(self, tracks=tracks)

    def walk(self, backward: bool = False) -> Iterator[tuple[float, slice]]:
        """(seconds, rows) of every frame that was looked at, from either end."""
        bounds = np.searchsorted(self.frames, np.stack([self.looked, self.looked + 1]))
        frames = [
            (t, slice(a, b))
            for t, a, b in zip(self.moments.tolist(), *bounds.tolist(), strict=True)
        ]
        return iter(frames[::-1] if backward else frames)

    def ends(self) -> tuple[Ints, Ints, Ints]:
        """Track numbers (T,) ascending, and the first and last row of each."""
        order = np.lexsort((np.arange(len(self.tracks)), self.tracks))
        order = order[self.tracks[order] >= 0]
        numbers, first = np.unique(self.tracks[order], return_index=True)
        last = np.append(first[1:], len(order)) - 1
        return numbers, order[first], order[last[: len(numbers)]]
