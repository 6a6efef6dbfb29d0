"""The address of a Label Studio: read once, joined with paths, compared with other addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import SplitResult, urlsplit

from prelabel.errors import SettingsError

__all__ = ["Site"]

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Site:
    """``scheme://host[:port][/prefix]`` without a slash at the end."""

    address: str

    @classmethod
    def of(cls, text: str) -> Self:
        """The site that a user names; SettingsError where the address cannot be one."""
        text = text.strip()
        parts = _split(text)
        if parts is None or parts.scheme not in PORTS or not parts.hostname:
            raise _wrong(text, "expected http://host[:port] or https://host[:port]")
        if parts.username is not None or parts.password is not None:
            raise _wrong(
                parts.hostname, "has a password in it", "the token is a setting of its own"
            )
        return cls(f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}")

    @property
    def path(self) -> str:
        """What follows the host, "" for nothing."""
        return urlsplit(self.address).path

    def join(self, path: str) -> str:
        """The address of a path of this site."""
        return f"{self.address}/{path.lstrip('/')}"

    def holds(self, address: str) -> bool:
        """Whether an address is of this very host and port; its TLS side counts as the same.

        Only then may the token go there.
        """
        ours, theirs = _origin(self.address), _origin(address)
        return theirs is not None and theirs in (ours, _secured(ours))


Origin = tuple[str, str, int]


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _origin(address: str) -> Origin | None:
    parts = _split(address)
    if parts is None or parts.scheme not in PORTS or not parts.hostname:
        return None
    host = parts.hostname.lower().rstrip(".")
    return parts.scheme, host, PORTS[parts.scheme] if parts.port is None else parts.port


def _secured(origin: Origin | None) -> Origin | None:
    """The https side of a host that is named by http and the usual port."""
    plain = origin is not None and origin[0] == "http" and origin[2] == 80
    return ("https", origin[1], 443) if plain and origin is not None else origin


def _wrong(where: str, what: str, hint: str = "") -> SettingsError:
    return SettingsError(what, where=f"Label Studio's address {where[:100]!r}", hint=hint)
