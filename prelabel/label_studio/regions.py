"""The regions of one part of a plan: shapes of a picture, or tracks of a clip."""

from __future__ import annotations

from typing import Any

from formats.label_studio import encoding
from formats.label_studio.video import heads
from formats.label_studio.video.encoding import encode
from prelabel.label_studio.plan import KEYFRAMES, Part, Plan
from prelabel.label_studio.wanted import Answer, Wanted

__all__ = ["regions_of"]


def regions_of(
    plan: Plan, part: Part, wanted: Wanted, answer: Answer
) -> list[dict[str, Any]] | None:
    """The regions of an answer; None where no control takes what the model finds."""
    routes = plan.routes(part, answer)
    if not routes:
        return None
    if answer.media is None:
        return encoding.result(answer.annotations, routes, answer.size)
    shot = heads.shot(answer.media, wanted.rate)
    return encode(answer.annotations, routes, shot, tolerance=KEYFRAMES, where=wanted.shown)
