"""Options of formats of video: what a label file does not tell about its clip."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from formats.dataset import Media
from formats.errors import FormatError
from formats.options import Options

__all__ = ["ClipOptions", "named"]

_SIZE = re.compile(r"(\d+)\s*[xX]\s*(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipOptions(Options):
    """What is known of a clip beside its label file."""

    clip: str = ""
    """Reading: the path of the clip, where the file does not name it or names another."""
    framerate: float = 0.0
    """Reading: frames per second of the clip, where the file does not tell."""
    frames: int = 0
    """Reading: how many frames the clip has, where the file does not tell."""
    frame_size: str = ""
    """Reading: width and height of a frame in pixels, as ``1920x1080``."""


def named(media: Media, options: ClipOptions) -> Media:
    """The clip with what the options state; FormatError for a size that is none."""
    size = media.size
    if options.frame_size:
        found = _SIZE.fullmatch(options.frame_size.strip())
        if found is None:
            wanted = f"frame_size is {options.frame_size!r}, expected WIDTHxHEIGHT"
            raise FormatError(wanted, where="options")
        size = (int(found[1]), int(found[2]))
    return replace(
        media,
        path=options.clip or media.path,
        size=size,
        frames=max(options.frames, media.frames),
        rate=float(options.framerate or media.rate),
    )
