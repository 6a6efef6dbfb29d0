"""The pixels of the pictures that the report shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from formats.dataset import Dataset, Item
from prelabel.errors import PrelabelError, SettingsError
from prelabel.image import Image, decode

__all__ = ["Opener"]


@dataclass(slots=True)
class Opener:
    """Finds the files of items below some folders, and counts those that it does not find.

    `places` are the folders that paths begin at; below `whole` a file may also lie deeper than its
    path says. A path that leaves its folder is not followed.
    """

    places: Sequence[Path]
    whole: Path | None = None
    missed: int = 0
    _named: dict[str, list[Path]] | None = field(default=None, init=False)

    @staticmethod
    def of(images: Path | None, datasets: Sequence[tuple[Path, Dataset]]) -> Opener:
        """Looks below `images`, else where the datasets' layouts keep pictures.

        SettingsError where `images` is no folder.
        """
        if images is None:
            return Opener(list(_places(datasets)))
        if not images.is_dir():
            raise SettingsError("is not a folder", where=images)
        return Opener([images], images)

    def open(self, items: Sequence[Item | None]) -> Image | None:
        """The picture of the first item whose file is found; None where none can be read."""
        for item in items:
            path = None if item is None else self._find(_file_of(item))
            image = None if path is None or item is None else _read(path, item.frame)
            if image is not None:
                return image
        self.missed += 1
        return None

    def _find(self, path: str) -> Path | None:
        steps = PurePosixPath(path.replace("\\", "/")).parts
        if not steps or ".." in steps or steps[0] == "/":
            return None
        found = (p for p in self._candidates(steps) if p.is_file())
        return next(found, None)

    def _candidates(self, steps: tuple[str, ...]) -> Iterator[Path]:
        """The whole path below each place, then ever shorter ends of it, then the one deeper."""
        for start in range(len(steps)):
            for place in self.places:
                yield place.joinpath(*steps[start:])
        deeper = self._deeper(steps[-1])
        yield from deeper if len(deeper) == 1 else ()

    def _deeper(self, name: str) -> list[Path]:
        """All files of a name below `whole`."""
        if self._named is None:
            self._named = {}
            for path in sorted(self.whole.rglob("*")) if self.whole else ():
                self._named.setdefault(path.name, []).append(path)
        return self._named.get(name, [])


def _places(datasets: Sequence[tuple[Path, Dataset]]) -> Iterator[Path]:
    """The folders that datasets name, then those beside their files."""
    for path, dataset in datasets:
        if dataset.root:
            yield Path(dataset.root)
        here = path if path.is_dir() else path.parent
        yield from (here, here / "images", here.parent / "images", here.parent)


def _file_of(item: Item) -> str:
    """The path of the picture; of a frame, that of its clip."""
    return item.path if item.frame is None else item.path.removesuffix(f"#{item.frame}")


def _read(path: Path, frame: int | None) -> Image | None:
    """The picture of a file, or a frame of a clip."""
    from prelabel.video.sources import is_clip

    try:
        if frame is not None and is_clip(path):
            return _frame(path, frame)
        return decode(path.read_bytes(), str(path))
    except (OSError, PrelabelError):  # the page goes without, its shapes are what counts
        return None


def _frame(path: Path, number: int) -> Image | None:
    from prelabel.frames import open_video

    video = open_video(path)
    wanted = [number] if 0 <= number < video.count else []
    return next((frame.image for frame in video.frames(wanted)), None)
