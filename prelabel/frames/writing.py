"""`ClipWriter`: pictures into a clip file that browsers play."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
from numpy.typing import NDArray

from prelabel.errors import ImageError, JobError

__all__ = ["ClipWriter"]

Pixels = NDArray[np.uint8]

ENCODERS = ("libx264", "libopenh264", "libvpx-vp9")
"""Tried in this order; browsers play all of them from an mp4 file."""
OPTIONS: Mapping[str, Mapping[str, str]] = {
    "libx264": {"preset": "veryfast", "crf": "20"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "crf": "32"},
}
LEAST_TICKS = 90_000
"""Ticks of the clock a second, at least; frames of a constant rate last whole ticks."""


class ClipWriter:
    """Writes frames of `size` (width, height) pixels, `rate` a second, to the mp4 file `path`.

    Used in a ``with`` block: the file appears at its end, whole, and not at all where the block
    fails. An odd width or height grows by one pixel, since colours are stored for two by two.
    JobError where the file cannot be written, or where none of the `encoders` is there.
    """

    def __init__(
        self,
        path: str | PathLike[str],
        size: tuple[int, int],
        rate: float,
        *,
        encoders: Sequence[str] = ENCODERS,
        options: Mapping[str, str] | None = None,
    ) -> None:
        self.path = Path(path)
        self.size = size
        self._rate = Fraction(rate).limit_denominator(1001)
        whole = self._rate.numerator
        self._tick = Fraction(1, whole * -(-LEAST_TICKS // whole))
        self._unfinished = self.path.with_name(f"{self.path.name}.part")
        self._count, self._last = 0, -1
        self._container, self._stream = self._opened(encoders, options)

    def _opened(
        self, encoders: Sequence[str], options: Mapping[str, str] | None
    ) -> tuple[Any, Any]:
        """The file, and its stream of the first encoder that is there."""
        name = next((name for name in encoders if name in av.codecs_available), "")
        if not name:
            raise JobError(f"none of the encoders {', '.join(encoders)} is there", where=self.path)
        try:
            faststart = {"movflags": "+faststart"}
            self._unfinished.touch()
            container = av.open(str(self._unfinished), "w", format="mp4", options=faststart)
        except OSError as error:
            raise self._failed(error) from error
        chosen = dict(OPTIONS.get(name, {}) if options is None else options)
        stream = container.add_stream(name, rate=self._rate, options=chosen)
        stream.width, stream.height = (side + side % 2 for side in self.size)
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = self._tick
        return container, stream

    def __enter__(self) -> Self:
        return self

    def write(self, pixels: Pixels, time: float | None = None) -> None:
        """Add a frame, (H, W, 3) uint8 RGB, shown from `time` seconds on (None: at its turn).

        ImageError for pixels of another size; JobError for a time that is not after the last one.
        """
        height, width = pixels.shape[:2]
        if (width, height) != self.size:
            wanted = "{} x {}".format(*self.size)
            raise ImageError(f"{width} x {height} pixels, expected {wanted}", where=self.path)
        frame = av.VideoFrame.from_ndarray(_even(pixels), format="rgb24")
        frame.pts, frame.time_base = self._stamp(time), self._tick
        self._mux(frame)

    def _stamp(self, time: float | None) -> int:
        seconds = self._count / self._rate if time is None else Fraction(time)
        stamp = round(seconds / self._tick)
        if stamp <= self._last:
            what = f"frame {self._count} at {float(seconds):g} s, expected a later time"
            raise JobError(f"{what} than that of the frame before", where=self.path)
        self._count, self._last = self._count + 1, stamp
        return stamp

    def _mux(self, frame: Any) -> None:
        """Encode a frame, or what is left where it is None."""
        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except (OSError, av.error.FFmpegError) as error:
            raise self._failed(error) from error

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            with suppress(OSError, av.error.FFmpegError):
                self._container.close()
            self._unfinished.unlink(missing_ok=True)

    def _finish(self) -> None:
        if self._count:
            self._mux(None)
        try:
            self._container.close()
            self._unfinished.replace(self.path)
        except (OSError, av.error.FFmpegError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> JobError:
        reason = getattr(error, "strerror", None) or str(error)
        return JobError(f"cannot be written: {reason}", where=self.path)


def _even(pixels: Pixels) -> Pixels:
    """The picture with an odd side made even by repeating its last pixels."""
    height, width = pixels.shape[:2]
    if height % 2 or width % 2:
        return np.pad(pixels, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return np.ascontiguousarray(pixels)
