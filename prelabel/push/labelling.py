"""What a task of Label Studio is labelled with: every picture that its config asks about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from formats.errors import FormatError
from formats.label_studio import encoding
from prelabel.clients.label_studio import Task
from prelabel.errors import JobError, PrelabelError
from prelabel.label_studio.following import follow
from prelabel.label_studio.plan import Part, Plan
from prelabel.label_studio.regions import regions_of
from prelabel.label_studio.wanted import Answer, Wanted
from prelabel.push.outbox import Prediction
from prelabel.service import Address, Service
from prelabel.tickets import Priority, Ticket

__all__ = ["Made", "Tasks"]


@dataclass(frozen=True, slots=True)
class Made:
    """The prediction of a task, or why there is none; `regions`: how many it has, `kept`: it was
    made before.
    """

    task: int
    prediction: Prediction | None = None
    regions: int = 0
    failure: str = ""
    kept: bool = False


class Tasks:
    """Labels tasks by one plan, for any number of threads; what is odd in a task is its failure."""

    def __init__(self, service: Service, plan: Plan) -> None:
        self._service = service
        self._plan = plan

    def label(self, task: Task) -> Made:
        """What the models of the plan see in the pictures of a task."""
        try:
            return self._labelled(task)
        except JobError:
            raise
        except PrelabelError as error:
            return Made(task.id, failure=str(error))
        except MemoryError:
            return Made(task.id, failure="does not fit into memory")

    def _labelled(self, task: Task) -> Made:
        asked = [(part, part.wanted(task.data, str(task.id))) for part in self._plan.parts]
        known = [(part, wanted) for part, wanted in asked if wanted is not None]
        if not known:
            keys = ", ".join(sorted({part.data_key for part in self._plan.parts}))
            kind = "clip" if any(part.video for part in self._plan.parts) else "picture"
            raise FormatError(f"names no {kind} under {keys}")
        answers = [(part, wanted, self._answer(part, wanted)) for part, wanted in known]
        regions: list[dict[str, Any]] = []
        for part, wanted, answer in answers:
            regions += regions_of(self._plan, part, wanted, answer) or []
        found = encoding.prediction(regions, self._plan.version)
        return Made(task.id, _prediction(task.id, found), len(regions))

    def _answer(self, part: Part, wanted: Wanted) -> Answer:
        answer = self._seen(wanted)
        if answer.fingerprint != part.fingerprint:
            raise JobError("the model file was replaced meanwhile", part.model, "push again")
        return answer

    def _seen(self, wanted: Wanted) -> Answer:
        if wanted.clip:
            return follow(self._service, wanted, Ticket(Priority.BULK))
        source = Address(wanted.address, wanted.task)
        seen = self._service.label(source, wanted.model, wanted.query, Ticket(Priority.BULK))
        return Answer(seen.annotations, seen.size, seen.labels, seen.task, seen.fingerprint)


def _prediction(task: int, found: Mapping[str, Any]) -> Prediction:
    line = orjson.dumps({"task": task, **found}, option=orjson.OPT_SERIALIZE_NUMPY)
    return Prediction(task, line)
