"""What a task says about its clip, in ``meta``, which Label Studio keeps; and a clip by that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from formats.dataset import Media
from formats.label_studio.gathering import MOST, Region, is_number
from formats.label_studio.video.decoding import SHAPE
from formats.label_studio.video.encoding import Shot
from formats.tracks.grid import Grid, steady
from geometry.errors import GeometryError

__all__ = ["FIRST", "behind", "media", "meta", "shot", "times_of"]

FIRST = 1
"""The number of the first frame in Label Studio."""
STEADY = 1e-4
"""Seconds by which the times of a clip of a constant rate may be off."""
MOST_FRAMES = 10_000_000
MOST_SECONDS = 1e6


def times_of(clip: Media) -> Any:
    """The times of a clip's frames in seconds, (F,)."""
    if len(clip.times) == clip.frames and clip.frames:
        return np.array(clip.times)
    return steady(max(clip.frames, 1), clip.rate or 1.0)


def shot(clip: Media, rate: float | None, duration: float | None = None) -> Shot:
    """A clip as Label Studio plays it with a framerate, None for the clip's own."""
    grid = Grid.of(times_of(clip), rate, FIRST, duration)
    return Shot.of(grid, clip.size, duration)


def meta(clip: Media, rate: float) -> dict[str, Any]:
    """Size, number of frames and rate of a clip; its times where they are not evenly spaced."""
    width, height = clip.size
    told: dict[str, Any] = {"width": width, "height": height, "frames": clip.frames}
    told |= {"fps": float(clip.rate), "framerate": rate}
    uneven = clip.times and np.abs(times_of(clip) - steady(clip.frames, clip.rate)).max() > STEADY
    return {**told, "times": list(map(float, clip.times))} if uneven else told


def media(
    path: str,
    told: Mapping[str, Any],
    size: tuple[int, int] | None,
    rate: float | None,
    regions: Sequence[Region],
) -> tuple[Media, float]:
    """The clip of a task and the rate that its numbers count in.

    `told` is the task's ``meta``; without it, the frames are taken for those that Label Studio
    counts, as many as regions state. `rate`: of the labeling config, None where there is none.
    """
    counts = [count for r in regions if (count := _count(r)) is not None]
    grid_rate = rate or _rate(told.get("framerate")) or _stated_rate(regions) or 24.0
    frames, own = told.get("frames"), _rate(told.get("fps"))
    size = size or (0, 0)
    if type(frames) is int and 0 < frames <= MOST_FRAMES and own is not None:
        times = _times(told.get("times"), frames)
        return Media(path, size, frames, own, times, FIRST), grid_rate
    last = max((number for r in regions for number in _numbers(r)), default=1)
    return Media(path, size, max([*counts, last]), grid_rate, (), FIRST), grid_rate


def _times(told: Any, frames: int) -> tuple[float, ...]:
    """Times as a task states them, none where they are not one for each frame."""
    if not isinstance(told, list) or len(told) != frames or not all(map(is_number, told)):
        return ()
    try:
        Grid.of(told, 1.0)
    except GeometryError:
        return ()
    return tuple(map(float, told))


def _rate(told: Any) -> float | None:
    return float(told) if is_number(told) and told > 0 else None


def _count(region: Region) -> int | None:
    """How many numbers a region says the clip has."""
    count = region.value.get("framesCount") if region.shape == SHAPE else None
    return int(count) if is_number(count) and 1 <= count <= MOST_FRAMES else None


def behind(region: Region) -> int:
    """How many keyframes of a region are behind the end that it states for its clip."""
    count = _count(region)
    return 0 if count is None else sum(number > count for number in _numbers(region))


def _numbers(region: Region) -> list[int]:
    """The numbers of a region's keyframes, as far as they are any."""
    sequence = region.value.get("sequence") if region.shape == SHAPE else None
    if not isinstance(sequence, list):
        return []
    told = [one.get("frame") for one in sequence if isinstance(one, Mapping)]
    return [int(n) for n in told if is_number(n) and 1 <= n <= min(MOST, MOST_FRAMES)]


def _stated_rate(regions: Sequence[Region]) -> float | None:
    """Frames a second by the length that a region states."""
    for region in regions:
        count, duration = _count(region), region.value.get("duration")
        if count and is_number(duration) and duration > 0:
            return count / duration
    return None
