"""``GET /api/v1/corrections``: what people have corrected, and what that has cost so far."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from prelabel.corrections.summary import OfModel, summary
from prelabel.cost.reading import DEFAULT
from prelabel.cost.table import PRESETS
from server.protocols.native import schemas
from server.protocols.native.answers import failures
from server.protocols.native.cost import costs
from server.protocols.native.encoding import VERSION_DIGITS
from server.state import State

__all__ = ["add"]

Preset = Annotated[str, Query(description=f"One of {', '.join(PRESETS)}.", max_length=100)]


def add(router: APIRouter, state: State) -> None:
    """The route of corrections."""

    @router.get("/corrections", responses=failures(), summary="Corrections so far")
    async def corrections(costs: Preset = DEFAULT) -> schemas.Corrections:
        """What annotation tools have told, from memory; `costs` is a table of seconds."""
        return await state.limiter.run(_told, state, costs)


def _told(state: State, preset: str) -> schemas.Corrections:
    table, store = costs(preset), state.corrections.store
    found = summary(store.told(), table)
    return schemas.Corrections(
        corrections=found.corrections,
        pictures=found.pictures,
        annotators=found.annotators,
        pending=store.pending,
        measured=found.measured,
        lead_time=found.lead_time,
        first=_moment(found.first),
        last=_moment(found.last),
        bytes=store.bytes,
        limit=store.limit,
        costs=table.as_json(),
        models=[_model(one) for one in found.models],
    )


def _model(one: OfModel) -> schemas.CorrectionsOfModel:
    told = asdict(one)
    version = told.pop("fingerprint")[:VERSION_DIGITS]
    return schemas.CorrectionsOfModel(**told, version=version)


def _moment(seconds: float | None) -> str:
    """A time as ISO 8601 writes it, "" for none."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
