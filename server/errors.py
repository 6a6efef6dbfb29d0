"""What an error means over HTTP: one table class -> status, and which words may go out.

What is wrong with a request is told in full. What is wrong with the server (a model file, a folder,
a fault of ours) may name paths of this machine: it is told in a sentence of its class, and stands
in full in the log.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request

from formats.errors import UnknownName
from prelabel.errors import (
    BusyError,
    CancelledError,
    DeadlineError,
    FetchError,
    FetchRefused,
    ImageError,
    JobError,
    ModelError,
    PrelabelError,
)

__all__ = [
    "STATUS",
    "AccessError",
    "ConflictError",
    "ForeignError",
    "MediaError",
    "PathError",
    "RequestError",
    "Told",
    "TooLargeError",
    "headers",
    "log",
    "status",
    "tell",
]

LOG = logging.getLogger("prelabel.server")


class RequestError(PrelabelError, ValueError):
    """A request that cannot be understood: a field that is missing, unknown or out of range."""


class AccessError(PrelabelError, PermissionError):
    """No key, or one that does not open this server."""


class ForeignError(PrelabelError, PermissionError):
    """A request that a page of another site made the browser send."""


class MediaError(PrelabelError, ValueError):
    """A body of a content type that is not taken."""


class TooLargeError(PrelabelError, ValueError):
    """A body of more bytes than the server takes."""


class ConflictError(PrelabelError, RuntimeError):
    """What is asked for does not fit the state of things: a job that is not finished."""


class PathError(PrelabelError, LookupError):
    """No such path, or not with this method; what the framework answers by itself."""

    def __init__(self, error: HTTPException) -> None:
        super().__init__(str(error.detail))
        self.status = error.status_code
        self.headers = dict(error.headers or {})


STATUS: dict[type[PrelabelError], int] = {
    AccessError: 401,
    ForeignError: 403,
    FetchRefused: 403,
    UnknownName: 404,
    ConflictError: 409,
    JobError: 409,
    TooLargeError: 413,
    MediaError: 415,
    RequestError: 422,
    ImageError: 422,
    FetchError: 422,
    CancelledError: 499,
    BusyError: 503,
    DeadlineError: 504,
}
"""Class -> status; the first in an error's line of descent counts, and 500 where there is none."""

PLACED = (RequestError, ImageError, FetchError)
"""Errors whose place is a field, or a name or address that the client gave."""

SENTENCES: dict[type[PrelabelError], str] = {
    ModelError: "the model cannot be used",
    JobError: "the job cannot be begun or gone on with",
}
"""What is told where the error's own words may name paths of this machine."""

INTERNAL = "InternalError"
FAULT = "an error of the server"
SEE_LOG = "the server's log tells more"
RETRY_SECONDS = 1

CHALLENGES = ("Bearer", 'Basic realm="prelabel", charset="UTF-8"')


@dataclass(frozen=True, slots=True)
class Told:
    """What goes out about an error: the name of its class, one line, and what to do."""

    kind: str
    message: str
    hint: str = ""


def status(error: Exception) -> int:
    """The HTTP status of an error."""
    if isinstance(error, PathError):
        return error.status
    return next((STATUS[c] for c in type(error).__mro__ if c in STATUS), 500)


def tell(error: Exception) -> Told:
    """What may be said about an error; never a path of this machine, a key or a traceback."""
    kind = type(error).__name__
    if not isinstance(error, PrelabelError):
        return Told(INTERNAL, FAULT, SEE_LOG)
    sentence = next((text for c, text in SENTENCES.items() if isinstance(error, c)), "")
    if sentence or status(error) == 500:
        return Told(kind, sentence or FAULT, SEE_LOG)
    place = f"{error.where}: " if error.where and isinstance(error, PLACED) else ""
    return Told(kind, place + error.what, error.hint)


def headers(error: Exception, request: Request) -> list[tuple[str, str]]:
    """The headers that belong to an error: when to come again, which credentials are taken.

    A script of a page is not offered Basic: its browser would put a dialog before the page's own.
    """
    if isinstance(error, PathError):
        return list(error.headers.items())
    if isinstance(error, BusyError):
        return [("Retry-After", str(RETRY_SECONDS))]
    if isinstance(error, AccessError):
        scripted = request.headers.get("sec-fetch-mode", "navigate") != "navigate"
        return [("WWW-Authenticate", c) for c in (CHALLENGES[:1] if scripted else CHALLENGES)]
    return []


def log(error: Exception, request: Request) -> None:
    """Note on the server what the client is not told: in full, with the traceback of a fault."""
    where = f"{request.method} {request.scope['path']!r}"
    if not isinstance(error, PrelabelError):
        LOG.error("%s: %s", where, FAULT, exc_info=error)
    elif status(error) == 500 or any(isinstance(error, c) for c in SENTENCES):
        LOG.error("%s: %s: %s", where, type(error).__name__, error)
