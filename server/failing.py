"""From an error to the answer: through the protocol, and never with more than may be told."""

from __future__ import annotations

import inspect

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from prelabel.errors import CancelledError
from server import errors
from server.errors import PathError, RequestError
from server.guard.answer import Answer
from server.guard.body import Body
from server.protocols import Protocol

__all__ = ["answer", "ours", "plain"]

LINGER = 1.0
"""Seconds that an answer waits for a body that nobody reads."""


async def answer(
    protocol: Protocol, request: Request, error: Exception, body: Body, send: Answer
) -> None:
    """Send the protocol's answer to an error. Where one was begun already, the connection ends.

    It also ends after an answer that could not wait for the whole body.
    """
    error = ours(error)
    errors.log(error, request)
    if send.status:
        raise error
    response = await _response(protocol, request, error)
    await body.drain(LINGER)
    if not body.whole:
        response.headers["connection"] = "close"
    await response(request.scope, request.receive, send)


async def _response(protocol: Protocol, request: Request, error: Exception) -> Response:
    """What `failure` makes of the error; where that fails itself, the plain form of that."""
    if isinstance(error, CancelledError):
        return plain(error, request)
    try:
        found = protocol.failure(error, request)
        return await found if inspect.isawaitable(found) else found
    except Exception as second:  # noqa: BLE001 - the last resort
        errors.log(second, request)
        return plain(second, request)


def plain(error: Exception, request: Request) -> Response:
    """``{"error": {"kind", "message", "hint"}}`` with the status of the error's class."""
    told = errors.tell(error)
    content = {"error": {"kind": told.kind, "message": told.message, "hint": told.hint}}
    response = JSONResponse(content, errors.status(error))
    for name, value in errors.headers(error, request):
        response.headers.append(name, value)
    return response


def ours(error: Exception) -> Exception:
    """The framework's own errors as ours."""
    if isinstance(error, HTTPException):
        return RequestError(str(error.detail)) if error.status_code == 400 else PathError(error)
    if isinstance(error, RequestValidationError):
        return _unfit(error)
    return error


def _unfit(error: RequestValidationError) -> RequestError:
    """The first thing that is wrong with a request's fields; values are not repeated."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return RequestError(str(first["msg"]), where=place)
