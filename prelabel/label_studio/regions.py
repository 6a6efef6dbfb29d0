"""The regions of one part of a plan: shapes of a picture, or tracks of a clip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from formats.dataset import Media
from formats.label_studio import encoding
from formats.label_studio.mapping import Route
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
    return _thinned(plan, routes, wanted, answer, answer.media)


def _thinned(
    plan: Plan, routes: Sequence[Route], wanted: Wanted, answer: Answer, media: Media
) -> list[dict[str, Any]]:
    """The tracks of a clip with their keyframes, which are chosen once."""
    key = (wanted.key(answer.fingerprint), wanted.rate, *(r.control.name for r in routes))
    kept = plan.thinned.get(key)
    if kept is not None:
        return list(orjson.loads(kept))
    shot = heads.shot(media, wanted.rate)
    made = encode(answer.annotations, routes, shot, tolerance=KEYFRAMES, where=wanted.shown)
    text = orjson.dumps(made)
    plan.thinned.put(key, text, len(text))
    return made
