"""The paths that Label Studio calls; what touches memory only is answered in the event loop."""

from __future__ import annotations

import asyncio
import hmac
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import anyio.to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from prelabel.errors import PrelabelError
from prelabel.fetch.pictures import Pictures
from prelabel.label_studio.plan import Plan
from server.errors import AccessError
from server.guard.deadline import ends
from server.protocols.label_studio import events, requests, writing
from server.protocols.label_studio.backend import Backend
from server.protocols.label_studio.events import Told
from server.protocols.label_studio.failing import SEEN
from server.protocols.label_studio.requests import Prediction
from server.state import State

__all__ = ["admits", "routes"]

LOG = logging.getLogger("prelabel.server")
SLACK = 0.5
"""Seconds after the deadline until what is there is sent, while a model that is being opened, or
run, goes on: its answer is kept."""
LARGE = 1 << 17
"""Bytes of a body or config from which reading it is left to a thread."""
ACTIONS = frozenset(
    f"{what}_{how}"
    for what in ("ANNOTATION", "ANNOTATIONS", "TASK", "TASKS", "PROJECT", "LABEL_LINK", "REVIEW")
    for how in ("CREATED", "UPDATED", "DELETED")
) | {"START_TRAINING"}
"""Events that are counted by their name; any other is counted as "other"."""
HELP = "docs/corrections.md"
UNTRAINED = "training is not offered: predictions come from the model file that is served"

Found = TypeVar("Found")


def admits(request: Request) -> bool:
    """Whether a request without a key is let through: /health of X-AnyLabeling.

    It sends a header ``Token``, which may be empty, and takes a 401 for a server that is down.
    Label Studio sends none, and asks for credentials only where it gets a 401.
    """
    return request.scope["path"] == "/health" and "token" in request.headers


def routes(state: State) -> APIRouter:
    """The routes over one `Backend`."""
    paths = Paths(state, Backend(state))
    router = APIRouter(include_in_schema=False)
    router.add_api_route("/health", paths.health, methods=["GET"])
    router.add_api_route("/setup", paths.setup, methods=["POST"])
    router.add_api_route("/versions", paths.versions, methods=["GET"])
    router.add_api_route("/predict", paths.predict, methods=["POST"])
    router.add_api_route("/webhook", paths.webhook, methods=["POST"])
    router.add_api_route("/train", paths.train, methods=["POST"])
    return router


class Paths:
    """One method for each path."""

    def __init__(self, state: State, backend: Backend) -> None:
        self.state = state
        self.backend = backend
        self._warned = False

    async def health(self) -> Response:
        """That the server is there."""
        facts = self.state.service.pool.status()
        loaded = sum(bool(each.get("loaded")) for each in facts)
        return _json({"status": "healthy", "models_loaded": loaded, "timestamp": time.time()})

    async def setup(self, request: Request) -> Response:
        """The version of the answers that this labeling config will get; no model is opened.

        Its token is that of whoever calls: it is used where none is set, for the set host alone.
        """
        config, hostname, token = await _read(requests.setup, await request.body())
        fetcher = self.state.service.fetcher
        if isinstance(fetcher, Pictures):
            fetcher.label_studio.offer(hostname, token)
        plan = await _read(self.backend.plan, config)
        return _json({"model_version": plan.version})

    async def versions(self) -> Response:
        """The versions of the configs that were seen last."""
        return _json({"versions": self.backend.versions()})

    async def predict(self, request: Request) -> Response:
        """An entry for each task, whatever happens."""
        asked = await _read(requests.prediction, await request.body())
        request.scope[SEEN] = len(asked.tasks)
        plan = await _read(self.backend.plan, asked.config)
        results = [writing.NOTHING] * len(asked.tasks)
        await self._fill(results, plan, asked, ends(request))
        return Response(writing.body(results, plan.version), media_type="application/json")

    async def _fill(self, results: list[bytes], plan: Plan, asked: Prediction, end: float) -> None:
        """What is there in time; the rest stays nothing, whatever the reason."""
        try:
            async with asyncio.timeout(max(0.0, end + SLACK - time.monotonic())):
                await self.state.limiter.run(self.backend.fill, results, plan, asked, end)
        except TimeoutError:
            LOG.warning("tasks of Label Studio: a model takes longer than the deadline")
        except PrelabelError as error:
            LOG.warning("tasks of Label Studio: %s", error)
        except Exception:
            LOG.exception("tasks of Label Studio")

    async def webhook(self, request: Request) -> Response:
        """Count an event, and keep the correction that it tells of; quickly."""
        trusted = self._is_trusted(request)
        told = await _read(events.read, await request.body())
        self.backend.happened(told.action if told.action in ACTIONS else "other")
        if told.events or told.deleted:
            await self._keep(told, trusted)
        return await self.train() if told.action == "START_TRAINING" else _json({"status": "ok"})

    async def _keep(self, told: Told, trusted: bool) -> None:
        """Keep what was told in a thread: the file may be busy. Nothing of a stranger."""
        if trusted:
            await anyio.to_thread.run_sync(self.backend.corrected, told)
        elif not self._warned:
            self._warned = True
            LOG.warning("corrections of Label Studio are not kept: set webhook_secret (%s)", HELP)

    def _is_trusted(self, request: Request) -> bool:
        """Whether an event is from a Label Studio that is known; AccessError for a wrong secret.

        Events carry no credentials: a secret is part of the address (``/webhook?secret=...``) or
        of a header that was added to the webhook in Label Studio. Where the server has keys and no
        secret is set, events are counted and not believed.
        """
        keys, secret = self.state.keys, self.state.settings.webhook_secret
        header = request.headers.get("authorization", "").encode()
        if not keys.needed and not secret:
            return True
        if keys.needed and keys.open(header):
            return True
        offered = request.query_params.get("secret") or request.headers.get("x-webhook-secret", "")
        if secret and not hmac.compare_digest(offered.encode(), secret.encode()):
            raise AccessError("the secret of the webhook is needed", hint="setting webhook_secret")
        return bool(secret)

    async def train(self) -> Response:
        """That there is no training; Label Studio shows the status."""
        return _json({"error": UNTRAINED}, 501)


async def _read(read: Callable[..., Found], text: bytes | str) -> Found:
    """What `read` makes of a text, in a thread where that may take a while."""
    if len(text) < LARGE:
        return read(text)
    return await anyio.to_thread.run_sync(read, text)


def _json(content: Mapping[str, Any], status: int = 200) -> Response:
    return Response(writing.encoded(content), status, media_type="application/json")
