"""The pixels of the pictures that the report shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from formats.dataset import Dataset
from prelabel.errors import PrelabelError, SettingsError
from prelabel.image import Image, decode

__all__ = ["Opener", "opener"]

Opener = Callable[[str], Image | None]
"""The picture of a path in a dataset, None where it is not found or cannot be read."""


def opener(images: Path | None, datasets: Sequence[tuple[Path, Dataset]]) -> Opener:
    """Looks for pictures below `images`, else where layouts of the datasets keep them.

    A path that leaves its folder is not followed. SettingsError where `images` is no folder.
    """
    if images is not None and not images.is_dir():
        raise SettingsError("is not a folder", where=images)
    places = [images] if images is not None else list(_places(datasets))

    def opened(path: str) -> Image | None:
        steps = PurePosixPath(path.replace("\\", "/")).parts
        if not steps or ".." in steps or steps[0] == "/":
            return None
        found = (p for p in _files(places, steps) if p.is_file())
        return next((image for p in found if (image := _read(p)) is not None), None)

    return opened


def _files(places: Sequence[Path], steps: tuple[str, ...]) -> Iterator[Path]:
    """The whole path below each place, then ever shorter ends of it."""
    for start in range(len(steps)):
        for place in places:
            yield place.joinpath(*steps[start:])


def _places(datasets: Sequence[tuple[Path, Dataset]]) -> Iterator[Path]:
    """The folders that datasets name, then those beside their files."""
    for path, dataset in datasets:
        if dataset.root:
            yield Path(dataset.root)
        here = path if path.is_dir() else path.parent
        yield from (here, here / "images", here.parent / "images", here.parent)


def _read(path: Path) -> Image | None:
    try:
        return decode(path.read_bytes(), str(path))
    except (OSError, PrelabelError):  # the page goes without, its shapes are what counts
        return None
