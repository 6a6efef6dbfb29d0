"""Options of MOTChallenge files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from formats.tracks.options import ClipOptions

__all__ = ["MotOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MotOptions(ClipOptions):
    """Reading and writing of MOTChallenge's text files."""

    rows: Literal["auto", "gt", "det"] = "auto"
    """The seventh column: a flag (gt: truth, with classes) or a score (det: detections, results).
    Reading tells it by the file's name, else by its numbers; writing takes gt."""
    label: str = "pedestrian"
    """Reading: the class of rows that name none."""
