"""What belongs to no protocol: the start page, readiness, metrics; and every unknown path."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server import failing, playground
from server.metrics import CONTENT_TYPE
from server.protocols import Protocol
from server.state import State

__all__ = ["PAGES"]

ABOUT = {
    "name": "prelabel",
    "api": "/api/v1",
    "docs": "/api/v1/docs",
    "openapi": "/api/v1/openapi.json",
    "ready": "/ready",
    "metrics": "/metrics",
}


def routes(state: State) -> APIRouter:
    """``/``, ``/ready`` and ``/metrics``; they touch memory only."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def start(request: Request) -> Response:
        """The playground for a browser, a few addresses for a program."""
        wants_page = "text/html" in request.headers.get("accept", "")
        answer = playground.page() if wants_page else JSONResponse(ABOUT)
        answer.headers["vary"] = "accept"
        return answer

    @router.api_route("/ready", methods=["GET", "HEAD"])
    async def ready() -> Response:
        """Yes or no: whether a prediction would find a model."""
        yes = any(not facts.get("problem") for facts in state.service.pool.status())
        return JSONResponse({"ready": yes}, 200 if yes else 503)

    @router.get("/metrics")
    async def metrics() -> Response:
        """Counters for Prometheus."""
        return Response(state.metrics.text(), media_type=CONTENT_TYPE)

    return router


PAGES = Protocol(
    name="pages",
    prefixes=("/",),
    routes=routes,
    failure=failing.plain,
    open=("/", "/ready", "/static/*"),
    light=("/", "/ready", "/metrics", "/static/*"),
)
