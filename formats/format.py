"""What a dataset format offers: the seam between `formats` and everybody else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formats.carrying import NONE, Drops
from formats.columns import Kind
from formats.dataset import Dataset
from formats.losses import Losses

__all__ = ["Drops", "Format", "Match"]


@dataclass(frozen=True, slots=True)
class Match:
    """A claim on a path: `layout` says what was recognised, `certainty` is 0..1."""

    layout: str
    certainty: float


@dataclass(frozen=True, slots=True)
class Format:
    """One concrete format name, such as ``coco`` or ``yolo-seg``.

    `options` is a frozen dataclass type with a default for every field; `read` and `write` take an
    instance of it. `holds` names the columns that survive a round trip and how exactly: 0.0 for
    exact, else the largest error in pixels (or in the column's own unit); `kinds` names the kinds
    of rows that come back as the same kind. What is not held stands in the Losses that `write`
    returns. `read` and `sniff` are None for a format that is only written. `clips`: it knows
    nothing but clips, so pictures become the frames of one, without their names. `drops` tells what
    of pictures, classes and the whole gets lost that `write` does not count.
    """

    name: str
    title: str
    options: type[Any]
    holds: Mapping[str, float]
    write: Callable[[Dataset, Path, Any], Losses]
    read: Callable[[Path, Any], Dataset] | None = None
    sniff: Callable[[Path], Match | None] | None = None
    kinds: frozenset[Kind] = frozenset(Kind)
    clips: bool = False
    drops: Drops = NONE
