"""What one task is answered with: the regions of all controls, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from formats.label_studio import encoding
from prelabel.errors import DeadlineError
from prelabel.label_studio.plan import Part, Plan
from prelabel.label_studio.regions import regions_of
from prelabel.label_studio.wanted import Answer, Wanted
from server.protocols.label_studio.requests import Task

__all__ = ["NOTHING", "Question", "body", "questions", "task"]

NOTHING = b"[]"
"""The answer to a task that failed or is not finished: Label Studio stores nothing, raises nothing
and asks again. A ``null`` would be an error there, and a missing entry would lose all of them."""
OPTIONS = orjson.OPT_SERIALIZE_NUMPY

Question = tuple[Part, Wanted, str]
"""A part of the plan, the question about one task, and the key that its answer goes by."""


def questions(plan: Plan, asked: Task) -> list[Question]:
    """What has to be known about a task; nothing where it names no picture."""
    found = ((part, part.wanted(asked.data, asked.id)) for part in plan.parts)
    return [(part, w, w.key(part.fingerprint)) for part, w in found if w is not None]


def task(plan: Plan, answers: Sequence[tuple[Part, Wanted, Answer]]) -> bytes:
    """The answer to one task; `NOTHING` where no control takes what the model finds.

    DeadlineError where a model file was replaced since the request came in: its answers have
    another version, which counts from the next request on.
    """
    if any(answer.fingerprint != part.fingerprint for part, _, answer in answers):
        raise DeadlineError("the model was replaced meanwhile")
    found = [regions_of(plan, part, wanted, answer) for part, wanted, answer in answers]
    placed = [regions for regions in found if regions is not None]
    if not placed:
        return NOTHING
    return encoded(encoding.prediction([r for regions in placed for r in regions], plan.version))


def encoded(content: Mapping[str, Any]) -> bytes:
    """An object as JSON; NaN is null."""
    return orjson.dumps(content, option=OPTIONS)


def body(results: Sequence[bytes], version: str = "") -> bytes:
    """The body of an answer to /predict; without a version where that is not known."""
    last = b',"model_version":' + orjson.dumps(version) if version else b""
    return b'{"results":[%s]%s}' % (b",".join(results), last)
