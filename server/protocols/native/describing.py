"""Predictions in OpenAPI; written by hand, because the body has three forms and is read by hand."""

from __future__ import annotations

from typing import Any

from formats import FORMATS
from server import archives
from server.protocols.native import asking, schemas
from server.protocols.native.asking import Fields

__all__ = ["prediction", "success"]

JSON = "application/json"
NOTE = "Fields in the body stand over those in the address."


def success() -> dict[str, Any]:
    """The answer: prelabel's JSON, or a file of a format."""
    binary = {"schema": {"type": "string", "format": "binary"}}
    files = dict.fromkeys((archives.ZIP_TYPE, archives.LINES_TYPE, archives.TEXT_TYPE), binary)
    return {
        "model": schemas.Prediction | schemas.File,
        "description": "What the model sees; with `format` a file of that format.",
        "content": {JSON: {"example": schemas.examples()}, **files},
    }


def prediction() -> dict[str, Any]:
    """Parameters and body of a prediction."""
    fields = Fields.model_json_schema()["properties"]
    plain = {name: schema for name, schema in fields.items() if name not in asking.LISTS}
    names = {"type": "string", "minLength": 1, "maxLength": 200}
    pairs = {"type": "string", "pattern": r"^.+=(0(\.\d+)?|1)$"}
    lists = {
        "classes": _repeated(names, "Only these classes; may be repeated."),
        "thresholds": _repeated(pairs, "Least score of a class, NAME=SCORE; may be repeated."),
    }
    file = {"type": "string", "format": "binary"}
    url = {"type": "string", "minLength": 1, "description": "http(s) or data: address."}
    form = {"type": "object", "required": ["file"], "properties": {"file": file, **plain, **lists}}
    named = {"type": "object", "required": ["url"], "properties": {"url": url, **fields}}
    return {
        "parameters": [
            _parameter("format", {"type": "string", "enum": ["", *FORMATS]}),
            *[_parameter(name, schema) for name, schema in {**plain, **lists}.items()],
        ],
        "requestBody": {
            "required": True,
            "description": NOTE,
            "content": {
                "multipart/form-data": {"schema": form},
                "image/*": {"schema": file},
                JSON: {
                    "schema": {**named, "additionalProperties": False},
                    "example": {"url": "https://example.org/street.jpg", "conf": 0.4},
                },
            },
        },
    }


def _repeated(items: dict[str, Any], line: str) -> dict[str, Any]:
    return {"type": "array", "items": items, "description": line}


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema}
