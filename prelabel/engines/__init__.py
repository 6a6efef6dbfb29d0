"""Engines: where a job's batches are worked on.

An engine is one module and one line in `ENGINES`. It offers::

    map(work, units, workers=N) -> iterator of (unit, result or error), in the order of `units`

`work` can be pickled and makes its model once per process. An error of one unit is its result and
never stops the others. Closing the iterator drops what has not started.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any, Protocol, TypeVar, cast

from formats.registry import Registry

__all__ = ["ENGINES", "Engine", "engine"]

Unit = TypeVar("Unit")
Result = TypeVar("Result")

ENGINES = Registry(
    "engine",
    {
        "local": "prelabel.engines.local",
    },
    "prelabel.engines",
)


class Engine(Protocol):
    """What a module listed in `ENGINES` offers."""

    def map(
        self, work: Callable[[Any], Any], units: Iterable[Any], *, workers: int
    ) -> Generator[tuple[Any, Any], None, None]:
        """(unit, what `work` returned or raised) for every unit, in their order."""


def engine(name: str) -> Engine:
    """The engine's module; an unknown name is an `UnknownName` that lists them."""
    return cast(Engine, ENGINES[name])
