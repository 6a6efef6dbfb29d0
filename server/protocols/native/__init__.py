"""prelabel's own protocol, ``/api/v1``: models, predictions, jobs, agreement, cost; see OpenAPI."""

from __future__ import annotations

from fastapi import APIRouter

from server import failing
from server.protocols import Protocol
from server.protocols.native import agree, corrections, cost, docs, jobs, models, predict
from server.state import State

__all__ = ["PROTOCOL"]

PREFIX = "/api/v1"


def routes(state: State) -> APIRouter:
    """All routes of the protocol."""
    router = APIRouter(prefix=PREFIX, tags=["prelabel"])
    models.add(router, state)
    predict.add(router, state)
    jobs.add(router, state)
    agree.add(router, state)
    cost.add(router, state)
    corrections.add(router, state)
    docs.add(router)
    return router


PROTOCOL = Protocol(
    name="native",
    prefixes=(PREFIX,),
    routes=routes,
    failure=failing.plain,
    light=(f"{PREFIX}/models", f"{PREFIX}/openapi.json", f"{PREFIX}/docs", f"{PREFIX}/docs/*"),
)
