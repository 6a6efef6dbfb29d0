"""JSON bodies that may be large: read, checked and described as `Fields` are, but in a thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from server.errors import MediaError, RequestError, TooLargeError

__all__ = ["JSON", "MOST", "described", "read"]

JSON = "application/json"
MOST = 16 << 20
"""Bytes of a body whose pictures are compared."""

Body = TypeVar("Body", bound=BaseModel)


def read(body: bytes, content_type: str, kind: type[Body]) -> Body:
    """The body as a record; RequestError names the first field that does not fit."""
    if content_type.partition(";")[0].strip().lower() != JSON:
        raise MediaError(f"a body of type {content_type[:60] or 'unknown'}", hint=f"send {JSON}")
    if len(body) > MOST:
        raise TooLargeError(f"the body has more than {MOST} bytes", hint="send fewer pictures")
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RequestError(first["msg"], where=place or "body") from error


def described(kind: type[BaseModel], example: Mapping[str, Any]) -> dict[str, Any]:
    """The body in OpenAPI."""
    schema = kind.model_json_schema()
    whole = _inlined(schema, schema.pop("$defs", {}))
    content = {JSON: {"schema": whole, "example": dict(example)}}
    return {"requestBody": {"required": True, "content": content}}


def _inlined(schema: Any, known: Mapping[str, Any]) -> Any:
    """A schema with what it refers to in place of the reference."""
    if isinstance(schema, list):
        return [_inlined(part, known) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(known[schema["$ref"].rpartition("/")[2]], known)
    return {name: _inlined(part, known) for name, part in schema.items()}
