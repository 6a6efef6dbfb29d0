"""Options of MOTS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from formats.tracks.options import ClipOptions

__all__ = ["MotsOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MotsOptions(ClipOptions):
    """Reading and writing of MOTS."""

    form: Literal["txt", "png"] = "txt"
    """Writing: ``gt/gt.txt`` with run lengths, or a picture ``instances/000000.png`` per frame."""
    first: Literal["auto", "0", "1"] = "auto"
    """Reading: the number of the first frame; auto takes 0 where a frame 0 is there, and
    for KITTI's ``instances_txt``, else 1."""
