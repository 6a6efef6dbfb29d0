"""`Lanes`: pictures and clips wait apart, so that a long clip keeps no picture waiting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Protocol

from prelabel.label_studio.wanted import Answer, Wanted
from server.protocols.label_studio.background import Background

__all__ = ["Lanes", "Queue"]

Unit = tuple[str, Wanted]


class Queue(Protocol):
    """What a request hands its questions to; see `Background`."""

    def want(self, units: Sequence[Unit]) -> list[Future[Answer] | None]:
        """A future for each (key, unit); None where there is no place left."""

    def leave(self, keys: Iterable[str]) -> None:
        """A request waits no longer."""


class Lanes:
    """Two backgrounds as one."""

    def __init__(
        self, pictures: Background[Wanted, Answer], clips: Background[Wanted, Answer]
    ) -> None:
        self._pictures = pictures
        self._clips = clips

    @property
    def waiting(self) -> int:
        """How many wait in both."""
        return self._pictures.waiting + self._clips.waiting

    def want(self, units: Sequence[Unit]) -> list[Future[Answer] | None]:
        """A future for each unit, in that order; None where there is no place left."""
        lanes = [self._clips if wanted.clip else self._pictures for _, wanted in units]
        found: dict[str, Future[Answer] | None] = {}
        for lane in (self._pictures, self._clips):
            own = [unit for unit, of in zip(units, lanes, strict=True) if of is lane]
            keys = [key for key, _ in own]
            found |= dict(zip(keys, lane.want(own), strict=True))
        return [found[key] for key, _ in units]

    def leave(self, keys: Iterable[str]) -> None:
        """A request waits no longer for these."""
        told = list(keys)
        self._pictures.leave(told)
        self._clips.leave(told)

    def close(self) -> None:
        """Work on nothing more."""
        self._clips.close()
        self._pictures.close()
