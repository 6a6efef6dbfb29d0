"""Which frames of a clip a CVAT task has: from one to another, every so many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.tracks.clip import ClipTracks

__all__ = ["Frames"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Frames:
    """`start` to `stop`, both included, `step` apart; numbers are those of the clip, from 0."""

    start: int
    stop: int
    step: int = 1

    @classmethod
    def of(cls, clip: ClipTracks) -> Frames:
        """The frames that were looked at where they are evenly spaced, else those of the clip."""
        seen, images = clip.looked, clip.table.images
        if not np.isin(images, seen).all():
            seen = np.union1d(seen, images).astype(np.int64)
        steps = np.diff(seen)
        if len(steps) and (steps == steps[0]).all():
            return cls(int(seen[0]), int(seen[-1]), int(steps[0]))
        last = max(clip.media.frames - 1, int(seen[-1]) if len(seen) else -1)
        return cls(0, last)

    def all(self) -> Ints:
        """Every frame, ascending."""
        return np.arange(self.start, self.stop + 1, self.step, dtype=np.int64)

    def after(self, frame: int) -> int | None:
        """The frame behind one, None behind the last."""
        found = frame + self.step
        return found if found <= self.stop else None
