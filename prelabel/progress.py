"""How far a job is, on stderr: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self, TextIO

__all__ = ["Bar", "Lines", "Progress", "on_stderr"]

LINE_SECONDS = 10.0


class Progress:
    """Shows nothing; the shape of all others. A context that ends with the work."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def say(self, text: str) -> None:
        """Tell what is done before the first picture."""

    def start(self, total: int, kept: int) -> None:
        """`kept` of `total` pictures are done already."""

    def more(self, total: int, kept: int) -> None:
        """There are `total` pictures more than was known, `kept` of them are done already."""

    def advance(self, pictures: int, failures: int) -> None:
        """So many more are done, and so many of these failed."""

    def stop(self) -> None:
        """Take the display away."""


class Lines(Progress):
    """One line every few seconds, for logs."""

    def __init__(
        self, stream: TextIO, seconds: float = LINE_SECONDS, noun: str = "pictures"
    ) -> None:
        self._stream = stream
        self._noun = noun
        self._seconds = seconds
        self._total = self._done = self._failed = self._kept = 0
        self._begun = self._told = 0.0

    def say(self, text: str) -> None:
        """Tell what is done before the first picture."""
        print(text, file=self._stream, flush=True)

    def start(self, total: int, kept: int) -> None:
        """`kept` of `total` pictures are done already."""
        self._total, self._done, self._kept = total, kept, kept
        self._begun = self._told = time.monotonic()

    def more(self, total: int, kept: int) -> None:
        """Count them in."""
        self._total += total
        self._done += kept
        self._kept += kept

    def advance(self, pictures: int, failures: int) -> None:
        """Count, and tell when it is time."""
        self._done += pictures
        self._failed += failures
        now = time.monotonic()
        if now - self._told >= self._seconds:
            self._told = now
            self.say(self._line(now))

    def _line(self, now: float) -> str:
        rate = (self._done - self._kept) / max(now - self._begun, 1e-9)
        left = (self._total - self._done) / max(rate, 1e-9)
        failed = f", {self._failed} failed" if self._failed else ""
        return f"{self._done}/{self._total} {self._noun}{failed}, {rate:.1f}/s, {left:.0f} s left"


class Bar(Progress):
    """A bar with rate and time left."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Rich

        self._console = Console(stderr=True)
        columns: list[Any] = [
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("[red]{task.fields[failed]}"),
        ]
        self._rich = Rich(*columns, console=self._console, transient=True)
        self._total = self._failed = self._new = 0

    def say(self, text: str) -> None:
        """Tell what is done before the first picture."""
        self._console.print(text, highlight=False)

    def start(self, total: int, kept: int) -> None:
        """`kept` of `total` pictures are done already."""
        self._total = total
        self._task = self._rich.add_task("", total=total, completed=kept, rate="", failed="")
        self._begun = time.monotonic()
        self._rich.start()

    def more(self, total: int, kept: int) -> None:
        """Make the bar longer."""
        self._total += total
        self._rich.update(self._task, total=self._total, advance=kept)

    def advance(self, pictures: int, failures: int) -> None:
        """Move the bar on."""
        self._new += pictures
        self._failed += failures
        rate = self._new / max(time.monotonic() - self._begun, 1e-9)
        failed = f"{self._failed} failed" if self._failed else ""
        self._rich.update(self._task, advance=pictures, rate=f"{rate:.1f}/s", failed=failed)

    def stop(self) -> None:
        """Take the bar away."""
        self._rich.stop()


def on_stderr(noun: str = "pictures") -> Progress:
    """The display that suits stderr; `noun`: what is counted."""
    return Bar() if sys.stderr.isatty() else Lines(sys.stderr, noun=noun)
