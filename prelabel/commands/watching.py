"""How far a conversion is, on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from formats.progress import Told
from prelabel.progress import Progress, on_stderr

__all__ = ["shown"]


@contextmanager
def shown(noun: str = "pictures") -> Iterator[Told]:
    """A function that takes how many of how many are done, and shows it until the block ends."""
    with on_stderr(noun) as display:
        yield _Shown(display)


class _Shown:
    """Nothing is shown where nobody knows how many there are; a second walk is not shown."""

    def __init__(self, display: Progress) -> None:
        self._display, self._most, self._begun = display, 0, False

    def __call__(self, done: int, total: int) -> None:
        if not total:
            return
        if not self._begun:
            self._display.start(total, 0)
            self._begun = True
        if done > self._most:
            self._display.advance(done - self._most, 0)
            self._most = done
