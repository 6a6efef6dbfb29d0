"""`Clip`: one clip of a job, opened: its frames, their names, the sha256 of its bytes."""

from __future__ import annotations

import glob
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formats.dataset import Media
from prelabel import frames
from prelabel.errors import FetchError
from prelabel.settings import Settings
from prelabel.sources import folders
from prelabel.sources.pictures import Unit, name_of
from prelabel.video.options import Sampling

__all__ = ["Clip", "chosen", "sha256_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A clip that can be read. `unit`: its name and address."""

    unit: Unit
    video: frames.Video
    sha256: str

    @classmethod
    def open(cls, unit: Unit, settings: Settings, rate: float | None = None) -> Clip:
        """Look through a clip; FetchError and ImageError tell why it cannot be read.

        `rate`: frames per second of what has no times of its own.
        """
        video = frames.open_video(
            unit.address, rate, max_pixels=settings.max_pixels, decoder=settings.video_decoder
        )
        return cls(unit, video, sha256_of(video))

    def media(self) -> Media:
        """The clip as data sets describe it."""
        return self.video.media(self.unit.path)

    def name(self, frame: int) -> str:
        """What a frame is called: that of its picture, or ``<clip>#<frame>``."""
        if not self.video.pictures:
            return f"{self.unit.path}#{frame}"
        return f"{self.unit.path}/{name_of(self.video.pictures[frame], self._folder)}"

    @property
    def _folder(self) -> Path:
        """The folder of an image sequence."""
        address = self.unit.address
        plain = not glob.has_magic(address) or Path(address).is_dir()
        return Path(address) if plain else folders.fixed_part(address)

    def wanted(self, sampling: Sampling) -> NDArray[np.int64]:
        """The frames to look at first, ascending; see `chosen`."""
        return chosen(self.video.times, sampling)


def chosen(times: NDArray[np.float64], sampling: Sampling) -> NDArray[np.int64]:
    """The frames that a sampling takes of a clip; SettingsError for a sampling that is none."""
    return frames.choose(
        times,
        stride=sampling.stride,
        fps=sampling.fps,
        start=sampling.start,
        stop=sampling.stop,
    )


def sha256_of(video: frames.Video) -> str:
    """sha256 of a clip's bytes; of an image sequence, of the pictures' own in their order."""
    try:
        found = [_digest(path) for path in video.pictures or (Path(video.path),)]
    except OSError as error:
        raise FetchError(f"cannot be read: {error.strerror}", where=video.path) from error
    return found[0] if not video.pictures else hashlib.sha256("".join(found).encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
