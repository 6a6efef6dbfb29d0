"""`Event`: that somebody has saved an annotation; kept as it came until it is worked off."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Event"]


@dataclass(frozen=True, slots=True)
class Event:
    """One state of an annotation, as a tool told it.

    `protocol`: who told it. `key`: what the annotation is known by, wherever it comes from;
    `number`: what a later deletion calls it. `at`: when it was saved, in seconds since 1970 by the
    tool's clock: of two states the later one counts, in whatever order they come. `body`: JSON that
    the protocol makes the correction of.
    """

    protocol: str
    key: str
    number: str
    at: float
    body: bytes = b"null"
