"""How many frames a second Label Studio counts in a clip, as its labeling config says."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from formats.label_studio.config import LabelConfig, Object

__all__ = ["USUAL", "framerate", "shown"]

USUAL = 24.0
"""Frames a second where ``framerate`` is missing or no number."""


def shown(config: LabelConfig | None) -> Object | None:
    """The first ``<Video>`` of a config, None where there is none."""
    objects = config.objects if config is not None else ()
    return next((one for one in objects if one.kind == "video" and one.data_key), None)


def framerate(video: Object, data: Mapping[str, Any]) -> float:
    """The ``framerate`` of a ``<Video>`` for a task with these data; ``$fps`` is looked up there.

    As in the editor, what is below 1 is the length of a frame in seconds.
    """
    text = next((v for k, v in video.attributes.items() if k.lower() == "framerate"), "").strip()
    told = data.get(text[1:]) if text.startswith("$") else text
    try:
        rate = float(told) if isinstance(told, str | int | float) else math.nan
    except ValueError:
        rate = math.nan
    if not 0 < rate < math.inf:
        return USUAL
    return 1 / rate if rate < 1 else rate
