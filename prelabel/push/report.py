"""What a push did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prelabel.push.labelling import Made

__all__ = ["Report"]


@dataclass(slots=True)
class Report:
    """Counts of tasks. `there` had a prediction of this version before, `kept` came from the
    journal, `made` were labelled now; `failures`: why a task has none. `shown`: the model version
    whose predictions the project shows.
    """

    version: str
    tasks: int
    shown: str
    there: int = 0
    kept: int = 0
    made: int = 0
    imported: int = 0
    objects: int = 0
    failures: dict[int, str] = field(default_factory=dict)

    def count(self, made: Made) -> None:
        """Take up what became of a task."""
        if made.prediction is None:
            self.failures[made.task] = made.failure
            return
        self.kept += made.kept
        self.made += not made.kept
        self.objects += made.regions

    def summary(self) -> Mapping[str, Any]:
        """The same for machines."""
        return {
            "model_version": self.version,
            "tasks": self.tasks,
            "there": self.there,
            "kept": self.kept,
            "labelled": self.made,
            "imported": self.imported,
            "objects": self.objects,
            "failures": [{"task": task, "reason": why} for task, why in self.failures.items()],
        }

    def table(self) -> str:
        """The same for people: plain lines in two columns."""
        rows = [
            ("model version", self.version),
            ("tasks", f"{self.tasks}" + (f" ({self.there} had it)" if self.there else "")),
            ("labelled", f"{self.made}" + (f" (and {self.kept} before)" if self.kept else "")),
            ("regions", str(self.objects)),
            ("imported", str(self.imported)),
            ("failed", str(len(self.failures))),
        ]
        width = max(len(name) for name, _ in rows)
        return "".join(f"{name:<{width}}  {value}\n" for name, value in rows)
