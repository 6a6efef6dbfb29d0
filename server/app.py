"""`create`: the application: protocols, pages, guard, error handlers, and an orderly end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.metadata import version
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from prelabel.service import Service
from prelabel.settings import Settings
from server import pages, playground
from server.guard.entrance import Guard
from server.metrics import Metrics
from server.protocols import PROTOCOLS, Protocol, members
from server.providers import Providers
from server.state import State

__all__ = ["OPENAPI", "create"]

OPENAPI = "/api/v1/openapi.json"
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic", "description": "The key as user or password."},
}


def create(
    service: Service,
    settings: Settings,
    metrics: Metrics | None = None,
    protocols: Mapping[str, object] = PROTOCOLS,
) -> FastAPI:
    """The server over a service; it closes the service, not the pool, when it ends.

    `metrics`: the service's observer, where it has one.
    """
    state = State.of(service, settings, metrics or Metrics())
    try:
        return _application(state, (*members(protocols), pages.PAGES))
    except BaseException:
        state.closing.close()
        raise


def _application(state: State, speakers: Sequence[Protocol]) -> FastAPI:
    _show(state)
    app = Application(
        title="prelabel",
        version=version("prelabel"),
        openapi_url=OPENAPI,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(state),
    )
    app.state.server = state
    for kind in (HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _raised)
    for protocol in speakers:
        app.include_router(protocol.routes(state))
    app.router.routes.extend(playground.routes())
    app.add_middleware(Guard, state=state, protocols=speakers)
    return app


async def _raised(request: Request, error: Exception) -> Response:
    """Hand the framework's own errors to the guard, which knows the protocol.

    Of a path with several routes the framework tells the methods of the first only.
    """
    if isinstance(error, HTTPException) and error.status_code == 405:
        path = getattr(request.scope.get("route"), "path", "")
        methods = request.app.openapi()["paths"].get(path)
        if methods:
            error.headers = {"Allow": ", ".join(method.upper() for method in methods)}
    raise error


class Application(FastAPI):
    """FastAPI, whose description tells which keys are taken."""

    def openapi(self) -> dict[str, Any]:
        """The description, made once."""
        found = super().openapi()
        state: State = self.state.server
        found.setdefault("components", {})["securitySchemes"] = SCHEMES
        if state.keys.needed:
            found["security"] = [{name: []} for name in SCHEMES]
        return found


def _lifespan(state: State) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """The end of the server: what was accepted is finished, in threads, in order."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await anyio.to_thread.run_sync(state.closing.close)

    return lifespan


def _show(state: State) -> None:
    """Numbers that others hold, for /metrics."""
    gate, pool = state.service.gate, state.service.pool
    show = state.metrics.gauge
    show("queue_inside", "Requests in the gate's places.", lambda: gate.inside)
    show("queue_waiting", "Requests that wait before the gate.", lambda: gate.waiting)
    show(
        "models_loaded",
        "Models that are open now.",
        lambda: sum(bool(facts.get("loaded")) for facts in pool.status()),
    )
    state.metrics.registry.register(Providers(pool))
