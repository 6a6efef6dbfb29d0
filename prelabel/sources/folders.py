"""Folders and patterns as sources: every picture below them, sorted by name."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from pathlib import Path

from formats.pictures import SUFFIXES, is_picture
from prelabel.errors import JobError
from prelabel.sources.pictures import Group, Unit, name_of

__all__ = ["fixed_part", "group", "pattern", "walk"]


def group(folder: Path, exclude: Path | None = None) -> Group:
    """All pictures below a folder, hidden files and folders and `exclude` left out."""
    barred = exclude.resolve() if exclude else None
    try:
        found = [path for path in walk(folder, barred) if is_picture(path)]
    except OSError as error:
        raise JobError(f"cannot be read: {error.strerror}", where=error.filename) from error
    if not found:
        raise JobError("no pictures in this folder", where=folder, hint=_looked_for())
    return _group_of(found, folder)


def pattern(text: str) -> Group:
    """The pictures that a pattern such as ``photos/**/*.png`` finds."""
    found = [Path(p) for p in glob.iglob(text, recursive=True)]  # noqa: PTH207 - may be absolute
    pictures = [path for path in found if path.is_file() and is_picture(path)]
    if not pictures:
        raise JobError("no picture fits this pattern", where=text, hint=_looked_for())
    return _group_of(pictures, fixed_part(text))


def _group_of(paths: list[Path], root: Path) -> Group:
    units = [Unit(name_of(path, root), str(path)) for path in paths]
    units.sort(key=lambda unit: unit.path.split("/"))
    return Group(root.resolve().name, tuple(units))


def fixed_part(text: str) -> Path:
    """The folders in front of the first wildcard."""
    parts = Path(text).parts[:-1]
    fixed = next((i for i, part in enumerate(parts) if glob.has_magic(part)), len(parts))
    return Path(*parts[:fixed])


def walk(folder: Path, barred: Path | None) -> Iterator[Path]:
    """Files below `folder`; links to folders are followed, but never in a circle."""

    def fail(error: OSError) -> None:
        raise error

    seen = set()
    for here, names, files in os.walk(folder, onerror=fail, followlinks=True):
        place = Path(here).resolve()
        if place in seen or place == barred:
            names.clear()
            continue
        seen.add(place)
        names[:] = [name for name in names if not name.startswith(".")]
        yield from (Path(here, name) for name in files if not name.startswith("."))


def _looked_for() -> str:
    return f"looked for {' '.join(sorted(SUFFIXES))}"
