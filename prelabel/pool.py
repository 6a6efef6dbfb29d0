"""`Pool`: the models that the server offers, within a memory budget; their files may change.

A model is opened when it is first wanted, closed when it was idle for long or another needs its
memory, and replaced when its file changes: the new file is opened and checked first, and requests
that have the old model finish with it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from formats.errors import UnknownName
from prelabel.errors import BusyError, ModelError, SettingsError
from prelabel.keeper import Keeper, Opener
from prelabel.labeler import Labeler
from prelabel.modelfile import ModelFile
from prelabel.models.card import Card
from prelabel.observer import NOBODY, Observer
from prelabel.settings import Settings
from prelabel.slot import Held, Slot, Stamp
from prelabel.tickets import Ticket

__all__ = ["Leased", "ModelFile", "Opener", "Pool"]

LOOK = 1.0
"""Seconds between two looks at a model's file."""


@dataclass(frozen=True, slots=True)
class Leased:
    """A model for as long as the lease lasts. `fingerprint`: sha256 of its file."""

    name: str
    labeler: Labeler
    card: Card
    fingerprint: str


class Pool:
    """Models by name, for any number of threads; to be closed."""

    def __init__(
        self,
        files: Sequence[ModelFile],
        settings: Settings,
        observer: Observer = NOBODY,
        *,
        opener: Opener = ModelFile.open,
        look: float = LOOK,
    ) -> None:
        """Reads every file once, for its sha256, and opens none.

        ModelError where a file is missing or no ONNX model, SettingsError where there is none, or
        two have one name. `opener` opens a file; `look`: seconds between two looks at one.
        """
        if not files:
            raise SettingsError("no model is named, expected at least one")
        self._slots: dict[str, Slot] = {}
        for file in files:
            if file.name in self._slots:
                raise SettingsError(f"two models are called {file.name}", hint="write NAME=FILE")
            self._slots[file.name] = Slot.of(file)
        self._look = look
        self._keeper = Keeper(list(self._slots.values()), settings, observer, opener)
        self._changed = self._keeper.changed

    @property
    def names(self) -> tuple[str, ...]:
        """The models' names, in the order in which they were given."""
        return tuple(self._slots)

    @property
    def default(self) -> str:
        """The name that "" stands for: the first."""
        return self.names[0]

    def fingerprint(self, name: str = "") -> str:
        """What tells the model that answers now, as far as is known: from memory. UnknownName.

        The sha256 of its file, or of that and what was told about it (`ModelFile.fingerprint`).
        """
        return self._slot(name).fingerprint

    def thresholds(self, name: str = "") -> Mapping[str, float]:
        """Least scores of the model's classes for whoever asks for no others; UnknownName."""
        return self._slot(name).file.thresholds

    def look(self, name: str = "") -> str:
        """As `fingerprint`, after a look at the file, where the last one was a second ago.

        A file that changed is opened by and by; until then the fingerprint is the old one.
        """
        slot = self._slot(name)
        self._glance(slot)
        return slot.fingerprint

    def card(self, name: str = "", ticket: Ticket | None = None) -> Card:
        """What is known about a model: from memory once it was open, else it is opened."""
        slot = self._slot(name)
        if slot.card is not None:
            return slot.card
        with self.lease(name, ticket) as leased:
            return leased.card

    @contextmanager
    def lease(
        self, name: str = "", ticket: Ticket | None = None, *, long: bool = False
    ) -> Iterator[Leased]:
        """The model, which stays open until the lease ends, whatever happens to its file.

        `long`: it is lent for more than a picture or two, so that nobody waits for its memory.

        UnknownName, ModelError, BusyError when the pool is being closed; DeadlineError and
        CancelledError when the ticket ends before the model is open. A thread holds one lease at a
        time: the memory for a second one may be that of the first.
        """
        held = self._taken(self._slot(name), ticket or Ticket(), long)
        try:
            yield Leased(held.name, held.labeler, held.labeler.card, held.fingerprint)
        finally:
            self._keeper.release(held, long=long)

    def status(self) -> list[dict[str, Any]]:
        """Facts about every model, from memory: name, fingerprint, loaded, in_use, bytes (an
        estimate), provider (what runs it, "" while it is closed), problem; of one that was open
        before also family, task, labels, input_size, warnings. No path of this machine is among
        them.
        """
        with self._changed:
            return [slot.status() for slot in self._slots.values()]

    def close(self) -> None:
        """Take no more leases, wait for those that there are, close the models."""
        self._keeper.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _slot(self, name: str) -> Slot:
        slot = self._slots.get(name or self.default)
        if slot is None:
            raise UnknownName(f"no model {name[:100]!r}", hint=f"known: {', '.join(self._slots)}")
        return slot

    def _glance(self, slot: Slot) -> None:
        """Look at the file, at most about once a second; not under the lock: a disk may hang."""
        now = time.monotonic()
        if now - slot.looked < self._look:
            return
        slot.looked = now
        stamp = Stamp.of(slot.file.path)
        with self._changed:
            slot.look(stamp, now)
            if slot.wanted:
                self._changed.notify_all()

    def _taken(self, slot: Slot, ticket: Ticket, long: bool) -> Held:
        """A lease of the slot's model; waits until it is open."""
        self._glance(slot)
        with self._changed:
            held = self._leased(slot, long)
        return held or self._awaited(slot, ticket, long)

    def _awaited(self, slot: Slot, ticket: Ticket, long: bool) -> Held:
        with ticket.watch(self._wake), self._changed:
            slot.waiting += 1
            try:
                while (held := self._leased(slot, long)) is None:
                    ticket.check()
                    slot.wanted = True
                    self._changed.notify_all()
                    self._changed.wait(ticket.remaining())
                return held
            finally:
                slot.waiting -= 1
                self._changed.notify_all()

    def _leased(self, slot: Slot, long: bool) -> Held | None:
        """One more lease of the open model; None where it is not open yet."""
        if self._keeper.closed:
            raise BusyError("the server is being closed")
        if slot.held is not None:
            slot.held.leases += 1
            slot.held.lent += long
            return slot.held
        if slot.failure is not None and slot.failing(time.monotonic()):
            raise ModelError(slot.failure.what, slot.failure.where, slot.failure.hint)
        return None

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()
