"""The clip that a task shows, and which results are about it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from formats.label_studio.config import LabelConfig
from formats.label_studio.options import LabelStudioOptions
from formats.label_studio.schema import Task
from formats.label_studio.shown import Shown
from formats.label_studio.video.timing import shown

__all__ = ["SUFFIXES", "clip_of", "is_clip"]

SUFFIXES = frozenset(
    {".mp4", ".m4v", ".webm", ".mov", ".avi", ".mkv", ".ogg", ".ogv", ".mpg", ".mpeg", ".ts"}
)
"""Of files that are clips."""
USUAL = ("video", "video_url")


def is_clip(address: Any) -> bool:
    """Whether an address names a clip."""
    if not isinstance(address, str):
        return False
    return PurePosixPath(address.split("?d=")[-1].split("?")[0]).suffix.lower() in SUFFIXES


def clip_of(task: Task, config: LabelConfig | None, options: LabelStudioOptions) -> Shown | None:
    """The clip of a task: what the config's ``<Video>`` shows, else what looks like one."""
    key = _key(task.data, config, options)
    address = task.data.get(key) if key else None
    if not key or not isinstance(address, str) or not address:
        return None
    told = task.meta or {}
    path = told.get("path")
    video = shown(config)
    several = config is not None and len(config.objects) > 1
    tag = video.name if video is not None and several else ""
    return Shown(key, address, tag, -1, path if isinstance(path, str) else "")


def _key(
    data: Mapping[str, Any], config: LabelConfig | None, options: LabelStudioOptions
) -> str | None:
    video = shown(config)
    if options.image_key:
        known = video is not None and video.data_key == options.image_key
        return options.image_key if known or is_clip(data.get(options.image_key)) else None
    if config is not None:
        return None if video is None else video.data_key
    usual = next((key for key in USUAL if key in data), None)
    return usual or next((key for key, value in data.items() if is_clip(value)), None)
