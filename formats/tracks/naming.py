"""Names of folders and files for clips."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import PurePosixPath

from formats import files
from formats.tracks.clip import ClipTracks

__all__ = ["folders", "stem"]


def stem(path: str) -> str:
    """The bare name of a clip: the last part of its path, without its ending."""
    return PurePosixPath(path).stem or "clip"


def folders(clips: Sequence[ClipTracks]) -> list[str]:
    """A folder for each clip: "" for the only one, else its bare name, each once."""
    if len(clips) == 1:
        return [""]
    names: list[str] = []
    for clip in clips:
        name = files.safe(stem(clip.media.path))
        tries = (name if n == 1 else f"{name}-{n}" for n in count(1))
        names.append(next(one for one in tries if one not in names))
    return names
