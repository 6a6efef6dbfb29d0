"""The playground: a static page that shows what a served model sees in a picture.

No build step: the files in ``static/`` are sent as they lie. They name each other by relative
addresses, so the server may stand under any path of a proxy. They hold nothing secret and need no
key; what the page asks of ``/api/v1`` does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

__all__ = ["FOLDER", "HEADERS", "POLICY", "page", "routes"]

FOLDER = Path(__file__).parent / "static"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The page's content security policy: its own files, its own server, pictures of the user."""

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-cache",
}
"""Of every file here; `no-cache` lets no page of an older version meet scripts of a newer one."""


def page() -> Response:
    """The page itself, for ``/``."""
    return FileResponse(FOLDER / "index.html", media_type="text/html", headers=HEADERS)


def routes() -> list[BaseRoute]:
    """``/static/...``: what the page loads."""
    return [Mount("/static", _Files(directory=FOLDER), name="static")]


class _Files(StaticFiles):
    """The folder, with this package's headers."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """As starlette answers it, with 304 where the browser has the file."""
        response = super().file_response(*args, **kwargs)
        response.headers.update(HEADERS)
        return response
