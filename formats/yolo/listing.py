"""The pictures that an entry of a data.yaml names: a folder, a list of pictures, or a picture."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from formats import files
from formats.errors import FormatError
from formats.yolo.config import Config
from formats.yolo.paths import absolute, is_picture, label_file

__all__ = ["MissingEntryError", "folders_of", "of_folder", "pictures_of"]


class MissingEntryError(FormatError):
    """An entry of a split that leads nowhere."""


def pictures_of(settings: Config, entries: tuple[str, ...]) -> Iterator[str]:
    """Absolute paths; those of a folder sorted, those of a list in its order."""
    for entry in entries:
        place = _place(settings, entry)
        if files.is_folder(place):
            yield from of_folder(place)
        elif is_picture(entry):
            yield absolute(place)
        elif files.is_file(place):
            yield from _of_list(place, settings)
        else:
            raise MissingEntryError(f"{entry!r} is no folder, list or picture", where=settings.path)


def folders_of(settings: Config) -> Iterator[str]:
    """Absolute paths of the folders that a configuration names."""
    places = (_place(settings, entry) for some in settings.splits.values() for entry in some)
    return (absolute(place) for place in places if files.is_folder(place))


def _place(settings: Config, entry: str) -> Path:
    """Where an entry leads: from the set's folder, else without what stands before it."""
    there = entry.replace("\\", "/")
    spellings = [entry, there, there.removeprefix("../"), *_shorter(there)]
    places = [root / name for name in spellings for root in settings.roots]
    return next((p for p in places if files.is_file(p) or files.is_folder(p)), places[0])


def _shorter(entry: str) -> list[str]:
    """The path without its first folders, as sets name them that were moved."""
    parts = [part for part in entry.split("/") if part not in ("", ".", "..")]
    return ["/".join(parts[k:]) for k in range(len(parts))]


def of_folder(folder: Path) -> list[str]:
    """Every picture below a folder, by path."""
    return sorted(
        os.path.join(base, name)  # noqa: PTH118 - a Path for each of many pictures is slow
        for base, _, names in os.walk(absolute(folder), followlinks=True)
        for name in names
        if is_picture(name)
    )


def _of_list(path: Path, settings: Config) -> Iterator[str]:
    """The lines of a list: ``./`` is its own folder, other relative paths that of the set.

    A path that leads nowhere is tried without its first folders (``data/`` of Darknet's lists).
    """
    here = absolute(path.parent)
    guide = _Guide(here, settings)
    for _, line in files.lines(path):
        name = line.strip().replace("\\", "/")
        if not name or "\0" in name or not is_picture(name):
            continue
        if name.startswith("./"):
            yield os.path.normpath(f"{here}/{name}")
        else:
            yield guide.lead(name)


class _Guide:
    """Finds the pictures of a list; what worked for the last line is tried first."""

    def __init__(self, here: str, settings: Config) -> None:
        self.bases = list(dict.fromkeys([*(absolute(r) for r in settings.roots), here]))
        self.last = (self.bases[0], 0)

    def lead(self, name: str) -> str:
        """The absolute path of a line; where no picture is there, the likeliest place for it."""
        if name.startswith("/") and os.access(name, os.F_OK):
            return os.path.normpath(name)
        parts = [part for part in name.split("/") if part]
        tries = [self.last, *((base, k) for k in range(len(parts)) for base in self.bases)]
        for base, skipped in tries:
            picture = os.path.normpath("/".join([base, *parts[skipped:]]))
            if skipped < len(parts) and os.access(picture, os.F_OK):
                self.last = (base, skipped)
                return picture
        base, skipped = self._abroad(parts) if _is_absolute(name) else self.last
        return os.path.normpath("/".join([base, *parts[skipped:]]))

    def _abroad(self, parts: list[str]) -> tuple[str, int]:
        """Where a path of another machine leads whose picture is not at hand: into the set.

        The longest end of it that has a label file or a folder here, else from its last ``images``.
        """
        here = [base for base in self.bases if os.access(base, os.F_OK)] or self.bases
        for place in (label_file, os.path.dirname):
            for skipped in range(len(parts) - 1):
                for base in here:
                    if os.access(place("/".join([base, *parts[skipped:]])), os.F_OK):
                        return base, skipped
        last = max((k for k, part in enumerate(parts) if part == "images"), default=len(parts) - 1)
        return here[0], last


def _is_absolute(name: str) -> bool:
    return name.startswith("/") or name[1:3] == ":/"
