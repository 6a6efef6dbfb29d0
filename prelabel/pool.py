"""`Pool`: the models that the server offers, each opened when it is first wanted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from prelabel import onnx_file
from prelabel.labeler import Labeler
from prelabel.modelfile import ModelFile
from prelabel.models.card import Card
from prelabel.observer import NOBODY, Observer
from prelabel.settings import Settings
from prelabel.tickets import Ticket

__all__ = ["Leased", "ModelFile", "Opener", "Pool"]

Opener = Callable[[ModelFile, Settings], Labeler]


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
    ) -> None:
        self._files = {file.name: file for file in files}
        self._settings = settings
        self._observer = observer
        self._opener = opener
        self._open: dict[str, Labeler] = {}
        self._lock = threading.Lock()
        self._prints = {f.name: onnx_file.sha256(Path(f.path)) for f in files}

    @property
    def names(self) -> tuple[str, ...]:
        """The models' names, in the order in which they were given."""
        return tuple(self._files)

    @property
    def default(self) -> str:
        """The name that "" stands for: the first."""
        return self.names[0]

    def fingerprint(self, name: str = "") -> str:
        """sha256 of the file that answers now; from memory."""
        return self._prints[name or self.default]

    def card(self, name: str = "") -> Card:
        """What is known about a model; opens it where that is not known yet."""
        with self.lease(name) as leased:
            return leased.card

    @contextmanager
    def lease(self, name: str = "", ticket: Ticket | None = None) -> Iterator[Leased]:
        """The model, which stays open until the lease ends, whatever happens to its file.

        UnknownName, ModelError, BusyError when the pool is being closed; DeadlineError and
        CancelledError when the ticket ends before the model is open. A thread holds one lease at a
        time.
        """
        name = name or self.default
        with self._lock:
            if name not in self._open:
                self._open[name] = self._opener(self._files[name], self._settings)
            labeler = self._open[name]
        yield Leased(name, labeler, labeler.card, self._prints[name])

    def status(self) -> list[dict[str, Any]]:
        """Facts about every model, from memory: name, fingerprint, loaded, in_use, bytes, problem,
        and of one that was open before also family, task, labels, input_size.
        """
        return [{"name": n, "fingerprint": self._prints[n]} for n in self.names]

    def close(self) -> None:
        """Take no more leases, wait for those that there are, close the models."""
        for labeler in self._open.values():
            labeler.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
