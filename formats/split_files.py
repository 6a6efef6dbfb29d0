"""Files of a set that lie in its folder, or in the folders in it, which may be its splits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from formats import splits

__all__ = ["File", "below", "here"]


@dataclass(frozen=True, slots=True)
class File:
    """One file, the folder of its pictures below that of the set, and its split."""

    path: Path
    folder: str = ""
    split: str = ""


def here(folder: Path, is_one: Callable[[Path], bool]) -> list[File]:
    """The files of the folder itself that are some, by name."""
    return [File(file) for file in sorted(folder.iterdir()) if is_one(file)]


def below(folder: Path, is_one: Callable[[Path], bool]) -> Iterator[File]:
    """Those of the folders in it, but for hidden ones, by folder and name."""
    for inner in sorted(folder.iterdir()):
        if inner.is_dir() and not inner.name.startswith("."):
            split = inner.name if splits.known(inner.name) else ""
            for file in sorted(inner.iterdir()):
                if is_one(file):
                    yield File(file, inner.name, split)
