"""The answers that every route of ``/api/v1`` may give, for OpenAPI."""

from __future__ import annotations

from typing import Any

from server.protocols.native.schemas import Failed

__all__ = ["failures"]

WORDS = {
    401: "No key, or one that does not open this server.",
    403: "A page of another site asks, or the address may not be fetched from.",
    404: "No model or job of that name.",
    409: "The job is in another state.",
    413: "The body is larger than the server takes.",
    415: "A body of a type that is not taken.",
    422: "The request, its picture or its address cannot be used.",
    500: "An error of the server, which is logged there.",
    503: "Too much to do; come again after `Retry-After` seconds.",
    504: "No answer in time.",
}
ALWAYS = (401, 403, 422, 500, 503, 504)


def failures(*more: int) -> dict[int | str, dict[str, Any]]:
    """Descriptions of the failures of a route: those of all, and `more`."""
    codes = sorted({*ALWAYS, *more})
    found: dict[int | str, dict[str, Any]] = {
        code: {"model": Failed, "description": WORDS[code]} for code in codes
    }
    retry = {"schema": {"type": "integer"}, "description": "Seconds."}
    return {**found, 503: {**found[503], "headers": {"Retry-After": retry}}}
