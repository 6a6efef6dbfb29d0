"""prelabel's own protocol, ``/api/v1``: models, predictions, jobs; described by OpenAPI."""

from __future__ import annotations

from fastapi import APIRouter

from server import failing
from server.protocols import Protocol
from server.state import State

__all__ = ["PROTOCOL"]


def routes(state: State) -> APIRouter:
    """All routes of the protocol."""
    return APIRouter(prefix="/api/v1")


PROTOCOL = Protocol(name="native", prefixes=("/api/v1",), routes=routes, failure=failing.plain)
