"""`Keeper`: the one thread that opens and closes the models of a pool.

It opens what is wanted, one model after another, closes what makes room or was idle for too long,
and sleeps in between until the next of these is due: nothing is polled.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from prelabel import memory, onnx_file
from prelabel.errors import ModelError
from prelabel.labeler import Labeler
from prelabel.modelfile import ModelFile
from prelabel.observer import Observer
from prelabel.settings import Settings
from prelabel.slot import Held, Slot, Stamp

__all__ = ["Keeper", "Opener"]

Opener = Callable[[ModelFile, Settings], Labeler]

PATIENCE = 30.0
"""Seconds to wait for the last requests of a model that must go. Then memory is exceeded: better
so than a model that hangs keeping all others out."""


class Keeper:
    """Guards its slots by `changed`, whose lock is theirs; notified when any of them changes."""

    def __init__(
        self, slots: Sequence[Slot], settings: Settings, observer: Observer, opener: Opener
    ) -> None:
        self.changed = threading.Condition()
        self.closed = False
        self._slots = slots
        self._settings = settings
        self._observer = observer
        self._opener = opener
        self._limit = settings.model_memory << 20 or memory.limit() // 2
        self._retired: list[Held] = []
        self._thread = threading.Thread(target=self._keep, name="prelabel-models", daemon=True)
        self._thread.start()

    def release(self, held: Held, *, long: bool = False) -> None:
        """A lease has ended; a model that was retired is closed with its last."""
        with self.changed:
            held.leases -= 1
            held.lent -= long
            held.used = time.monotonic()
            over = bool(held.retired) and not held.leases
        if over:
            self._close(held)

    def close(self) -> None:
        """Close every model, those with leases when these end."""
        with self.changed:
            self.closed = True
            self.changed.notify_all()
        self._thread.join()
        with self.changed:
            idle = [held for slot in self._slots if (held := self._withdraw(slot, "closed"))]
        for held in idle:
            self._close(held)
        with self.changed:
            self.changed.wait_for(lambda: not self._retired)

    def _keep(self) -> None:
        while (task := self._next()) is not None:
            task()

    def _next(self) -> Callable[[], None] | None:
        """The next thing to do; waits for it. None when closed."""
        with self.changed:
            while not self.closed:
                for slot in self._slots:
                    if slot.wanted:
                        return partial(self._open, slot)
                if idle := self._idle():
                    return partial(self._close, idle)
                self.changed.wait(self._sleep())
            return None

    def _idle(self) -> Held | None:
        """A model that nobody wanted for too long, taken out of its slot."""
        end = time.monotonic() - self._settings.model_idle
        for slot in self._slots:
            held = slot.held
            if held and not held.leases and self._settings.model_idle and held.used <= end:
                return self._withdraw(slot, "idle")
        return None

    def _sleep(self) -> float | None:
        """Seconds until a model may have been idle for too long; None for no end."""
        if not self._settings.model_idle:
            return None
        now, idle = time.monotonic(), self._settings.model_idle
        ends = [idle if s.held.leases else s.held.used + idle - now for s in self._slots if s.held]
        return max(0.0, min(ends)) if ends else None

    def _open(self, slot: Slot) -> None:
        """Open the slot's file, for the first time or in place of an older one."""
        stamp, start = Stamp.of(slot.file.path), time.monotonic()
        try:
            held = self._opened(slot, stamp)
        except Exception as error:  # noqa: BLE001 - told to whoever wants the model
            with self.changed:
                slot.fail(error, stamp, time.monotonic())
                self.changed.notify_all()
            return
        with self.changed:
            before = self._withdraw(slot, "replaced") if held else None
            slot.settle(held, stamp)
            self.changed.notify_all()
        if held:
            self._observer.loaded(slot.file.name, time.monotonic() - start)
        if before:
            self._close(before)

    def _opened(self, slot: Slot, stamp: Stamp | None) -> Held | None:
        """The model in the file, checked; None where it is the one that is open already.

        The file must be the same before and after: one that is being written is not taken.
        """
        path, name = Path(slot.file.path), slot.file.name
        if stamp is None:
            raise ModelError("no such model file")
        sha256 = onnx_file.sha256(path)
        fingerprint = slot.file.fingerprint(sha256)
        if slot.held and fingerprint == slot.held.fingerprint:
            return None
        need = slot.estimate(stamp)
        self._make_room(slot, need)
        before = memory.used()
        labeler = self._opener(slot.file, self._settings)
        if Stamp.of(slot.file.path) != stamp or labeler.card.sha256 not in ("", sha256):
            labeler.close()
            raise ModelError("was written to while it was opened")
        labeler.session.watch = partial(self._observer.batched, name)
        size = slot.measured(memory.used() - before, stamp)
        return Held(name, labeler, fingerprint, size, time.monotonic())

    def _make_room(self, slot: Slot, need: int) -> None:
        """Close models, the one that was not used for longest first, until `need` bytes fit.

        Those that are in use go to no new request, and are waited for; those that are lent stay,
        even where memory is exceeded.
        """
        for held in self._evicted(slot, need):
            self._close(held)
        with self.changed:
            self.changed.wait_for(
                lambda: (
                    self.closed
                    or all(held.lent for held in self._retired)
                    or self._taken() + need <= self._limit
                ),
                PATIENCE,
            )

    def _evicted(self, slot: Slot, need: int) -> list[Held]:
        """Models that must go, out of their slots; those of them that can be closed now."""
        with self.changed:
            self.changed.wait_for(lambda: self.closed or not self._coming(), PATIENCE)
            order = self._goers(slot)
            closing = []
            while order and self._staying() + need > self._limit:
                closing.append(self._withdraw(order.pop(0), "memory"))
            return [held for held in closing if held]

    def _goers(self, slot: Slot) -> list[Slot]:
        """Slots whose models may go for that of `slot`: unused ones first, oldest use first."""
        found = [(s.held, s) for s in self._slots if s.held and not s.held.lent and s is not slot]
        found.sort(key=lambda pair: (pair[0].leases > 0, pair[0].used))
        return [slot for _, slot in found]

    def _coming(self) -> bool:
        """Whether somebody is about to take the lease that a model was opened for."""
        return any(slot.held and slot.waiting for slot in self._slots)

    def _staying(self) -> int:
        return sum(slot.held.bytes for slot in self._slots if slot.held)

    def _taken(self) -> int:
        return self._staying() + sum(held.bytes for held in self._retired)

    def _withdraw(self, slot: Slot, reason: str) -> Held | None:
        """Take the model out of its slot; it is returned where it can be closed at once."""
        held, slot.held = slot.held, None
        if held is None:
            return None
        held.retired = reason
        self._retired.append(held)
        return None if held.leases else held

    def _close(self, held: Held) -> None:
        held.labeler.close()
        memory.give_back()
        with self.changed:
            self._retired.remove(held)
            self.changed.notify_all()
        self._observer.unloaded(held.name, held.retired)
