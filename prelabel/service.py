"""`Service`: from an address or bytes to annotations: the whole trip of one picture."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, Self

from formats.annotations import Annotations
from formats.dataset import Label
from prelabel import image
from prelabel.fetch import Fetcher, Policy
from prelabel.gate import Gate
from prelabel.models.query import Query
from prelabel.observer import NOBODY, Observer
from prelabel.pool import Pool
from prelabel.session import cores
from prelabel.settings import Settings
from prelabel.tickets import Ticket

__all__ = ["Address", "Bytes", "Labelled", "Reader", "Service", "Source"]


@dataclass(frozen=True, slots=True)
class Address:
    """A picture by its address: http(s), ``data:``, a file in `folders`, or one of Label Studio's.

    `task`: number of the task that names it, which Label Studio wants for cloud storage.
    """

    text: str
    task: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Bytes:
    """A picture by its bytes. `name` is what errors call it."""

    data: bytes
    name: str = "the picture"


Source = Address | Bytes


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a model saw in a picture; threads share it, nothing in it is changed.

    `annotations` in pixels of the picture as it is displayed, of `size` (width, height); their
    labels index `labels`. `name` and `fingerprint` (sha256 of its file) tell the model, `task`
    what it does (detect, segment, pose, obb, classify); `cached`: the answer was there already;
    `seconds` is what decoding and model took when it was made.
    """

    annotations: Annotations
    size: tuple[int, int]
    name: str
    labels: tuple[Label, ...]
    fingerprint: str
    cached: bool
    seconds: float
    task: str = ""


Keep = Callable[[Labelled], None]


def _not_kept(found: Labelled) -> None:
    """Nobody keeps the answer."""


class Reader(Protocol):
    """What turns addresses into bytes."""

    def read(self, address: str, *, task: str = "", seconds: float | None = None) -> bytes:
        """The bytes, within so many seconds; FetchError."""

    def close(self) -> None:
        """Close kept connections."""


class Service:
    """Labels pictures for any number of threads; each walks its own request from top to bottom."""

    def __init__(
        self,
        pool: Pool,
        settings: Settings,
        fetcher: Reader | None = None,
        observer: Observer = NOBODY,
    ) -> None:
        self.pool = pool
        self.gate = Gate(settings.workers or cores(), settings.queue)
        self._settings = settings
        self._fetcher = Fetcher(Policy.of(settings, trusted=False))
        self._observer = observer

    def label(
        self,
        source: Source,
        model: str,
        query: Query,
        ticket: Ticket,
        *,
        keep: Keep = _not_kept,
    ) -> Labelled:
        """What the model ("": the default one) sees in the picture.

        `keep` is called with a new answer before it is counted as inferred and before anybody has
        it: an answer that was counted has been kept.

        Raises FetchError, ImageError, UnknownName, ModelError, BusyError, DeadlineError and
        CancelledError; each is of this picture alone.
        """
        name = model or self.pool.default
        data = source.data if isinstance(source, Bytes) else self._fetcher.read(source.text)
        with self.gate.entered(ticket), self.pool.lease(name, ticket) as leased:
            start = time.monotonic()
            picture = image.decode(data, "", self._settings.max_pixels)
            found = leased.labeler.label(picture, query)
            seconds = time.monotonic() - start
        card, print_ = leased.card, leased.fingerprint
        labelled = Labelled(
            found, picture.size, name, card.labels, print_, False, seconds, card.task
        )
        keep(labelled)
        self._observer.inferred(name, seconds)
        return labelled

    def label_many(
        self, sources: Iterable[Source], model: str, query: Query, ticket: Ticket
    ) -> Iterator[tuple[Source, Labelled | Exception]]:
        """(source, what `label` returned or raised) for each, in the order of `sources`.

        A bounded number is worked on ahead. Those that were not begun at the ticket's deadline are
        DeadlineErrors at once. Closing the iterator gives up what has not begun.
        """
        for source in sources:
            try:
                yield source, self.label(source, model, query, ticket)
            except Exception as error:  # noqa: BLE001 - the error is the source's result
                yield source, error

    def close(self) -> None:
        """Finish what was accepted and take no more; the pool is its opener's to close."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
