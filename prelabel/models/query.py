"""`Query`: what is asked of a model besides the picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from formats.columns import nothing

__all__ = ["Query"]


@dataclass(frozen=True, slots=True)
class Query:
    """Which detections are wanted.

    `conf`: least score; `thresholds`: least score of single classes, by name; `labels`: names of
    the classes that are wanted, None for all; `iou`: NMS drops a box that overlaps a better one of
    its class by more; `max_det`: most detections per picture, best first.
    """

    conf: float = 0.25
    iou: float = 0.7
    max_det: int = 300
    thresholds: Mapping[str, float] = field(default_factory=nothing)
    labels: frozenset[str] | None = None
