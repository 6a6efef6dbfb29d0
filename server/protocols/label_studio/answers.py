"""`Answers`: what a model sees in a picture or clip: kept, being made, or made now; each once."""

from __future__ import annotations

import logging
import threading

from prelabel.cache import Flights
from prelabel.errors import PrelabelError
from prelabel.label_studio.following import follow
from prelabel.label_studio.wanted import Answer, Wanted
from prelabel.service import Address, Labelled, Service
from prelabel.tickets import Ticket
from server.protocols.label_studio.store import Store

__all__ = ["Answers"]

LOG = logging.getLogger("prelabel.server")


class Answers:
    """Makes answers for any number of threads; each is kept before anybody has it."""

    def __init__(self, service: Service, store: Store) -> None:
        self._service = service
        self._store = store
        self._flights: Flights[Answer] = Flights()
        self._full = False
        self._lock = threading.Lock()

    def make(self, wanted: Wanted, ticket: Ticket) -> Answer:
        """The answer of the model that is served now: found in the store, else made.

        Raises what `Service.label` raises.
        """
        key = wanted.key(self._service.pool.look(wanted.model))
        kept = self._store.find(key)
        if kept is not None:
            return kept
        return self._flights.do(key, lambda part: self._made(key, wanted, part), ticket)[0]

    def _made(self, key: str, wanted: Wanted, ticket: Ticket) -> Answer:
        """The answer, unless the last maker has just kept it."""
        kept = self._store.find(key)
        if kept is not None:
            return kept
        if wanted.clip:
            return self._stored(wanted, follow(self._service, wanted, ticket))
        source = Address(wanted.address, wanted.task)
        made: list[Answer] = []
        labelled = self._service.label(
            source,
            wanted.model,
            wanted.query,
            ticket,
            keep=lambda found: made.append(self._kept(wanted, found)),
        )
        return made[0] if made else self._kept(wanted, labelled)

    def _kept(self, wanted: Wanted, found: Labelled) -> Answer:
        """The answer, once the store has it; it goes by the model file that gave it."""
        answer = Answer(found.annotations, found.size, found.labels, found.task, found.fingerprint)
        return self._stored(wanted, answer)

    def _stored(self, wanted: Wanted, answer: Answer) -> Answer:
        try:
            self._store.keep(wanted.key(answer.fingerprint), wanted.shown, answer)
            self._full = False
        except PrelabelError as error:
            self._tell_once(error)
        return answer

    def _tell_once(self, error: PrelabelError) -> None:
        """A full disk is told once, not for every picture; work goes on without a store."""
        with self._lock:
            first, self._full = not self._full, True
        if first:
            LOG.error("answers cannot be kept: %s", error)
