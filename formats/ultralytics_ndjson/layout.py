"""Where the file of a set lies."""

from __future__ import annotations

from pathlib import Path

from formats.errors import FormatError

__all__ = ["NAME", "SUFFIX", "file_of", "files_in"]

SUFFIX = ".ndjson"
NAME = f"dataset{SUFFIX}"
"""What the file is called in a target that is a folder."""


def files_in(path: Path) -> list[Path]:
    """The files of a folder that may hold a set, or the file itself."""
    if path.is_dir():
        return sorted(entry for entry in path.iterdir() if entry.suffix.lower() == SUFFIX)
    return [path]


def file_of(path: Path) -> Path:
    """The file of a set, which is the only one of its kind in a folder."""
    found = files_in(path)
    if len(found) != 1:
        names = ", ".join(file.name for file in found[:3]) or "none"
        raise FormatError(f"expected one {SUFFIX} file, found {names}", where=path)
    return found[0]
