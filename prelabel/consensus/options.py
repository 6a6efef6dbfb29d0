"""What a consensus is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from formats.columns import nothing
from prelabel.compare import TASKS
from prelabel.errors import SettingsError

__all__ = ["FuseOptions", "Labels", "Options"]

Labels = Literal["majority", "dawid-skene"]


@dataclass(frozen=True, slots=True)
class Options:
    """How people's labels become one."""

    threshold: float = 0.5
    """Least likeness (IoU or OKS) of every two shapes of one object."""
    quorum: float | None = None
    """How many of those who looked must have drawn an object: a number of raters from 1 on, a share
    of their weight below 1, or None for more than half of it."""
    labels: Labels = "majority"
    task: str = "auto"
    weights: Mapping[str, float] = field(default_factory=nothing)
    """Weight of each rater by name; raters that are not named count as the mean of the others."""

    def __post_init__(self) -> None:
        _share("threshold", self.threshold)
        if self.quorum is not None and not _quorum(self.quorum):
            raise SettingsError(
                f"is {self.quorum}, expected a number of raters (1, 2, ...) or a share below 1",
                "quorum",
            )
        if self.labels not in ("majority", "dawid-skene"):
            raise SettingsError(f"is {self.labels!r}, expected majority or dawid-skene", "labels")
        if self.task not in TASKS:
            raise SettingsError(f"no task {self.task!r} ({', '.join(TASKS)})", "task")


@dataclass(frozen=True, slots=True)
class FuseOptions:
    """How models' boxes become one set."""

    iou: float = 0.55
    least: float = 0.0
    """Boxes with a score below this take no part."""
    score: Literal["mean", "max"] = "mean"
    weights: Mapping[str, float] = field(default_factory=nothing)

    def __post_init__(self) -> None:
        _share("threshold", self.iou)
        if not 0 <= self.least <= 1:
            raise SettingsError(f"is {self.least}, expected 0 to 1", "least")


def _quorum(value: float) -> bool:
    return 0 < value < 1 or (value >= 1 and value % 1 == 0)


def _share(name: str, value: float) -> None:
    if not 0 < value <= 1:
        raise SettingsError(f"is {value}, expected above 0 and at most 1", name)
