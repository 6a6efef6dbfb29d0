"""An address -> the bytes of a picture: files, ``http(s)``, ``data:``; guarded and bounded.

`Fetcher` keeps connections for many pictures and threads; `read` is for a single one. What is asked
of an untrusted address: the guard (`prelabel.fetch.guard`) at every hop, a time limit for the whole
trip, a size limit while the bytes arrive, and bytes that start like a picture.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

from prelabel.fetch.local import read_data, read_file
from prelabel.settings import Settings

if TYPE_CHECKING:
    import httpcore

    from prelabel.fetch.network import Resolver
    from prelabel.fetch.web import Credentials, Web
    from prelabel.tickets import Ticket

__all__ = ["Fetcher", "Policy", "is_web", "read"]

DEFAULTS = Settings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may be fetched; see the settings of the same names.

    `allowed_places`: (host, port) pairs that are allowed like `allowed_hosts`, but for that port
    alone. `folders` None: any file may be read, because the user of the shell named it.
    """

    allowed_hosts: tuple[str, ...] = ()
    allowed_places: tuple[tuple[str, int], ...] = ()
    folders: tuple[str, ...] | None = None
    max_bytes: int = DEFAULTS.max_bytes
    timeout: float = DEFAULTS.fetch_timeout
    max_redirects: int = DEFAULTS.max_redirects

    @classmethod
    def of(
        cls, settings: Settings, *, trusted: bool, places: tuple[tuple[str, int], ...] = ()
    ) -> Policy:
        """`trusted`: addresses come from the user of the shell, who may read any file here."""
        return cls(
            allowed_hosts=settings.allowed_hosts,
            allowed_places=places,
            folders=None if trusted else settings.folders,
            max_bytes=settings.max_bytes,
            timeout=settings.fetch_timeout,
            max_redirects=settings.max_redirects,
        )


def is_web(address: str) -> bool:
    """Whether the address needs the network."""
    return address[:8].lower().startswith(("http://", "https://"))


def read(address: str, policy: Policy | None = None) -> bytes:
    """The bytes at an address; see `Fetcher.read`."""
    with Fetcher(policy) as fetcher:
        return fetcher.read(address)


class Fetcher:
    """Reads addresses for any number of threads.

    The network is an argument: `resolver` (host, port -> addresses) and `network` (what opens
    connections), so that tests need no patching.
    """

    def __init__(
        self,
        policy: Policy | None = None,
        *,
        resolver: Resolver | None = None,
        network: httpcore.NetworkBackend | None = None,
    ) -> None:
        self.policy = policy or Policy()
        self._resolver = resolver
        self._network = network
        self._web: Web | None = None
        self._lock = threading.Lock()

    def read(
        self,
        address: str,
        ticket: Ticket | None = None,
        credentials: Credentials | None = None,
    ) -> bytes:
        """The bytes at a path, ``file:``, ``http(s):`` or ``data:`` address.

        FetchRefused where the guard does not allow it, FetchError where it cannot be had; both name
        the address without passwords and signatures. `credentials` tell one host who asks. When the
        ticket ends meanwhile: DeadlineError, CancelledError.
        """
        if is_web(address):
            return self._on_web().read(address, ticket, credentials)
        if address[:5].lower() == "data:":
            return read_data(address, self.policy.max_bytes)
        return read_file(address, self.policy.folders, self.policy.max_bytes)

    def close(self) -> None:
        """Close kept connections."""
        if self._web is not None:
            self._web.close()

    def _on_web(self) -> Web:
        from prelabel.fetch.web import Web  # loads httpx

        with self._lock:
            if self._web is None:
                self._web = Web(self.policy, self._resolver, self._network)
            return self._web

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
