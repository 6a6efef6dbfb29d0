"""``POST /api/v1/agree``: how far annotators, or models, agree about the same pictures."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import orjson
from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from formats.dataset import Dataset, Item
from formats.errors import FormatError
from geometry.errors import GeometryError
from prelabel.agree.asking import Asked
from prelabel.agree.collecting import agree
from prelabel.compare import TASKS, panel
from prelabel.errors import SettingsError
from prelabel.tickets import Priority, Ticket
from server.errors import RequestError
from server.guard import deadline
from server.protocols.native import posted, schemas
from server.protocols.native.answers import failures
from server.protocols.native.given import Given, Name, Objects, Side, Words, few
from server.state import State

__all__ = ["add"]

RATERS = 20
REPEATS = 1000


class AgreePicture(Given):
    """One picture as a rater saw it; an empty list is a picture with nothing in it."""

    path: str = Field(min_length=1, max_length=4000)
    width: Side | None = Field(None, description="Needed where masks meet outlines.")
    height: Side | None = None
    annotations: Objects | None = Field(description="null: the rater did not look at it.")


class Rater(Given):
    """One annotator or model, and the pictures that it looked at."""

    name: Name
    pictures: list[AgreePicture]


class AgreeRequest(Given):
    """Two raters or more, and what counts as the same object."""

    raters: list[Rater] = Field(min_length=2, max_length=RATERS)
    threshold: Annotated[float, Field(gt=0, le=1)] = Field(
        0.5, description="Likeness (IoU, OKS) from which two shapes are one object."
    )
    task: str = Field("auto", description=f"What is compared: {', '.join(TASKS)}.", max_length=20)
    repeats: int = Field(
        REPEATS, ge=0, le=REPEATS, description="Draws for the intervals; 0: no intervals."
    )
    each: bool = Field(True, description="Whether the figures of each picture are told.")


BOX = {"label": "car", "box": [10, 20, 110, 80]}
EXAMPLE = {
    "raters": [
        {"name": "ann", "pictures": [{"path": "1.jpg", "annotations": [BOX]}]},
        {"name": "bob", "pictures": [{"path": "1.jpg", "annotations": []}]},
    ]
}


def add(router: APIRouter, state: State) -> None:
    """The route of agreement."""

    @router.post(
        "/agree",
        summary="Agreement",
        response_model=schemas.Agreement,
        responses=failures(413, 415),
        openapi_extra=posted.described(AgreeRequest, EXAMPLE),
    )
    async def agreement(request: Request) -> Response:
        """How far raters agree: overall, by pair, rater, class and picture."""
        body, kind = await request.body(), request.headers.get("content-type", "")
        ticket = Ticket(Priority.BULK, deadline.ends(request))
        return await state.limiter.run(
            _answer, state, body, kind, ticket, ticket=ticket, request=request
        )


def _answer(state: State, body: bytes, kind: str, ticket: Ticket) -> Response:
    """The answer; called in a thread, and worked out in a place of the gate, as models are."""
    with state.service.gate.entered(ticket):
        asked = posted.read(body, kind, AgreeRequest)
        raters = _raters(asked)
        ticket.check()
        rules = Asked(threshold=asked.threshold, task=asked.task, repeats=asked.repeats)
        try:
            found = agree(panel(raters), rules)
        except (FormatError, GeometryError, SettingsError) as error:
            raise RequestError(error.what, where=error.where, hint=error.hint) from error
        told = found.as_json(pictures=asked.each)
    return Response(orjson.dumps(told), media_type=posted.JSON)


def _raters(asked: AgreeRequest) -> list[tuple[str, Dataset]]:
    """A data set for each rater, over the classes of all; RequestError for a name that is twice."""
    names = Counter(rater.name for rater in asked.raters)
    twice = next((name for name, count in names.items() if count > 1), None)
    if twice is not None:
        raise RequestError(f"two raters are called {twice!r}", where="raters")
    words = Words()
    for rater in asked.raters:
        for picture in rater.pictures:
            words.add(picture.annotations or ())
    return [(r.name, _dataset(r, words, f"raters.{k}")) for k, r in enumerate(asked.raters)]


def _dataset(rater: Rater, words: Words, where: str) -> Dataset:
    few(rater.pictures, f"{where}.pictures")
    pictures = enumerate(rater.pictures)
    items = [_item(picture, words, f"{where}.pictures.{k}.annotations") for k, picture in pictures]
    return Dataset.of(words.labels, items)


def _item(picture: AgreePicture, words: Words, where: str) -> Item:
    size = (picture.width, picture.height) if picture.width and picture.height else None
    given = picture.annotations
    return Item(picture.path, size, None if given is None else words.table(given, where))
