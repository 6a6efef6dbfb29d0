"""Where Label Studio says a picture is, and the path that it has in a data set."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import parse_qs, quote, unquote, urlsplit

from formats import files
from formats.errors import FormatError

__all__ = ["address", "candidates", "path_of"]

UPLOAD = "/data/upload/"
LOCAL = "/data/local-files/"
_UNIQUE = re.compile(r"^[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the name of a file that is uploaded."""


def path_of(address: str) -> str:
    """The relative path of a picture: of what is uploaded or in local files, its path there.

    Of other addresses what stands behind the host, without the query. A path that would leave the
    data set's folder becomes its bare name; FormatError where there is none.
    """
    parts = urlsplit(address) if "://" in address or address.startswith("/data/") else None
    path = address if parts is None else unquote(parts.path)
    if parts is not None and parts.path == LOCAL:
        path = parse_qs(parts.query).get("d", [""])[0]
    path = path.removeprefix(UPLOAD).lstrip("/")
    try:
        return files.safe(path, address)
    except FormatError:
        return files.safe(PurePosixPath(path.replace("\\", "/")).name, address[:80])


def candidates(path: str) -> list[str]:
    """What the picture of a path may be called in a folder of pictures, the likeliest first."""
    name = PurePosixPath(path).name
    return list(dict.fromkeys([path, name, _UNIQUE.sub("", name)]))


def address(path: str, prefix: str) -> str:
    """A path as an address: quoted behind a prefix, as it stands without one."""
    return prefix + quote(path) if prefix else path
