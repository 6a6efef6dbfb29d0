"""`Slot`: all that is known about one model of the pool; `Held`: the model while it is open.

Plain data without a lock: the pool's own lock guards it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from prelabel import onnx_file
from prelabel.errors import ModelError, PrelabelError
from prelabel.labeler import Labeler
from prelabel.modelfile import ModelFile
from prelabel.models.card import Card

__all__ = ["Held", "RETRY", "Slot", "Stamp"]

RETRY = 10.0
"""Seconds for which a file that failed is not tried again, unless it changes."""

FLOOR, FACTOR = 96 << 20, 4
"""Memory of an open model: so many bytes, and so many times its file. Measured (640 x 640, float16
weights of 5 to 7 MB): 114 to 148 MiB while it runs."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What `stat` tells about a file: another stamp is another file, or one that was written to."""

    inode: int
    size: int
    mtime: int

    @classmethod
    def of(cls, path: str) -> Self | None:
        """The file's stamp; None where there is no file."""
        try:
            found = os.stat(path)  # noqa: PTH116 - a Path for each look would cost more
        except OSError:
            return None
        return cls(found.st_ino, found.st_size, found.st_mtime_ns)


@dataclass(slots=True, eq=False)
class Held:
    """A model that is open. `bytes`: its estimated memory; `used`: when its last lease ended.

    `lent`: how many of the `leases` are long ones, during which nobody waits for it to be closed.
    `retired`: why no new lease gets it, "" while it is in its slot; it is closed when the last
    lease ends.
    """

    name: str
    labeler: Labeler
    fingerprint: str
    bytes: int
    used: float
    leases: int = 0
    lent: int = 0
    retired: str = ""


@dataclass(slots=True, eq=False)
class Slot:
    """One model: its file as it was when `fingerprint` was taken, and what has become of it.

    `seen`: the file's newest stamp; `looked`: when that was; `wanted`: it shall be opened, for the
    first time or anew; `waiting`: how many wait for that; `took`: its memory when it was open last;
    `failure`: why opening did not work, at the stamp `failed`, until `retry`.
    """

    file: ModelFile
    fingerprint: str
    stamp: Stamp | None
    seen: Stamp | None = None
    looked: float = 0.0
    wanted: bool = False
    waiting: int = 0
    held: Held | None = None
    card: Card | None = None
    warnings: tuple[str, ...] = ()
    took: int = 0
    failure: ModelError | None = None
    failed: Stamp | None = None
    retry: float = 0.0

    @classmethod
    def of(cls, file: ModelFile) -> Self:
        """The slot of a file that is there and is an ONNX model; ModelError where it is not."""
        path = Path(file.path)
        onnx_file.inspect(path)
        stamp = Stamp.of(file.path)
        return cls(file, file.fingerprint(onnx_file.sha256(path)), stamp, stamp)

    def estimate(self, stamp: Stamp) -> int:
        """Bytes that the model will take: what it took before, else by the size of its file."""
        return self.took if stamp == self.stamp and self.took else by_size(stamp.size)

    def measured(self, growth: int, stamp: Stamp) -> int:
        """Bytes of the model that was just opened, from how much the process grew meanwhile.

        Other threads allocate and free at the same time, and memory that was free before is used
        again, so it is taken within half and twice what the file lets expect, and never less than
        was measured before.
        """
        guess = by_size(stamp.size)
        before = self.took if stamp == self.stamp else 0
        return max(before, min(max(growth, guess // 2), 2 * guess))

    def failing(self, now: float) -> bool:
        """Whether the file as it is now failed a moment ago."""
        return self.failure is not None and self.seen == self.failed and now < self.retry

    def fail(self, error: Exception, stamp: Stamp | None, now: float) -> None:
        """Note why the file at `stamp` could not be opened; without its path, which is ours."""
        if not isinstance(error, PrelabelError):
            error = PrelabelError(f"cannot be opened: {error!r}")
        self.failure = ModelError(error.what, where=self.file.name, hint=error.hint)
        self.failed, self.retry, self.wanted = stamp, now + RETRY, False
        self.seen = stamp

    def settle(self, held: Held | None, stamp: Stamp | None) -> None:
        """Note that the file at `stamp` is open: a new model, or (None) the one that was there."""
        self.stamp = self.seen = stamp
        self.failure, self.wanted = None, False
        if held is not None:
            self.held, self.fingerprint, self.took = held, held.fingerprint, held.bytes
            self.card, self.warnings = held.labeler.card, held.labeler.warnings

    def look(self, stamp: Stamp | None, now: float) -> None:
        """Note the file's newest stamp; one that was not tried yet makes the model wanted."""
        self.seen = stamp
        if stamp == self.stamp:
            if self.failed != stamp:
                self.failure = None
        elif not self.failing(now):
            self.wanted = True

    def status(self) -> dict[str, Any]:
        """The slot's facts, as `Pool.status` shows them."""
        card, held = self.card, self.held
        facts: dict[str, Any] = {
            "name": self.file.name,
            "fingerprint": self.fingerprint,
            "loaded": held is not None,
            "in_use": held.leases if held else 0,
            "bytes": held.bytes if held else 0,
            "provider": held.labeler.session.provider if held else "",
            "problem": str(self.failure) if self.failure else "",
        }
        if card is not None:
            facts |= {
                "family": card.family,
                "task": card.task,
                "labels": [label.name for label in card.labels],
                "input_size": list(card.input_size),
                "warnings": list(self.warnings),
            }
        return facts


def by_size(size: int) -> int:
    """Bytes that a model of so large a file may take."""
    return FLOOR + FACTOR * size
