"""A clip file as a `Video`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from os import PathLike, fspath
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from prelabel.errors import ImageError
from prelabel.frames import index as indices
from prelabel.frames.index import Index, Numbers
from prelabel.frames.opening import Opened, opened
from prelabel.frames.pixels import Pictures
from prelabel.frames.rotation import orientation
from prelabel.frames.video import Frame, Video, mean_rate
from prelabel.frames.walking import Walk

__all__ = ["ClipFile"]

USUAL_RATE = 25.0
MATROSKA = "matroska,webm"
MISSING = 1.0
"""Seconds that a file may end before its stated end: how long the last frame lasts is not told."""


class ClipFile(Video):
    """Frames of a file that FFmpeg reads; see `prelabel.frames.open_video`."""

    def __init__(
        self,
        path: str | PathLike[str],
        rate: float | None,
        max_pixels: int,
        decoder: str,
        threads: int,
    ) -> None:
        super().__init__()
        self.path = fspath(path)
        self._opening = (max_pixels, decoder)
        self._threads = threads
        first = self._first()
        self._orientation = self._turn(first)
        self._stored = (first.width, first.height)
        self.size = self._stored if self._orientation < 5 else self._stored[::-1]
        self._index = self._indexed(first)
        self._clock(rate)

    def _open(self, threads: int) -> AbstractContextManager[Opened]:
        max_pixels, decoder = self._opening
        return opened(self.path, max_pixels, decoder, threads)

    def _first(self) -> Any:
        """The first frame that can be decoded."""
        with self._open(1) as source:
            self._base, self._nominal = source.stream.time_base, source.stream.average_rate
            for frame in indices.decoded(source):
                return frame
        raise ImageError("holds no frame that can be decoded", where=self.path)

    def _turn(self, frame: Any) -> int:
        found = orientation(frame)
        if found is None:
            self._faults.clip("is to be shown at an angle that is no quarter turn: not turned")
        return found or 1

    def _indexed(self, first: Any) -> Index:
        with self._open(1) as source:
            found, troubles = indices.by_packets(source)
            for trouble in troubles:
                self._faults.clip(f"cannot be read whole: {trouble}")
            if found is not None and found.stamps is not None and first.pts in found.stamps:
                self._whole(source, found)
                return self._begun(found, first.pts)
        with self._open(1) as source:  # several threads may lose frames beside a broken one
            return indices.by_decoding(source)

    def _begun(self, found: Index, stamp: int) -> Index:
        """The index from the first frame on that a decoder shows."""
        shown = found.since(stamp)
        if shown.count < found.count:
            lacking = f"{found.count - shown.count} frames that no decoder shows"
            self._faults.clip(f"begins with {lacking}; numbers begin after them")
        return shown

    def _whole(self, source: Opened, found: Index) -> None:
        """Tell where the file has less than it states."""
        stated = source.container.duration or 0
        entries, size = source.stream.index_entries, source.container.size
        if found.stamps is None:
            return
        if len(entries) and size and entries[-1].pos + entries[-1].size > size:
            self._faults.clip(
                f"is cut off: {found.count} of {source.stream.frames} frames are there"
            )
        elif source.container.format.name == MATROSKA and len(source.container.streams) == 1:
            end, whole = float(found.stamps[-1] * source.stream.time_base), stated / av.time_base
            if end < whole - MISSING:
                self._faults.clip(f"is cut off: it states {whole:.1f} s and ends after {end:.1f} s")

    def _clock(self, rate: float | None) -> None:
        base, nominal = self._base, self._nominal
        stated = float(nominal) if nominal else rate or USUAL_RATE
        stamps = self._index.stamps
        if stamps is None:
            self.rate = rate or stated
            self.times = np.arange(self._index.count) / self.rate
        else:
            self.times = _seconds(stamps - stamps[0], base)
            self.rate = mean_rate(self.times, stated, float(base))
            self.start = float(stamps[0] * base)

    def _frames(self, numbers: NDArray[np.int64]) -> Iterator[Frame]:
        walk = Walk(self._open, self._index, self._faults, self._threads)
        pictures = Pictures(self._stored, self._orientation)
        for number, frame in walk.frames(numbers):
            if (frame.width, frame.height) != self._stored:
                self._faults.frames([number], f"{frame.width} x {frame.height} pixels, scaled")
            yield Frame(number, float(self.times[number]), pictures.picture(frame))


def _seconds(stamps: Numbers, base: Any) -> NDArray[np.float64]:
    """Time stamps in seconds, rounded once."""
    return stamps * base.numerator / base.denominator
