"""`Service`: from an address or bytes to annotations: the whole trip of one picture.

One thread walks it from top to bottom: fetch, before the gate, so that a slow site keeps nobody
out; then, inside the gate, decode and ask the model. An answer is made once: it is kept in memory,
and whoever asks for it while it is being made waits for it.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, Self

from threadpoolctl import threadpool_limits

from prelabel import image, lookahead
from prelabel.asking import Address, Bytes, Labelled, Source, key_of
from prelabel.cache import Flights, Memory, weight
from prelabel.errors import BusyError, ImageError
from prelabel.fetch.clips import on_disk
from prelabel.fetch.pictures import Pictures
from prelabel.gate import Gate
from prelabel.models.query import Query
from prelabel.observer import NOBODY, Observer
from prelabel.pool import Leased, Pool
from prelabel.session import cores
from prelabel.settings import Settings
from prelabel.tickets import Ticket

__all__ = ["Address", "Bytes", "Keep", "Labelled", "Reader", "Service", "Source"]

FETCHING = 6
"""Pictures of one `label_many` that are fetched while the models are busy with others."""

Keep = Callable[[Labelled], None]


class Reader(Protocol):
    """What turns addresses into bytes; see `prelabel.fetch.pictures.Pictures`."""

    def read(self, address: str, task: str = "", ticket: Ticket | None = None) -> bytes:
        """The bytes; FetchError, or the ticket's error."""

    def close(self) -> None:
        """Close kept connections."""


class Service:
    """Labels pictures for any number of threads; each walks its own request from top to bottom.

    The pool and a `fetcher` that is given are their opener's to close, after the service.
    """

    def __init__(
        self,
        pool: Pool,
        settings: Settings,
        fetcher: Reader | None = None,
        observer: Observer = NOBODY,
    ) -> None:
        self.pool = pool
        self.gate = Gate(settings.workers or cores(), settings.queue)
        self.fetcher = fetcher or Pictures(settings, observer)
        self._own = () if fetcher else (self.fetcher,)
        self._max_pixels = settings.max_pixels
        self._observer = observer
        self._answers: Memory[Labelled] = Memory(settings.cache_memory << 20)
        self._flights: Flights[Labelled] = Flights()
        self._idle = threading.Condition()
        self._inside = 0
        self._closed = False
        self._blas = threadpool_limits(limits=1, user_api="blas")  # as in `engines.local`

    def label(
        self,
        source: Source,
        model: str,
        query: Query,
        ticket: Ticket,
        *,
        keep: Keep | None = None,
    ) -> Labelled:
        """What the model ("": the default one) sees in the picture.

        `keep` is called with a new answer before it is counted as inferred and before anybody has
        it: an answer that was counted has been kept. It is not called for one that was there, or
        that another caller makes.

        Raises FetchError, ImageError, UnknownName, ModelError, BusyError, DeadlineError and
        CancelledError; each is of this picture alone. A ticket that ends is seen at the next step:
        while bytes arrive, before the gate, before decoding, before the model.
        """
        with self._accepted():
            return self._label(source, model, query, ticket, keep)

    def label_many(
        self, sources: Iterable[Source], model: str, query: Query, ticket: Ticket
    ) -> Generator[tuple[Source, Labelled | Exception], None, None]:
        """(source, what `label` returned or raised) for each, in the order of `sources`.

        A bounded number is worked on ahead by threads of its own. Those that were not begun at the
        ticket's deadline are DeadlineErrors at once. Closing the iterator gives up what has not
        begun. What has begun before the service is closed is finished.
        """

        def work(source: Source) -> Labelled:
            return self._label(source, model, query, ticket)

        with self._accepted():
            yield from lookahead.ordered(work, sources, self.gate.places + FETCHING)

    @contextmanager
    def clip(self, source: Address, model: str, ticket: Ticket) -> Iterator[tuple[Path, Leased]]:
        """The file of a clip, and the model, lent for as long as its frames take.

        Raises what `label` raises but ImageError. Frames go through the `gate` one by one.
        """
        with (
            self._accepted(),
            on_disk(self.fetcher, source.text, source.task, ticket) as path,
            self.pool.lease(model, ticket, long=True) as leased,
        ):
            self.gate.widen(leased.labeler.workers)
            yield path, leased

    def close(self) -> None:
        """Take no more and finish what was accepted."""
        with self._idle:
            first, self._closed = not self._closed, True
            self._idle.wait_for(lambda: not self._inside)
        if first:
            self._blas.restore_original_limits()
            for fetcher in self._own:
                fetcher.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _accepted(self) -> Iterator[None]:
        """Work that `close` waits for; BusyError once it was called."""
        with self._idle:
            if self._closed:
                raise BusyError("the server is being closed")
            self._inside += 1
        try:
            yield
        finally:
            with self._idle:
                self._inside -= 1
                self._idle.notify_all()

    def _label(
        self, source: Source, model: str, query: Query, ticket: Ticket, keep: Keep | None = None
    ) -> Labelled:
        ticket.check()
        self.pool.look(model)
        data = self._bytes(source, ticket)
        digest = hashlib.sha256(data).digest()
        asked = Asked(source.shown, data, digest, model or self.pool.default, query)
        key = asked.key(self.pool.fingerprint(asked.model))

        def make(part: Ticket) -> Labelled:
            kept = self._answers.get(key)
            return replace(kept, cached=True) if kept else self._made(asked, part, keep)

        found, shared = self._answers.get(key), True
        if found is None:
            found, shared = self._flights.do(key, make, ticket)
        hit = shared or found.cached
        self._observer.cache("predictions", hit)
        return replace(found, cached=hit)

    def _bytes(self, source: Source, ticket: Ticket) -> bytes:
        if isinstance(source, Bytes):
            return source.data
        return self.fetcher.read(source.text, source.task, ticket)

    def _made(self, asked: Asked, ticket: Ticket, keep: Keep | None) -> Labelled:
        """A new answer: kept, remembered by the file that gave it, and counted, in this order."""
        with self.pool.lease(asked.model, ticket) as leased:  # opens it, before the gate
            self.gate.widen(leased.labeler.workers)
        found = self._inferred(asked, ticket)
        if keep is not None:
            keep(found)
        self._answers.put(asked.key(found.fingerprint), found, weight(found.annotations))
        self._observer.inferred(asked.model, found.seconds)
        return found

    def _inferred(self, asked: Asked, ticket: Ticket) -> Labelled:
        with self.gate.entered(ticket), self.pool.lease(asked.model, ticket) as leased:
            start = time.monotonic()
            ticket.check()
            try:
                picture = image.decode(asked.data, asked.shown, self._max_pixels)
                ticket.check()
                found = leased.labeler.label(picture, asked.query)
            except MemoryError as error:
                raise ImageError("does not fit into memory", where=asked.shown) from error
            return Labelled(
                annotations=found,
                size=picture.size,
                name=asked.model,
                labels=leased.card.labels,
                fingerprint=leased.fingerprint,
                cached=False,
                seconds=time.monotonic() - start,
                task=leased.card.task,
            )


@dataclass(frozen=True, slots=True)
class Asked:
    """One picture's bytes with their sha256, the model, and what is asked of it."""

    shown: str
    data: bytes
    digest: bytes
    model: str
    query: Query

    def key(self, fingerprint: str) -> Hashable:
        """What the answer of a model file goes by; also by the model's name, because one file may
        be served twice, with other class names or another size.
        """
        return self.digest, self.model, fingerprint, key_of(self.query)
