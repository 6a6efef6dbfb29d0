"""Clips for tests, written with PyAV alone: every frame bears its number, readable from pixels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

__all__ = ["BITS", "burnt", "number_of", "numbers_of", "write_clip"]

Pixels = NDArray[np.uint8]

BITS = 12
"""Blocks of a burnt-in number, from the lowest bit on, 4 in a row."""
DARK, BRIGHT = 30, 225


def burnt(number: int, size: tuple[int, int] = (96, 64)) -> Pixels:
    """A picture with `number` as black and white blocks; the top left one is its lowest bit."""
    width, height = size
    bits = [number >> bit & 1 for bit in range(BITS)]
    blocks = np.array(bits, np.uint8).reshape(3, 4)
    rows = np.arange(height) * 3 // height
    columns = np.arange(width) * 4 // width
    grey = np.where(blocks[rows[:, None], columns], BRIGHT, DARK).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def number_of(pixels: Pixels) -> int:
    """The number that a picture bears; AssertionError where a block is neither black nor white."""
    height, width = pixels.shape[:2]
    number = 0
    for bit in range(BITS):
        row, column = divmod(bit, 4)
        middle = pixels[
            (4 * row + 1) * height // 12 + 1 : (4 * row + 3) * height // 12,
            (4 * column + 1) * width // 16 + 1 : (4 * column + 3) * width // 16,
        ].mean()
        assert not 90 < middle < 165, f"bit {bit} is {middle:.0f}"
        number |= int(middle > 128) << bit
    return number


def numbers_of(frames: Iterable[Any]) -> list[tuple[int, int]]:
    """(number told, number seen) of each frame."""
    return [(frame.index, number_of(frame.image.pixels)) for frame in frames]


def write_clip(
    path: Path,
    numbers: Iterable[int] = range(60),
    *,
    size: tuple[int, int] = (96, 64),
    rate: Fraction | int = 25,
    codec: str = "libx264",
    kind: str | None = None,
    layout: str = "yuv420p",
    times: Sequence[float] | None = None,
    tick: Fraction | None = None,
    options: Mapping[str, str] | None = None,
    container: Mapping[str, str] | None = None,
    turn: Mapping[str, Any] | None = None,
    sound: bool = False,
) -> Path:
    """A clip of burnt-in numbers.

    `kind` is FFmpeg's name of the container where the ending does not tell it, `times` seconds of
    each frame, `tick` what they are rounded to, `turn` arguments of `set_display_rotation`.
    """
    with av.open(str(path), "w", format=kind, options=dict(container or {})) as file:
        stream = file.add_stream(codec, rate=rate, options=dict(options or {}))
        stream.width, stream.height, stream.pix_fmt = *size, layout
        tick = tick or Fraction(1, 1) / rate
        stream.codec_context.time_base = tick
        if turn:
            stream.set_display_rotation(**turn)
        if sound:
            _tone(file, 2.0)
        for i, number in enumerate(numbers):
            frame = av.VideoFrame.from_ndarray(burnt(number, size), format="rgb24")
            seconds = Fraction(i) / rate if times is None else Fraction(times[i])
            frame.pts, frame.time_base = round(seconds / tick), tick
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def _tone(file: Any, seconds: float) -> None:
    """A second stream with sound."""
    stream = file.add_stream("aac", rate=8000, layout="mono")
    wave = (np.sin(np.arange(int(8000 * seconds)) / 5) * 0.1).astype(np.float32)
    for start in range(0, len(wave) - 1024, 1024):
        frame = av.AudioFrame.from_ndarray(wave[None, start : start + 1024], "fltp", "mono")
        frame.sample_rate, frame.pts = 8000, start
        file.mux(stream.encode(frame))
    file.mux(stream.encode(None))
