"""``GET /api/v1/models``: what the server offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request

from formats.dataset import Label
from prelabel.models.card import Card
from server.protocols.native import schemas
from server.protocols.native.answers import failures
from server.protocols.native.encoding import VERSION_DIGITS
from server.state import State

__all__ = ["add"]

PROBLEM = "the file cannot be used; the server's log tells why"


def add(router: APIRouter, state: State) -> None:
    """The routes of models."""
    pool = state.service.pool

    @router.get("/models", responses=failures(), summary="The models")
    async def models() -> schemas.Models:
        """All models, from memory: classes without their keypoints, and none of a model that was
        not opened yet."""
        found = [_known(facts) for facts in pool.status()]
        return schemas.Models(models=found, default=pool.default)

    @router.get("/models/{name}", responses=failures(404), summary="One model")
    async def model(name: str, request: Request) -> schemas.Model:
        """One model with its classes; it is opened where it was not yet."""
        card = await state.limiter.run(pool.card, name, request=request)
        facts = next(facts for facts in pool.status() if facts["name"] == name)
        return _known(facts, card)


def _known(facts: Mapping[str, Any], card: Card | None = None) -> schemas.Model:
    """A model by what the pool tells of it; the pool's own words may name its file."""
    labels = card.labels if card else [Label(name) for name in facts.get("labels", ())]
    return schemas.Model(
        name=facts["name"],
        version=facts["fingerprint"][:VERSION_DIGITS],
        loaded=bool(facts.get("loaded")),
        family=card.family if card else facts.get("family"),
        task=card.task if card else facts.get("task"),
        input_size=card.input_size if card else facts.get("input_size"),
        labels=[_label(label) for label in labels],
        problem=PROBLEM if facts.get("problem") else "",
    )


def _label(label: Label) -> schemas.Label:
    return schemas.Label(name=label.name, keypoints=list(label.keypoints), bones=list(label.bones))
