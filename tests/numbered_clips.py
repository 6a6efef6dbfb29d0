"""Clips whose frames tell their number in blocks of black and white, and a square in motion."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prelabel.frames.writing import ClipWriter

__all__ = ["BITS", "SIZE", "frame", "number", "square", "write"]

SIZE = (320, 240)
BITS = 10
BLOCK = SIZE[0] // BITS
"""Pixels of a block's side; the first block is the lowest bit."""
SIDE = 40
GROUND, COLOUR = 90, (250, 210, 40)


def square(index: int) -> NDArray[np.float64]:
    """The square's box in a frame, (4,): it swings to and fro, faster and slower."""
    x = 140 + 110 * np.sin(index / 9)
    y = 120 + 50 * np.cos(index / 5)
    return np.array([x, y, x + SIDE, y + SIDE]).round()


def frame(index: int) -> NDArray[np.uint8]:
    """The picture of a frame, (H, W, 3)."""
    width, height = SIZE
    pixels = np.full((height, width, 3), GROUND, dtype=np.uint8)
    for bit in range(BITS):
        pixels[:BLOCK, bit * BLOCK : (bit + 1) * BLOCK] = 255 * (index >> bit & 1)
    x0, y0, x1, y1 = square(index).astype(int)
    pixels[y0:y1, x0:x1] = COLOUR
    return pixels


def number(pixels: NDArray[np.uint8]) -> int:
    """The number that a picture of any scale tells."""
    height, width = pixels.shape[:2]
    row = pixels[round(height * BLOCK / SIZE[1] / 2)].reshape(width, -1).mean(axis=1)
    middles = [round((bit + 0.5) * width / BITS) for bit in range(BITS)]
    return sum(int(row[x] > 128) << bit for bit, x in enumerate(middles))


def write(path: Path, times: Sequence[float], rate: float) -> None:
    """A clip whose frame i is shown from ``times[i]`` seconds on."""
    with ClipWriter(path, SIZE, rate) as clip:
        for index, time in enumerate(times):
            clip.write(frame(index), time)
