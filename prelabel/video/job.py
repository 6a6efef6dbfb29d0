"""`VideoJob`: all that was asked of `prelabel video`, frozen; what of it counts in the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from formats.columns import nothing
from formats.dataset import Label
from prelabel import job
from prelabel.job import Asked, Spec
from prelabel.models.card import Card
from prelabel.video.following import floored
from prelabel.video.options import Options

__all__ = ["VideoJob", "fingerprint"]

FORMAT = "video 1"
"""Version of the journal's lines, and what tells it from the journal of pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoJob:
    """One run of `prelabel video`.

    `rate`: frames per second of pictures, which have no times of their own; `targets`: format
    names; `keyframes`: how well formats with keyframes show every frame (IoU), None: a keyframe
    in each; `framerate`: that of a tool that does not take the clip's own; `given`: further options
    of the target formats.
    """

    clips: tuple[str, ...]
    out: str
    spec: Spec
    targets: tuple[str, ...] = ("coco",)
    asked: Asked = field(default_factory=Asked)
    options: Options = field(default_factory=Options)
    rate: float | None = None
    keyframes: float | None = 0.9
    framerate: float | None = None
    labels_map: str = ""
    resume: bool = False
    overwrite: bool = False
    preview: bool = False
    given: Mapping[str, str] = field(default_factory=nothing)


def fingerprint(
    video: VideoJob, card: Card, labels_map: Mapping[str, str], outputs: Sequence[Label]
) -> dict[str, Any]:
    """What changes what is seen in a frame.

    Tracks are made from the journal, so how they are made may change when a job is taken up again,
    as may the choice of frames: but the camera's motion is that between frames of one choice.
    """
    options = video.options
    pictures = job.Job(sources=(), out="", spec=video.spec, asked=floored(video.asked))
    return {
        **job.fingerprint(pictures, card, labels_map, outputs),
        "format": FORMAT,
        "rate": video.rate,
        "camera-motion": options.tracking.camera,
        "frames": asdict(options.sampling) if options.tracking.camera else "any",
    }
