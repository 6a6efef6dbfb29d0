"""`Pictures`: addresses as the server reads them: guarded, through Label Studio, kept on disk.

Addresses come from whoever may send a request, so nothing is trusted: the guard stands before every
connection, files lie in the folders that the settings name, and answers that are no pictures are
not read. What came over the network is kept in a folder for a day.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

from prelabel.cache import Flights
from prelabel.errors import FetchError, FetchRefused
from prelabel.fetch import Fetcher, Policy, is_web
from prelabel.fetch.cache import FolderCache
from prelabel.fetch.label_studio import LabelStudio, Located
from prelabel.fetch.local import find_file, read_data, read_file
from prelabel.observer import NOBODY, Observer
from prelabel.settings import Settings
from prelabel.tickets import Ticket

if TYPE_CHECKING:
    import httpcore

    from prelabel.clients.tokens import Post
    from prelabel.fetch.network import Resolver

__all__ = ["FOLDER", "Pictures"]

FOLDER = "pictures"
"""The cache's folder in `data_dir`."""


class Pictures:
    """Reads addresses for any number of threads; the same one is fetched once at a time.

    The network is an argument, for tests: `resolver` and `network` as in `Fetcher`, `send` as in
    `Tokens`.
    """

    def __init__(
        self,
        settings: Settings,
        observer: Observer = NOBODY,
        *,
        resolver: Resolver | None = None,
        network: httpcore.NetworkBackend | None = None,
        send: Post | None = None,
    ) -> None:
        self.label_studio = LabelStudio(
            settings.label_studio_url,
            settings.label_studio_api_key,
            settings.label_studio_files,
            send,
        )
        places = self.label_studio.places()
        self.policy = Policy.of(settings, trusted=False, places=places)
        self._fetcher = Fetcher(self.policy, resolver=resolver, network=network)
        self._observer = observer
        self._flights: Flights[bytes | FetchError] = Flights()
        self._cache = FolderCache(Path(settings.data_dir) / FOLDER, settings.cache_disk << 20)
        self._account = _account(settings)

    def read(self, address: str, task: str = "", ticket: Ticket | None = None) -> bytes:
        """The bytes at an address; `task`: number of the task of Label Studio that names it.

        FetchRefused where it is not allowed, FetchError where it cannot be had; both name the
        address without passwords and signatures. DeadlineError and CancelledError when the ticket
        ends before the bytes are there.
        """
        ticket = ticket or Ticket()
        ticket.check()
        _is_text(address)
        if address[:5].lower() == "data:":
            return read_data(address, self.policy.max_bytes)
        located = self.label_studio.locate(address, task)
        if located is None and is_web(address):
            located = Located(address, address)
        if located is None:
            return read_file(address, self.policy.folders, self.policy.max_bytes)
        if located.file:
            folders = (self.label_studio.files,)
            return read_file(located.file, folders, self.policy.max_bytes, address)
        return self._fetched(located, ticket)

    def file(self, address: str, task: str = "") -> Path | None:
        """The file that an address names, None where it has to be read.

        FetchRefused and FetchError as of `read`; its size is not looked at.
        """
        _is_text(address)
        if address[:5].lower() == "data:":
            return None
        located = self.label_studio.locate(address, task)
        if located is not None and located.file:
            return find_file(located.file, (self.label_studio.files,), address)
        if located is not None or is_web(address):
            return None
        return find_file(address, self.policy.folders or ())

    def close(self) -> None:
        """Close kept connections."""
        self._fetcher.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fetched(self, located: Located, ticket: Ticket) -> bytes:
        """From the cache, else from the network, by one of those who want it."""
        data = self._cache.get(located.key, self._account)
        self._observer.cache("pictures", data is not None)
        if data is not None:
            return data
        found, _ = self._flights.do(located.key, lambda part: self._fetch(located, part), ticket)
        if isinstance(found, FetchError):
            raise type(found)(found.what, found.where, found.hint)
        return found

    def _fetch(self, located: Located, ticket: Ticket) -> bytes | FetchError:
        """The bytes, or why they cannot be had: all who wait for a site that is dead are told so
        together, and do not try it one after another.
        """
        start = time.monotonic()
        try:
            data = self._asked(located, ticket)
        except FetchError as error:
            return error
        self._cache.put(data, located.key, self._account)
        self._observer.fetched(time.monotonic() - start, len(data))
        return data

    def _asked(self, located: Located, ticket: Ticket) -> bytes:
        studio = self.label_studio
        try:
            tokens = studio.tokens if located.within else None
            return self._fetcher.read(located.address, ticket, tokens)
        except FetchRefused:
            raise
        except FetchError as error:
            if located.within and studio.keyless and not error.hint:
                hint = "no token is set: setting label_studio_api_key"
                raise FetchError(error.what, error.where, hint) from error
            raise


def _is_text(address: str) -> None:
    """FetchRefused where no bytes stand for the text (JSON can write half a character)."""
    try:
        address.encode()
    except UnicodeEncodeError as error:
        shown = "".join(letter if letter.isprintable() else "?" for letter in address[:100])
        raise FetchRefused("holds half a character", where=shown) from error


def _account(settings: Settings) -> str:
    """What else a picture in the cache goes by: who asked, and what was allowed at that time."""
    facts = (
        settings.label_studio_url,
        settings.label_studio_api_key,
        sorted(settings.allowed_hosts),
    )
    return hashlib.sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()
