"""Sizes of pictures, from the header alone, and where a data set's pictures lie."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from pathlib import Path

from formats import files, headers
from formats.dataset import Item
from formats.errors import FormatError

__all__ = ["SUFFIXES", "Finder", "Folder", "Header", "header", "is_picture", "locate", "size"]

SUFFIXES = frozenset(
    [".avif", ".bmp", ".dib", ".gif", ".heic", ".heif", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg"]
    + [".mpo", ".pbm", ".pfm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"]
)
"""Endings of picture files, in lower case."""
WIDTH, LENGTH = 0x0100, 0x0101
"""Tags of a TIFF file; Pillow's own size of one may be turned already."""


@dataclass(frozen=True, slots=True)
class Header:
    """`stored` = (width, height) of the pixels as they lie in the file; EXIF `orientation` 1..8."""

    stored: tuple[int, int]
    orientation: int = 1

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) as displayed, EXIF orientation applied."""
        width, height = self.stored
        return (height, width) if self.orientation >= 5 else (width, height)


def is_picture(path: str | Path) -> bool:
    """Whether the name ends as a picture's does."""
    return Path(path).suffix.lower() in SUFFIXES


def size(path: str | Path) -> tuple[int, int]:
    """(width, height) in pixels as displayed; no pixel is decoded."""
    return header(path).size


def header(path: str | Path) -> Header:
    """What the header of a picture says; FormatError where it is no picture."""
    try:
        with Path(path).open("rb") as stream:
            start = stream.read(4)
            stream.seek(0)
            parse = {b"\xff\xd8": headers.jpeg, b"\x89P": headers.png}.get(start[:2])
            found = parse(stream) if parse else None
    except OSError as error:
        raise FormatError(f"cannot read: {error.strerror or error}", where=path) from error
    if found is not None:
        return Header(*found)
    if parse is not None:
        raise FormatError("the picture's header is broken or cut off", where=path)
    return _by_pillow(path)


def _by_pillow(path: str | Path) -> Header:
    """Every other format: Pillow reads the header when it opens a file."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                exif = image.getexif()
                tagged = image.format == "TIFF" and WIDTH in exif and LENGTH in exif
                stored = (exif[WIDTH], exif[LENGTH]) if tagged else image.size
                orientation = exif.get(headers.ORIENTATION, 1)
                return Header(stored, orientation if orientation in range(1, 9) else 1)
    except (UnidentifiedImageError, ImportError) as error:
        # ImportError: ultralytics replaces Image.open by one that asks for a plug-in it lacks
        raise FormatError("not a picture of a known format", where=path) from error
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise FormatError(f"the picture's header cannot be read: {error}", where=path) from error


class Folder:
    """Where pictures are looked for below the root of a data set.

    A path is tried as it stands, then inside ``images``, the split's folder, and
    ``images/<split>``; without a split in ``images/default``, as CVAT and datumaro call none; at
    last inside ``data``, where FiftyOne puts them.
    The place of the last one found comes first. Where nothing is found ``\\`` counts as ``/``,
    because other systems write it so.
    """

    def __init__(self, root: str | Path, split: str = "") -> None:
        further = [split, f"images/{split}"] if split else ["images/default"]
        names = ["", "images", *further, "data"]
        places = [Path(root, name) for name in names]
        self._places = [str(place) for place in places if files.is_folder(place)]

    def find(self, path: str) -> str | None:
        """The file of a picture, None where there is none."""
        for k, place in enumerate(self._places):
            found = os.path.join(place, path)  # noqa: PTH118 - once per picture, many times
            if os.path.isfile(found):  # noqa: PTH113
                if k:
                    self._places.insert(0, self._places.pop(k))
                return found
        return self.find(path.replace("\\", "/")) if "\\" in path else None


class Finder:
    """Where the pictures of a data set lie: `locate` for many items."""

    def __init__(self, root: str | Path) -> None:
        self.root = root
        self._folders: dict[str, Folder] = {}

    def find(self, item: Item) -> str:
        """The file of an item's picture, "" where it is not found."""
        if item.file or not self.root:
            return item.file
        folder = self._folders.get(item.split)
        if folder is None:
            folder = self._folders[item.split] = Folder(self.root, item.split)
        return folder.find(item.path) or ""


def locate(root: str | Path, item: Item) -> Path | None:
    """Where an item's picture lies below the root of its data set, None where it is not found."""
    if item.file:
        return Path(item.file)
    found = Folder(root, item.split).find(item.path) if root else None
    return None if found is None else Path(found)
