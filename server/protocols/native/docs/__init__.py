"""``/api/v1/docs``: a static page that shows the OpenAPI description, from this server alone."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from server import playground

__all__ = ["add"]

FOLDER = Path(__file__).parent
FILES = {"docs.js": "text/javascript", "docs.css": "text/css"}


def add(router: APIRouter) -> None:
    """The page and its files, under the policy of the playground."""

    @router.get("/docs", include_in_schema=False)
    async def page() -> Response:
        """The page."""
        return _file("index.html", "text/html")

    @router.get("/docs/{name}", include_in_schema=False)
    async def file(name: str) -> Response:
        """A file of the page."""
        if name not in FILES:
            raise HTTPException(404)
        return _file(name, FILES[name])


def _file(name: str, kind: str) -> Response:
    return FileResponse(FOLDER / name, media_type=kind, headers=playground.HEADERS)
