"""A clip with its tracks drawn on it, as a clip."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import Flag
from formats.dataset import Label
from formats.tracks import dense, rows
from prelabel.errors import ImageError
from prelabel.frames import Frame, Video
from prelabel.frames.writing import ClipWriter
from prelabel.preview import shapes
from prelabel.preview.drawing import draw_shapes, letters, paste
from prelabel.preview.palette import Colour
from prelabel.preview.plates import plate
from prelabel.preview.sheet import scaled
from prelabel.preview.timeline import clock
from prelabel.preview.trackrows import colours_of

__all__ = ["MOST_FRAMES", "ShownClip", "overlay"]

Pixels = NDArray[np.uint8]

MOST_FRAMES = 9000
"""Frames of an overlay; of a longer clip every second one is shown, or every third, ..."""
PLATE: Colour = (24, 24, 24)


@dataclass(frozen=True, slots=True, eq=False)
class ShownClip:
    """What a preview shows of a clip.

    `name` stands over it; `tracks` is its clip table (`images` = frame), of dense tracks or of
    keyframes; `keyframes` a table of the same tracks whose rows flagged KEYFRAME are marked, None:
    those of `tracks`. `span` are the first frame shown and the one after the last, None: all.
    """

    name: str
    video: Video
    tracks: Annotations
    keyframes: Annotations | None = None
    span: tuple[int, int] | None = None

    def dense(self) -> Annotations:
        """The tracks with a row in every frame of theirs, keyframes flagged where there are any."""
        whole = dense.dense(self.tracks)
        marks = self.marks()
        keys = _pairs(marks[marks.flagged(Flag.KEYFRAME) & ~marks.flagged(Flag.OUTSIDE)])
        hits = np.isin(_pairs(whole), keys) & ~rows.lone(whole)
        if not hits.any():
            return whole
        flags = np.zeros(len(whole), np.uint16) if whole.flags is None else whole.flags
        return whole.with_columns(flags=flags | np.where(hits, np.uint16(Flag.KEYFRAME), 0))

    def marks(self) -> Annotations:
        """The table that tells the keyframes."""
        return self.tracks if self.keyframes is None else self.keyframes

    def frames(self, most: int = MOST_FRAMES) -> range:
        """The frames to show: evenly spaced, `most` of them at most."""
        first, stop = self.span or (0, self.video.count)
        return range(first, stop, max(1, -(-(stop - first) // most)))


def _pairs(table: Annotations) -> NDArray[np.int64]:
    """One number for each (track, frame)."""
    found: NDArray[np.int64] = (rows.ids(table) << 32) + table.images.astype(np.int64)
    return found


def overlay(
    shown: ShownClip, labels: tuple[Label, ...], path: Path, most: int = MOST_FRAMES
) -> Path:
    """Write the clip with its tracks to an mp4 file: colour and number of each, frame and time.

    Frames last as long as in the clip. Keyframes have handles, interpolated places are dashed.
    JobError where it cannot be written; ImageError where no frame can be decoded.
    """
    wanted = shown.frames(most)
    drawn = _drawn(shown, labels, wanted)
    first, pixels = next(drawn, (None, None))
    if first is None or pixels is None:
        raise ImageError("no frame could be decoded", where=shown.name)
    size, rate = (pixels.shape[1], pixels.shape[0]), shown.video.rate / wanted.step
    with ClipWriter(path, size, rate) as writer:
        writer.write(pixels, 0.0)
        for frame, pixels in drawn:
            writer.write(_fitted(pixels, size), frame.time - first.time)
    return path


def _drawn(
    shown: ShownClip, labels: tuple[Label, ...], wanted: range
) -> Iterator[tuple[Frame, Pixels]]:
    """The frames with what is in them."""
    table, paint = shown.dense(), colours_of(shown.tracks)
    for frame in shown.video.frames(wanted):
        small, scale = scaled(frame.image.pixels)
        start, stop = np.searchsorted(table.images, [frame.index, frame.index + 1]).tolist()
        found = shapes.of(table[start:stop], labels, scale)
        canvas = draw_shapes(small, found, labels, paint)
        told = f"{frame.index}  {clock(frame.time, tenths=True)}"
        label = plate(told, letters(canvas), PLATE)
        paste(canvas, label, 0, max(0, canvas.shape[0] - label.shape[0]))
        yield frame, canvas


def _fitted(pixels: Pixels, size: tuple[int, int]) -> Pixels:
    """A picture of a sequence that has another size than the first one, scaled to it."""
    if (pixels.shape[1], pixels.shape[0]) == size:
        return pixels
    return np.asarray(cv2.resize(pixels, size), dtype=np.uint8)
