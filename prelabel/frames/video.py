"""`Video`: what a clip file and a sequence of pictures have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formats.dataset import Media
from prelabel.frames.faults import Fault, Faults
from prelabel.image import Image

__all__ = ["Frame", "Video"]

Times = NDArray[np.float64]
EVEN = 1e-6
"""Seconds by which times may stray from a constant rate that is still called one."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame: its number from 0, its time in seconds after the first frame, its picture."""

    index: int
    time: float
    image: Image


class Video(ABC):
    """A clip that has been looked through, so that every frame has its number and its time.

    `path` is the file, folder or pattern; `size` (width, height) of the frames in pixels as
    displayed; `times` (F,) seconds from the first frame, ascending; `rate` mean frames per second;
    `start` seconds of the first frame on the clip's own clock (what a player's clock shows);
    `pictures` the files of an image sequence, else empty.
    """

    path: str
    size: tuple[int, int]
    times: Times
    rate: float
    start: float = 0.0
    pictures: tuple[Path, ...] = ()

    def __init__(self) -> None:
        self._faults = Faults()

    @property
    def count(self) -> int:
        """The number of frames."""
        return len(self.times)

    @property
    def duration(self) -> float:
        """Seconds from the first frame until the last one has been shown."""
        return float(self.times[-1]) + 1 / self.rate

    @property
    def problems(self) -> list[Fault]:
        """What was found wrong so far; complete for the frames that `frames` went through."""
        return self._faults.lines()

    @property
    def constant(self) -> bool:
        """Whether frame i begins at i / rate."""
        return bool(np.abs(self.times - np.arange(self.count) / self.rate).max() < EVEN)

    def media(self, path: str = "") -> Media:
        """The clip as data sets describe it, under the name `path`; times only where they vary."""
        times = () if self.constant else tuple(self.times.tolist())
        return Media(path or self.path, self.size, self.count, self.rate, times)

    def frames(self, wanted: Iterable[int] | None = None) -> Iterator[Frame]:
        """The wanted frames (None: all) in presentation order, each once.

        Frames that cannot be decoded are left out and told in `problems`; the others keep their
        numbers. Only what comes next is held in memory; every call reads the clip anew, so several
        may run side by side. IndexError for a number that the clip does not have.
        """
        if wanted is None:
            numbers = np.arange(self.count, dtype=np.int64)
        else:
            numbers = np.unique(np.fromiter(wanted, dtype=np.int64))
        if len(numbers) and not (numbers[0] >= 0 and numbers[-1] < self.count):
            wrong = numbers[-1] if numbers[0] >= 0 else numbers[0]
            raise IndexError(f"frame {wrong} of a clip of {self.count}")
        return self._frames(numbers)

    @abstractmethod
    def _frames(self, numbers: NDArray[np.int64]) -> Iterator[Frame]:
        """The frames of ascending numbers that the clip has."""


def mean_rate(times: Times, nominal: float, tick: float) -> float:
    """Frames per second: the nominal one where it explains all times to a `tick`, else the mean.

    `tick` is the number of seconds to which the file rounds times.
    """
    if len(times) < 2 or times[-1] <= 0:
        return nominal
    if nominal > 0 and np.abs(times - np.arange(len(times)) / nominal).max() < tick + EVEN:
        return nominal
    return float((len(times) - 1) / times[-1])
