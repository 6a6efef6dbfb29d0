"""Options of COCO's panoptic format."""

from __future__ import annotations

from dataclasses import dataclass

from formats.coco.options import CocoOptions

__all__ = ["PanopticOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PanopticOptions(CocoOptions):
    """Reading and writing of COCO's panoptic files."""

    segments: str = ""
    """Reading: the folder of the PNG files; else the one beside the file that has its name."""
