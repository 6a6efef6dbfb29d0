"""`Observer`: who is told what the serving parts do, for metrics and for tests.

The calls come from many threads, in the middle of the work: an observer is quick and never raises.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["NOBODY", "Nobody", "Observer"]


class Observer(Protocol):
    """What is told, each event once."""

    def inferred(self, model: str, seconds: float) -> None:
        """A model has seen one picture, from its pixels to its shapes, in so many seconds.

        Exactly once for every picture that went through a model and came out; never for answers
        that were found in a cache, nor for the check of a model.
        """

    def batched(self, model: str, size: int) -> None:
        """So many pictures went through the graph in one run, the check's runs left out."""

    def cache(self, kind: str, hit: bool) -> None:
        """A cache was asked: "predictions" (finished ones) or "pictures" (fetched ones)."""

    def fetched(self, seconds: float, size: int) -> None:
        """A picture of so many bytes was fetched from the network."""

    def loaded(self, model: str, seconds: float) -> None:
        """A model was opened and checked, for the first time, again, or in place of another."""

    def unloaded(self, model: str, reason: str) -> None:
        """A model was closed: "idle", "memory", "replaced" or "closed"."""


class Nobody:
    """Nobody listens."""

    def inferred(self, model: str, seconds: float) -> None:
        """Not told to anybody."""

    def batched(self, model: str, size: int) -> None:
        """Not told to anybody."""

    def cache(self, kind: str, hit: bool) -> None:
        """Not told to anybody."""

    def fetched(self, seconds: float, size: int) -> None:
        """Not told to anybody."""

    def loaded(self, model: str, seconds: float) -> None:
        """Not told to anybody."""

    def unloaded(self, model: str, reason: str) -> None:
        """Not told to anybody."""


NOBODY = Nobody()
