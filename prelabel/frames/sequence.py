"""A folder or pattern of pictures as a `Video`."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator
from os import PathLike, fspath
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formats.pictures import SUFFIXES, is_picture
from prelabel.errors import FetchError, ImageError, PrelabelError
from prelabel.frames.video import Frame, Video
from prelabel.image import Image, decode

__all__ = ["PictureSequence", "is_sequence", "pictures_of"]

USUAL_RATE = 25.0


def is_sequence(path: str | PathLike[str]) -> bool:
    """Whether `path` is a folder, or a pattern that no file bears as its name."""
    return Path(path).is_dir() or (glob.has_magic(fspath(path)) and not Path(path).exists())


def pictures_of(path: str | PathLike[str]) -> tuple[Path, ...]:
    """The pictures of a folder (not of those below it) or a pattern, numbers in names by value.

    FetchError where there is none.
    """
    folder = Path(path)
    if folder.is_dir():
        found = [file for file in folder.iterdir() if not file.name.startswith(".")]
    else:
        names = glob.iglob(fspath(path), recursive=True)  # noqa: PTH207 - may be absolute
        found = [Path(name) for name in names]
    pictures = [file for file in found if is_picture(file) and file.is_file()]
    if not pictures:
        looked = f"looked for {' '.join(sorted(SUFFIXES))}"
        raise FetchError("no pictures here", where=path, hint=looked)
    return tuple(sorted(pictures, key=_by_number))


def _by_number(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Sorts ``2.png`` before ``10.png``; names that differ in zeros only by their text."""
    steps = re.findall(r"\d+|\D+", path.as_posix())
    return [(int(s), "") if s.isdecimal() else (-1, s) for s in steps], path.as_posix()


class PictureSequence(Video):
    """Pictures in order of their names, `rate` of them a second (25 where None).

    A picture that cannot be read is told in `problems`, and so is one of another size than the
    first, which is given as it is.
    """

    def __init__(self, path: str | PathLike[str], rate: float | None, max_pixels: int) -> None:
        super().__init__()
        self.path = fspath(path)
        self.pictures = pictures_of(path)
        self.rate = rate or USUAL_RATE
        self.times = np.arange(len(self.pictures)) / self.rate
        self._max_pixels = max_pixels
        self.size = self._first().size

    def _first(self) -> Image:
        for number in range(len(self.pictures)):
            found = self._picture(number)
            if found is not None:
                return found
        raise ImageError("holds no picture that can be decoded", where=self.path)

    def _picture(self, number: int) -> Image | None:
        path = self.pictures[number]
        try:
            return decode(path.read_bytes(), str(path), self._max_pixels)
        except PrelabelError as error:
            what = f"{error.what} ({error.hint})" if error.hint else error.what
            self._faults.frames([number], f"{path.name} {what}")
        except OSError as error:
            self._faults.frames([number], f"{path.name} cannot be read: {error.strerror}")
        return None

    def _frames(self, numbers: NDArray[np.int64]) -> Iterator[Frame]:
        for number in numbers.tolist():
            found = self._picture(number)
            if found is None:
                continue
            if found.size != self.size:
                width, height = found.size
                self._faults.frames([number], f"{width} x {height} pixels, kept as it is")
            yield Frame(number, float(self.times[number]), found)
