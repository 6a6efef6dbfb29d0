"""Options of CVAT's XML for video."""

from __future__ import annotations

from dataclasses import dataclass

from formats.tracks.options import ClipOptions

__all__ = ["CvatVideoOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CvatVideoOptions(ClipOptions):
    """Reading and writing of CVAT for video 1.1."""

    keyframes: float = 0.0
    """Writing: the fewest keyframes for which every frame, as CVAT interpolates, has at least this
    IoU (or OKS) with its row; 0: each row of a track without keyframes becomes one."""
    smooth: bool = True
    """Writing, with keyframes: a keyframe may be a smoothed shape where that saves others."""
    between: bool = False
    """Writing: state the frames between keyframes, too, as CVAT's own exports do. CVAT does not
    read them, other tools do."""
    confidence: bool = False
    """Writing: scores, which CVAT has not, as a number attribute ``confidence`` of keyframes."""
