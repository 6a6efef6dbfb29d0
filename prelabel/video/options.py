"""What is asked of a clip besides the model: which frames are looked at, how tracks are made."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["FLOOR", "Options", "Sampling", "Tracking"]

FLOOR = 0.1
"""Least score that a tracker is shown: a weak detection goes on with a track, and begins none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """Which frames the model looks at; tracks are propagated over those between.

    `stride`: every so many frames; `fps`: at most so many a second, None for all; `adaptive`: every
    `stride`-th at first, then more where things move fast; `start`, `stop`: seconds from the
    first frame, the end left out, None for the clip's own.
    """

    stride: int = 1
    fps: float | None = None
    start: float | None = None
    stop: float | None = None
    adaptive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """How detections become tracks; none of this asks the model again.

    `offline`: look back once the clip is known: back-fill, join fragments, fill gaps, mark blips;
    `drop_blips`: leave out detections that belong to no track; `smooth`: take the jitter out of
    tracks; `exact`: leave it in where a person is to correct keyframes, too; `camera`: make up for
    a moving camera.
    """

    offline: bool = True
    drop_blips: bool = False
    smooth: bool = False
    exact: bool = False
    camera: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Both."""

    sampling: Sampling = field(default_factory=Sampling)
    tracking: Tracking = field(default_factory=Tracking)
