"""``POST /api/v1/cost``: what people had to do to pre-labels, and the seconds that stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter
from numpy.typing import NDArray
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from prelabel.compare import TASKS
from prelabel.cost.edits import ADJUSTABLE, RIGHT, Edits, edits
from prelabel.cost.reading import DEFAULT
from prelabel.cost.table import EDITS, PRESETS, CostTable
from prelabel.tickets import Priority, Ticket
from server.errors import RequestError
from server.guard import deadline
from server.protocols.native import posted, schemas
from server.protocols.native.answers import failures
from server.protocols.native.given import Given, Objects, Side, Words, few
from server.state import State

__all__ = ["add", "costs"]

Share = Annotated[float, Field(gt=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=1e6)]
Preset = Annotated[str, Field(description=f"One of {', '.join(PRESETS)}.", max_length=100)]


class OwnCosts(Given):
    """Seconds for one edit of each kind."""

    verify: Seconds
    adjust: Seconds
    delete: Seconds
    draw: Seconds
    relabel: Seconds
    picture: Seconds = 0.0


class CostPicture(Given):
    """One picture: what was shown, and what was left of it."""

    path: str = Field("", max_length=4000)
    width: Side | None = Field(None, description="Needed where masks meet outlines.")
    height: Side | None = None
    prelabels: Objects
    corrected: Objects

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height, None where one is not known."""
        return (self.width, self.height) if self.width and self.height else None


class CostRequest(Given):
    """Pictures, and how edits are counted."""

    pictures: list[CostPicture]
    costs: Preset | OwnCosts = Field(DEFAULT, description="A preset, or seconds of each kind.")
    right: Share = Field(RIGHT, description="Likeness (IoU, OKS) from which a shape stays.")
    adjustable: Share = Field(ADJUSTABLE, description="Likeness from which a shape is adjusted.")
    task: str = Field("auto", description=f"What is compared: {', '.join(TASKS)}.", max_length=20)
    conf: float = Field(0.0, ge=0, le=1, description="Least score of a pre-label that was shown.")


EXAMPLE = {
    "pictures": [
        {
            "path": "street.jpg",
            "prelabels": [{"label": "car", "score": 0.9, "box": [10, 20, 110, 80]}],
            "corrected": [{"label": "car", "box": [10, 20, 118, 84]}],
        }
    ],
    "costs": DEFAULT,
}


def add(router: APIRouter, state: State) -> None:
    """The route of costs."""

    @router.post(
        "/cost",
        summary="Cost of correcting",
        response_model=schemas.Cost,
        responses=failures(413, 415),
        openapi_extra=posted.described(CostRequest, EXAMPLE),
    )
    async def cost(request: Request) -> Response:
        """The edits that turn pre-labels into what people left, and their seconds."""
        body, kind = await request.body(), request.headers.get("content-type", "")
        ticket = Ticket(Priority.BULK, deadline.ends(request))
        return await state.limiter.run(
            _answer, state, body, kind, ticket, ticket=ticket, request=request
        )


def costs(given: str | OwnCosts) -> CostTable:
    """The cost table that is asked for; RequestError for a preset that there is not."""
    if isinstance(given, OwnCosts):
        return CostTable(**given.model_dump())
    if given not in PRESETS:
        known = ", ".join(PRESETS)
        raise RequestError(f"no cost table {given!r}", where="costs", hint=f"known: {known}")
    return PRESETS[given]


def _answer(state: State, body: bytes, kind: str, ticket: Ticket) -> Response:
    """The answer; called in a thread, and worked out in a place of the gate, as models are."""
    with state.service.gate.entered(ticket):
        asked = posted.read(body, kind, CostRequest)
        table = costs(asked.costs)
        if asked.task not in TASKS:
            known = ", ".join(TASKS)
            raise RequestError(f"no task {asked.task!r}", where="task", hint=f"known: {known}")
        few(asked.pictures, "pictures")
        found = []
        for number, picture in enumerate(asked.pictures):
            ticket.check()
            found.append(_picture(asked, picture, f"pictures.{number}", table))
    return Response(_told(found, table).model_dump_json(), media_type=posted.JSON)


def _picture(
    asked: CostRequest, picture: CostPicture, where: str, table: CostTable
) -> schemas.CostOfPicture:
    words = Words()
    words.add(picture.prelabels)
    words.add(picture.corrected)
    before = words.table(picture.prelabels, f"{where}.prelabels")
    after = words.table(picture.corrected, f"{where}.corrected")
    shown = np.flatnonzero(~(before.scores < asked.conf))
    found = edits(
        before[shown],
        after,
        right=asked.right,
        adjustable=asked.adjustable,
        size=picture.size,
        task=asked.task,
    )
    counts = found.counts()
    return schemas.CostOfPicture(
        path=picture.path,
        edits=dict(zip(EDITS, counts.tolist(), strict=True)),
        seconds=float(table.seconds(counts)),
        **_rows(found, shown),
    )


def _rows(found: Edits, shown: NDArray[np.int64]) -> dict[str, Any]:
    """The objects by what became of them: numbers in the lists that were sent, from 0."""

    def pairs(rows: NDArray[np.int64]) -> list[list[int]]:
        return [[int(shown[i]), int(j)] for i, j in rows]

    return {
        "kept": pairs(found.kept),
        "moved": pairs(found.moved),
        "relabelled": pairs(found.relabelled),
        "deleted": shown[found.deleted].tolist(),
        "drawn": [*found.drawn.tolist(), *found.tagged.tolist()],
    }


def _told(found: Sequence[schemas.CostOfPicture], table: CostTable) -> schemas.Cost:
    seconds = sum(one.seconds for one in found)
    return schemas.Cost(
        costs=table.as_json(),
        edits={kind: sum(one.edits[kind] for one in found) for kind in EDITS},
        seconds=seconds,
        seconds_per_picture=seconds / len(found) if found else None,
        pictures=list(found),
    )
