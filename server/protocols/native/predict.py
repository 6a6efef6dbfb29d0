"""``POST /api/v1/predict``: what a model sees in one picture."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from formats.annotations import Annotations
from prelabel import finishing
from prelabel.service import Labelled, Source
from prelabel.tickets import Priority, Ticket
from server.guard import deadline
from server.protocols.native import asking, datasets, describing, encoding, uploads
from server.protocols.native.answers import failures
from server.protocols.native.asking import Fields
from server.state import State

__all__ = ["add"]

JSON = "application/json"


def add(router: APIRouter, state: State) -> None:
    """The route of predictions."""

    @router.post(
        "/predict",
        summary="Predict",
        response_class=Response,
        responses={200: describing.success(), **failures(404, 413, 415)},
        openapi_extra=describing.prediction(),
    )
    async def predict(request: Request) -> Response:
        """What a model sees in a picture that is sent, or named by its address.

        With `format` the answer is a dataset of that format: its file, or a zip of its files.
        """
        source, asked = await uploads.read(request)
        format_ = request.query_params.get("format", "")
        ticket = Ticket(Priority.INTERACTIVE, deadline.ends(request))
        work = Work(state, source, asked, format_, ticket)
        return await state.limiter.run(work, ticket=ticket, request=request)


class Work:
    """One prediction, from the picture to the bytes of the answer; called in a thread."""

    def __init__(
        self, state: State, source: Source, asked: Fields, format_: str, ticket: Ticket
    ) -> None:
        self.service = state.service
        self.source = source
        self.asked = asked
        self.format = format_
        self.ticket = ticket

    def __call__(self) -> Response:
        """The answer."""
        if self.format:
            datasets.check(self.format)
        asked = self.asked
        card = self.service.pool.card(asked.model, self.ticket)
        asking.known(asked, card.labels)
        query = asked.query(self.service.pool.thresholds(asked.model))
        answer = self.service.label(self.source, asked.model, query, self.ticket)
        found = shown(answer, asked.polygons)
        if not self.format:
            return Response(encoding.encode(answer, found), media_type=JSON)
        picture = uploads.name_of(self.source)
        content, kind, name = datasets.written(answer, found, self.format, picture, card.task)
        response = Response(content, media_type=kind)
        response.headers["content-disposition"] = f'attachment; filename="{_plain(name)}"'
        return response


def shown(answer: Labelled, polygons: float | None) -> Annotations:
    """The shapes as they are told: masks as polygons where asked for, digits that count."""
    found = answer.annotations
    if polygons is not None:
        found = finishing.outlined(found, polygons)
    return finishing.rounded(found)


def _plain(name: str) -> str:
    """A file name that any header may hold."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
