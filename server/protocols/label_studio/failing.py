"""How this protocol answers an error.

Label Studio drops every prediction of a request that is not answered with 2xx, while its page says
that all is well. So where the tasks of a /predict are known, a server that is busy, late or at
fault answers 200 with nothing for each of them: Label Studio then asks again.
"""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from prelabel.errors import PrelabelError
from server import errors, failing
from server.protocols.label_studio import requests, writing

__all__ = ["SEEN", "failure"]

SEEN = "prelabel.label_studio.tasks"
"""In a request's scope: how many tasks its body names, once that is known."""
SECONDS = 10.0
"""That the body of a refused request may take to arrive."""


async def failure(error: Exception, request: Request) -> Response:
    """Nothing for each task of a /predict that cannot be answered now; else the plain form."""
    if request.scope["path"] == "/predict" and errors.status(error) >= 500:
        count = await _tasks(request)
        if count is not None:
            text = writing.body([writing.NOTHING] * count)
            return Response(text, media_type="application/json")
    return failing.plain(error, request)


async def _tasks(request: Request) -> int | None:
    """How many tasks a request names, None where that cannot be known."""
    if SEEN in request.scope:
        return int(request.scope[SEEN])
    try:
        async with asyncio.timeout(SECONDS):
            return len(requests.prediction(await request.body()).tasks)
    except (PrelabelError, ClientDisconnect, TimeoutError):
        return None
