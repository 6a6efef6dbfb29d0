"""What a job did: pictures, failures, objects and times; the summary that is shown at the end."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from formats.losses import Losses
from prelabel.journal import Journal
from prelabel.sources import Unit

__all__ = ["Clock", "Report"]


class Clock:
    """Seconds of start-up (model, sources, comparing) and of the steady phase after it."""

    def __init__(self) -> None:
        self._begun = self._steady = self._done = time.perf_counter()

    def steady(self) -> None:
        """The first picture is handed out now."""
        self._steady = self._done = time.perf_counter()

    def done(self) -> None:
        """The last picture is labelled."""
        self._done = time.perf_counter()

    @property
    def startup(self) -> float:
        """Seconds until the first picture was handed out."""
        return self._steady - self._begun

    @property
    def labelling(self) -> float:
        """Seconds from the first picture to the last."""
        return self._done - self._steady


@dataclass(slots=True)
class Report:
    """Counts of a job. `labelled` pictures were done in this run, `kept` are from earlier ones.

    `provider`: what ran the model.
    """

    pictures: int
    labelled: int
    kept: int
    clock: Clock
    vanished: Sequence[str] = ()
    failures: Sequence[tuple[str, str]] = ()
    objects: Mapping[str, int] = field(default_factory=dict)
    left_out: Sequence[str] = ()
    losses: dict[str, Losses] = field(default_factory=dict)
    page: Path | None = None
    warnings: Sequence[str] = ()
    provider: str = ""

    @classmethod
    def begun(cls, units: Sequence[Unit], journal: Journal, todo: int, clock: Clock) -> Self:
        """The report of a job that has `todo` pictures to label."""
        present = {unit.path for unit in units}
        vanished = [path for path in journal.entries if path not in present]
        return cls(len(units), todo, len(units) - todo, clock, vanished)

    @property
    def rate(self) -> float:
        """Pictures per second of the steady phase."""
        return self.labelled / self.clock.labelling if self.clock.labelling > 0 else 0.0

    @property
    def _on(self) -> str:
        return f" on {self.provider}" if self.provider else ""

    def summary(self) -> dict[str, Any]:
        """The same for machines."""
        return {
            "pictures": self.pictures,
            "labelled": self.labelled,
            "kept": self.kept,
            "failures": [{"path": path, "reason": reason} for path, reason in self.failures],
            "vanished": list(self.vanished),
            "objects": dict(self.objects),
            "provider": self.provider,
            "startup_seconds": round(self.clock.startup, 3),
            "labelling_seconds": round(self.clock.labelling, 3),
            "pictures_per_second": round(self.rate, 2),
        }

    def table(self, out: str) -> str:
        """The same for people: plain lines in two columns."""
        clock = self.clock
        rows = [
            ("pictures", f"{self.pictures}" + (f" ({self.kept} from before)" if self.kept else "")),
            ("failed", str(len(self.failures))),
            ("objects", str(sum(self.objects.values()))),
            *((f"  {name}", str(n)) for name, n in self.objects.items()),
            ("start-up", f"{clock.startup:.1f} s"),
            ("labelling", f"{clock.labelling:.1f} s, {self.rate:.1f} pictures/s{self._on}"),
            *(("written", f"{out}/{name}") for name in self.losses),
            *([("look at", str(self.page))] if self.page else []),
        ]
        width = max(len(name) for name, _ in rows)
        return "".join(f"{name:<{width}}  {value}\n" for name, value in rows)
