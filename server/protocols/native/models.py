"""``GET /api/v1/models``: what the server offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request

from formats.dataset import Label
from prelabel.models.card import Card
from prelabel.pool import Pool
from prelabel.tickets import Priority, Ticket
from server.guard import deadline
from server.protocols.native import schemas
from server.protocols.native.answers import failures
from server.protocols.native.encoding import VERSION_DIGITS
from server.state import State

__all__ = ["add"]


def add(router: APIRouter, state: State) -> None:
    """The routes of models."""
    pool = state.service.pool

    @router.get("/models", responses=failures(), summary="The models")
    async def models() -> schemas.Models:
        """All models, from memory: of those that were not opened yet only the name is known."""
        return schemas.Models(models=_known(pool), default=pool.default)

    @router.get("/models/{name}", responses=failures(404), summary="One model")
    async def model(name: str, request: Request) -> schemas.Model:
        """One model with its classes; it is opened where it was not yet."""
        ticket = Ticket(Priority.INTERACTIVE, deadline.ends(request))
        await state.limiter.run(pool.card, name, ticket, ticket=ticket, request=request)
        return next(found for found in _known(pool) if found.name == name)


def _known(pool: Pool) -> list[schemas.Model]:
    return [_told(facts, pool) for facts in pool.status()]


def _told(facts: Mapping[str, Any], pool: Pool) -> schemas.Model:
    """A model by what the pool knows of it without opening it."""
    bare = schemas.Model(
        name=facts["name"],
        version=facts["fingerprint"][:VERSION_DIGITS],
        loaded=facts["loaded"],
        provider=facts["provider"],
        problem=facts["problem"],
    )
    return bare.model_copy(update=_card(pool.card(bare.name))) if "family" in facts else bare


def _card(card: Card) -> dict[str, Any]:
    return {
        "family": card.family,
        "task": card.task,
        "input_size": card.input_size,
        "labels": [_label(label) for label in card.labels],
    }


def _label(label: Label) -> schemas.Label:
    return schemas.Label(name=label.name, keypoints=list(label.keypoints), bones=list(label.bones))
