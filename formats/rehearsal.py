"""Rehearsals: a writer does all its work, its report is true, and nothing is kept of what it wrote.

`files.staged` and `files.replaced` ask here whether they are part of one::

    with rehearsal.running():
        losses = formats.convert(source, target, "yolo")  # target is refused as ever, not touched
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["is_running", "running"]

_RUNNING = ContextVar("rehearsal", default=False)


@contextmanager
def running() -> Iterator[None]:
    """What is written inside goes to a temporary folder, which is removed."""
    token = _RUNNING.set(True)
    try:
        yield
    finally:
        _RUNNING.reset(token)


def is_running() -> bool:
    """Whether what is written now is for the report alone."""
    return _RUNNING.get()
