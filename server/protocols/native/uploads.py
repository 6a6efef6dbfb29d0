"""The body of a prediction: a form with a file, the picture itself, or JSON with an address."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.datastructures import FormData, QueryParams, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from prelabel.service import Address, Bytes, Source
from server.errors import MediaError, RequestError
from server.protocols.native import asking
from server.protocols.native.asking import LISTS, Fields

__all__ = ["name_of", "read"]

FORM, JSON = "multipart/form-data", "application/json"
HINT = f"send {FORM} with a file, {JSON} with a url, or the picture itself as image/jpeg"
FIELD_BYTES = 1 << 16
FIELDS = 2000
"""Most fields of a form, each of at most `FIELD_BYTES`."""


async def read(request: Request) -> tuple[Source, Fields]:
    """The picture, and the fields that came with it: those of the body stand over the address's."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    over: dict[str, Any] = {}
    if kind == FORM:
        source, over = await _form(request)
    elif kind == JSON:
        source, over = _json(await request.body())
    elif kind.startswith("image/") or kind == "application/octet-stream":
        source = _bytes(await request.body())
    else:
        raise MediaError(f"a body of type {kind[:60] or 'unknown'}", hint=HINT)
    given = _listed(request.query_params)
    given.pop("format", None)
    return source, asking.fields(given, over, typed=kind == JSON)


def name_of(source: Source) -> str:
    """What the picture is called in a dataset: the last part of its name, never a path."""
    if isinstance(source, Bytes):
        text = source.name
    else:
        text = "" if source.text[:5].lower() == "data:" else _path(source.text)
    name = PurePosixPath(text.replace("\\", "/")).name
    return "".join(c for c in name if c.isprintable())[:200] or "picture"


def _path(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:
        return ""


def _bytes(data: bytes, name: str = "") -> Bytes:
    if not data:
        raise RequestError("the body is empty", hint=HINT)
    return Bytes(data, name or "picture")


async def _form(request: Request) -> tuple[Source, dict[str, Any]]:
    try:
        async with request.form(max_files=1, max_fields=FIELDS, max_part_size=FIELD_BYTES) as form:
            return await _picture(form), _listed(form)
    except HTTPException as error:
        raise RequestError(f"the form cannot be read: {error.detail}", hint=HINT) from error


async def _picture(form: FormData) -> Source:
    file, url = form.get("file"), form.get("url")
    if isinstance(file, UploadFile):
        return _bytes(await file.read(), file.filename or "")
    if isinstance(url, str) and url:
        return Address(url)
    raise RequestError("the form has no file", where="file", hint=HINT)


def _json(body: bytes) -> tuple[Source, dict[str, Any]]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RequestError(f"the body is not JSON: {error}", hint=HINT) from error
    if not isinstance(found, dict) or not isinstance(found.get("url"), str) or not found["url"]:
        raise RequestError("expected an object with the picture's address", where="url", hint=HINT)
    return Address(found.pop("url")), found


def _listed(pairs: QueryParams | FormData) -> dict[str, Any]:
    """Texts by name; those of `LISTS` as lists. A file, and its address, are no field."""
    found: dict[str, Any] = {}
    for name, value in pairs.multi_items():
        if name in LISTS:
            found.setdefault(name, []).append(value)
        elif name not in ("file", "url"):
            found[name] = value
    return found
