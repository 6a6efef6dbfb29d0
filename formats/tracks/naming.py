"""Names of folders and files for clips."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import PurePosixPath

from formats import files
from formats.tracks.clip import ClipTracks

__all__ = ["folders", "stem", "unique"]


def stem(path: str) -> str:
    """The bare name of a clip: the last part of its path, without its ending."""
    name = PurePosixPath(path).stem
    return name if name.strip(". ") else "clip"


def unique(paths: Sequence[str]) -> list[str]:
    """The bare name of each clip, each once: a second ``a`` is ``a-2``."""
    names: list[str] = []
    for path in paths:
        name = files.safe(stem(path))
        tries = (name if n == 1 else f"{name}-{n}" for n in count(1))
        names.append(next(one for one in tries if one not in names))
    return names


def folders(clips: Sequence[ClipTracks]) -> list[str]:
    """A folder for each clip: "" for the only one, else its bare name, each once."""
    return [""] if len(clips) == 1 else unique([clip.media.path for clip in clips])
