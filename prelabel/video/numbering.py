"""Under which number the tool of a format shows each frame of a clip."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.dataset import Media
from formats.label_studio import config
from formats.label_studio.video.timing import framerate, shown
from formats.tracks.grid import Grid, steady

__all__ = ["numbers"]


def numbers(media: Media, name: str, options: Mapping[str, Any]) -> NDArray[np.int64] | None:
    """(F,) the numbers of all frames in the tool of the format `name`; None: those of the file.

    `options` are those of the format: ``framerate``, ``label_config``.
    """
    if name != "label-studio":
        return None
    times = np.array(media.times) if media.times else steady(media.frames, media.rate)
    return Grid.of(times, _rate(options) or media.rate).positions()


def _rate(options: Mapping[str, Any]) -> float | None:
    """Frames a second that Label Studio counts by, as far as options tell."""
    if given := float(options.get("framerate") or 0):
        return given
    path = options.get("label_config")
    if not path:
        return None
    video = shown(config.parse(config.text_of(Path(path)), str(path)))
    return framerate(video, {}) if video else None
