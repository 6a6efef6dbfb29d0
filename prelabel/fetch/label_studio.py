"""Addresses that only Label Studio understands, and where they lead.

- ``/data/upload/...`` and others of its paths: relative to its own address;
- ``/data/local-files/?d=...``: a file in a root folder, where one is set, else asked of it;
- ``s3:// gs:// azure-blob://``: it answers ``/tasks/<id>/resolve/`` with a redirect to a signed
  address, or with the bytes.

Its host comes from settings only, never from who sends the address. Tokens go to that host, for
these paths, on a trip that begins there.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from prelabel.clients.site import Site
from prelabel.clients.tokens import Post, Tokens
from prelabel.errors import FetchError, FetchRefused, SettingsError
from prelabel.fetch.guard import Place

__all__ = ["LabelStudio", "Located"]

PORTS = {"http": 80, "https": 443}
CLOUD = ("s3://", "gs://", "azure-blob://")
LOCAL_FILES = "/data/local-files/"
PATHS = re.compile(
    r"/data/upload/.|/data/local-files/?\?|/storage-data/uploaded/?\?"
    r"|/(tasks|projects)/\d+/resolve/?\?|/projects/\d+/file-proxy/?\?"
)
"""Paths of pictures in Label Studio 1.23, and no others: a token opens much more than these."""


@dataclass(frozen=True, slots=True)
class Located:
    """Where a picture is to be had: an address in Label Studio, or a file in the root folder.

    `key`: what the picture is called in a cache; `within`: the address is one of Label Studio's
    own, so that its token may go there; `file` is "" for an address.
    """

    address: str
    key: str
    within: bool = False
    file: str = ""


class LabelStudio:
    """One Label Studio, as far as pictures go."""

    def __init__(self, url: str, key: str = "", files: str = "", send: Post | None = None) -> None:
        """`url` "" for none; `files`: root folder of ``/data/local-files/``, "" for none.

        SettingsError where the address or the token cannot be one.
        """
        self._tokens = Tokens(url, key, send) if url else None
        self._send = send
        self.keyless = not key
        self.files = files

    @property
    def site(self) -> Site | None:
        """Its address, where one is set."""
        return self._tokens.site if self._tokens else None

    @property
    def tokens(self) -> Tokens | None:
        """The tokens for its host."""
        return self._tokens

    def places(self) -> tuple[Place, ...]:
        """Host and port that may be connected to although they are private."""
        if self.site is None:
            return ()
        parts = urlsplit(self.site.address)
        ports = [parts.port or PORTS[parts.scheme]]
        if ports == [PORTS["http"]]:
            ports.append(PORTS["https"])  # the token may go there too: see `Site.holds`
        return tuple((parts.hostname or "", port) for port in ports)

    def offer(self, hostname: str, token: str) -> bool:
        """A token that came with a request; taken where none is set, and only for the set host.

        Whether it was taken.
        """
        if not token or not self.keyless or self.site is None or not self.site.holds(hostname):
            return False
        try:
            self._tokens = Tokens(self.site.address, token, self._send)
        except SettingsError:
            return False
        return True

    def locate(self, address: str, task: str = "") -> Located | None:
        """Where an address leads; None where it is not one of Label Studio's.

        FetchRefused and FetchError where it is, and cannot be had.
        """
        if address.lower().startswith(CLOUD):
            return self._resolved(address, task)
        path = self._path(address)
        if path is None:
            return None
        if path.startswith(LOCAL_FILES.rstrip("/")) and self.files:
            return Located(address, address, file=self._local(path))
        return self._at(path, path)

    def _path(self, address: str) -> str | None:
        """The path within Label Studio of one of its pictures, whichever way it is written."""
        rest = address
        if self.site is not None:
            if self.site.holds(address):
                parts = urlsplit(address)
                rest = parts.path + (f"?{parts.query}" if parts.query else "")
            rest = rest.removeprefix(self.site.path) if rest.startswith("/") else rest
        if not PATHS.match(rest):
            return None
        if any(part in (".", "..") for part in _segments(rest)):
            raise FetchRefused("leads out of Label Studio's pictures", where=_shown(rest))
        return rest

    def _resolved(self, address: str, task: str) -> Located:
        if not re.fullmatch(r"[0-9]{1,18}", task):
            raise FetchError(
                "lies in cloud storage, and no task is named that Label Studio could open it for",
                where=_shown(address),
            )
        uri = base64.urlsafe_b64encode(address.encode("utf-8", "surrogatepass")).decode()
        return self._at(f"/tasks/{task}/resolve/?fileuri={uri}", address)

    def _at(self, path: str, key: str) -> Located:
        if self.site is None:
            raise FetchError(
                "lies in Label Studio, whose address is not set",
                where=_shown(key),
                hint="setting label_studio_url",
            )
        return Located(self.site.join(path), key, within=True)

    def _local(self, path: str) -> str:
        """The file in the root folder; that it stays there is seen to when it is read."""
        query: Mapping[str, list[str]] = parse_qs(urlsplit(path).query)
        name = query.get("d", [""])[0].lstrip("/")
        if not name:
            raise FetchError("names no file, expected ?d=", where=_shown(path))
        return f"{self.files.rstrip('/')}/{name}"


def _segments(path: str) -> list[str]:
    """The parts of a path, as a server may understand them."""
    bare = path.partition("?")[0]
    for _ in range(3):
        bare = unquote(bare)
    return re.split(r"[/\\]", bare)


def _shown(address: str) -> str:
    return address.partition("?")[0][:200]
