"""Which clip of one dataset is which clip of another."""

from __future__ import annotations

from collections.abc import Sequence

from formats.dataset import Media
from prelabel.evaluate.pairing import Path, paired

__all__ = ["clip_names"]


def clip_names(media: Sequence[Sequence[Media]]) -> list[list[Path]]:
    """What each clip of each dataset is called in all of them; nothing where one has no clips.

    Clips are the same where their paths, or ends of them, are, or where each dataset has but one.
    """
    if not all(media):
        return [[] for _ in media]
    first = [_steps(clip) for clip in media[0]]
    if all(len(clips) == 1 for clips in media):
        return [first for _ in media]
    known = dict.fromkeys(first)
    found = []
    for clips in media:
        own = [_steps(clip) for clip in clips]
        same = {theirs: ours for ours, theirs in paired(own, known).items()}
        found.append([same.get(path, path) for path in own])
        known |= dict.fromkeys(found[-1])
    return found


def _steps(clip: Media) -> Path:
    return tuple(step for step in clip.path.replace("\\", "/").split("/") if step not in ("", "."))
