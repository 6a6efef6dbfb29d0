"""`Camera`: its motion from one frame that was looked at to the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from formats.annotations import Annotations
from prelabel.frames import Frame
from prelabel.tracker import motion
from prelabel.video.seen import Seen

__all__ = ["Camera", "Remembered"]

Remembered = Callable[[int], Seen | None]


class Camera:
    """Measures frames in ascending order; what was found in a frame moves by itself.

    `remembered` tells what became of a frame that was looked at earlier.
    """

    def __init__(self, remembered: Remembered) -> None:
        self._remembered = remembered
        self._last: Seen | None = None

    def measured(self, seen: Seen, before: Frame | None, frame: Frame) -> Seen:
        """The same with the motion from the frame before, where that can be told."""
        found = self._found(before.index) if before else None
        self._last = seen
        if before is None:
            return seen
        objects = None if found is None else found.boxes
        moved = motion.between(before.image, frame.image, objects)
        if moved is None:
            return seen
        return replace(seen, motion=tuple(moved.ravel().tolist()), since=before.index)

    def _found(self, frame: int) -> Annotations | None:
        if self._last is not None and self._last.frame == frame:
            return self._last.found
        known = self._remembered(frame)
        return known.found if known else None
