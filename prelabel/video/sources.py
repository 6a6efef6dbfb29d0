"""What a video job looks at: clips, folders of them, and folders of pictures taken as clips.

A clip is known by its name, its path below the source that it came from; see `prelabel.sources`.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from formats.pictures import is_picture
from prelabel.errors import JobError
from prelabel.sources import files, folders, naming
from prelabel.sources.pictures import Group, Unit, is_address, name_of

__all__ = ["SUFFIXES", "Clips", "collect", "is_clip"]

SUFFIXES = frozenset(
    [".3gp", ".asf", ".avi", ".flv", ".m2ts", ".m4v", ".mjpeg", ".mkv", ".mov", ".mp4", ".mpeg"]
    + [".mpg", ".mts", ".mxf", ".ogv", ".ts", ".vob", ".webm", ".wmv", ".y4m"]
)
"""Endings of video files, in lower case; a file that is named on its own may have any."""

Clips = tuple[tuple[Unit, ...], str]
"""The clips of a job in order, and the folder that their names are relative to, "" for none."""


def is_clip(path: str | Path) -> bool:
    """Whether the name ends as a video's does."""
    return Path(path).suffix.lower() in SUFFIXES


def collect(sources: Sequence[str], *, exclude: str = "") -> Clips:
    """The clips of all sources, in their order; those of a folder sorted by name.

    `exclude` is a folder that is not walked (the job's own output). JobError where a source is
    missing or has no clip, or where two clips end up under one name.
    """
    for source in sources:
        if is_address(source):
            raise JobError("is an address; video is read from files", source, "download it first")
    plain = files.groups([s for s in sources if Path(s).is_file()])
    groups = [plain.get(s) or _group(s, exclude) for s in sources]
    seen: set[str] = set()
    units = naming.named([naming.distinct(group, seen) for group in groups], "clips")
    return tuple(units), naming.root(units)


def _group(source: str, exclude: str) -> Group:
    path = Path(source)
    if path.is_dir():
        return _folder(path, Path(exclude).resolve() if exclude else None)
    if any(sign in source for sign in "*?["):
        return _pattern(source)
    raise JobError("no such file or folder", where=source)


def _folder(folder: Path, barred: Path | None) -> Group:
    """The clips below a folder; where there are none, every folder of pictures is a clip."""
    found = list(folders.walk(folder, barred))
    clips = [path for path in found if is_clip(path)]
    paths = clips or {path.parent for path in found if is_picture(path)}
    if not paths:
        raise JobError("no clips and no pictures in this folder", where=folder)
    if paths == {folder}:
        return _whole(folder, str(folder))
    return _below(paths, folder)


def _pattern(text: str) -> Group:
    """What fits a pattern: clips and folders of pictures, else the pictures, which are one clip."""
    found = [Path(p) for p in glob.iglob(text, recursive=True)]  # noqa: PTH207 - may be absolute
    clips = [path for path in found if path.is_dir() or is_clip(path)]
    root = folders.fixed_part(text)
    if clips:
        return _below(clips, root)
    if not any(is_picture(path) for path in found):
        raise JobError("no clip and no picture fits this pattern", where=text)
    return _whole(root, text)


def _whole(folder: Path, address: str) -> Group:
    """A folder as one clip, which goes by the folder's name."""
    place = Path(os.path.normpath(folder.absolute()))
    name = name_of(place, place.parent) if place.name else "frames"
    return Group(place.parent.name or "files", (Unit(name, address),))


def _below(paths: Iterable[Path], root: Path) -> Group:
    units = [Unit(name_of(path, root), str(path)) for path in paths]
    units.sort(key=lambda unit: unit.path.split("/"))
    return Group(root.resolve().name, tuple(units))
