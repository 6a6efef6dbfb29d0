"""What goes into the service, a picture, and what comes out: what a model saw in it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from formats.annotations import Annotations
from formats.dataset import Label
from prelabel.models.query import Query

__all__ = ["Address", "Bytes", "Labelled", "Source", "key_of"]

SHOWN = 200
"""Letters of an address that stand in an error."""


@dataclass(frozen=True, slots=True)
class Address:
    """A picture by its address: http(s), ``data:``, a file in `folders`, or one of Label Studio's.

    `task`: number of the task that names it, which Label Studio wants for cloud storage.
    """

    text: str
    task: str = ""

    @property
    def shown(self) -> str:
        """The address as errors show it: without password, query, fragment and data."""
        if self.text[:5].lower() == "data:":
            return f"{self.text.partition(',')[0][:SHOWN]},..."
        bare = self.text.partition("?")[0].partition("#")[0]
        scheme, mark, rest = bare.partition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"[:SHOWN]


@dataclass(frozen=True, slots=True, repr=False)
class Bytes:
    """A picture by its bytes. `name` is what errors call it."""

    data: bytes
    name: str = "the picture"

    @property
    def shown(self) -> str:
        """What errors call it."""
        return self.name


Source = Address | Bytes


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a model saw in a picture; threads share it, nothing in it is changed.

    `annotations` in pixels of the picture as it is displayed, of `size` (width, height); their
    labels index `labels`. `name` and `fingerprint` (sha256 of its file) tell the model, `task`
    what it does (detect, segment, pose, obb, classify); `cached`: the answer was there already, or
    another caller made it; `seconds` is what decoding and model took when it was made.
    """

    annotations: Annotations
    size: tuple[int, int]
    name: str
    labels: tuple[Label, ...]
    fingerprint: str
    cached: bool
    seconds: float
    task: str = ""


def key_of(query: Query) -> Hashable:
    """The same for queries that ask the same."""
    return tuple((field.name, _plain(getattr(query, field.name))) for field in fields(query))


def _plain(value: Any) -> Hashable:
    if isinstance(value, Mapping):
        return tuple(sorted(value.items()))
    return frozenset(value) if isinstance(value, set | frozenset | list) else value
