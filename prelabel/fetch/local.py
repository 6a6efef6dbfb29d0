"""Bytes that need no network: files, and ``data:`` addresses."""

from __future__ import annotations

import base64
import binascii
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from prelabel.errors import FetchError, FetchRefused

__all__ = ["find_file", "read_data", "read_file"]


def read_file(
    address: str, folders: Sequence[str] | None, max_bytes: int, where: str = ""
) -> bytes:
    """The bytes of a file: a path or ``file://`` address.

    `folders`: the only ones that it may lie in, links followed, and then at most `max_bytes`; None:
    the user of the shell named it, so it may lie anywhere. `where`: what errors call it, the
    address if left out.
    """
    path, address = _path(address), where or address
    if folders is not None:
        path = _inside(path, folders, address)
    try:
        with os.fdopen(_opened(path), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise FetchError("is not a file", where=address)
            if folders is not None and status.st_size > max_bytes:
                raise FetchError(f"{status.st_size} bytes, at most {max_bytes}", where=address)
            return file.read()
    except FetchError:
        raise
    except FileNotFoundError as error:
        raise FetchError("no such file", where=address) from error
    except IsADirectoryError as error:
        raise FetchError("is a folder, expected a picture", where=address) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise FetchError(f"cannot be read: {reason}", where=address) from error


def find_file(address: str, folders: Sequence[str], where: str = "") -> Path:
    """The file at a path or ``file://`` address in one of some folders, links followed.

    FetchRefused and FetchError as of `read_file`; its size is not looked at.
    """
    path = _inside(_path(address), folders, where or address)
    if not path.is_file():
        raise FetchError("no such file", where=where or address)
    return path


def read_data(address: str, max_bytes: int) -> bytes:
    """The bytes of a ``data:[type][;base64],...`` address (RFC 2397)."""
    head, comma, body = address.partition(",")
    where = f"{head[:40]},..."
    if not comma:
        raise FetchError("has no comma, expected data:[type][;base64],...", where=where)
    if len(body) > 4 * max_bytes:
        raise FetchError(f"more than {max_bytes} bytes", where=where)
    if not head.lower().endswith(";base64"):
        data = unquote_to_bytes(body)
    else:
        try:
            data = base64.b64decode("".join(unquote(body).split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise FetchError(f"is not base64: {error}", where=where) from error
    if len(data) > max_bytes:
        raise FetchError(f"more than {max_bytes} bytes", where=where)
    return data


def _path(address: str) -> Path:
    if not address.lower().startswith("file:"):
        return Path(address)
    parts = urlsplit(address)
    if parts.netloc not in ("", "localhost"):
        raise FetchRefused("names another machine's file", where=address)
    return Path(unquote(parts.path))


def _inside(path: Path, folders: Sequence[str], address: str) -> Path:
    """The path with links followed; FetchRefused where that is outside every folder."""
    try:
        real = path.resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise FetchError("is no path", where=address) from error
    if any(real.is_relative_to(Path(folder).resolve()) for folder in folders):
        return real
    raise FetchRefused(
        "lies outside the folders that may be read", where=address, hint="setting folders"
    )


def _opened(path: Path) -> int:
    """The open file; a named pipe is opened without waiting for its other end."""
    return os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
