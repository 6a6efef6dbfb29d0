"""Options of DOTA and KITTI."""

from __future__ import annotations

from dataclasses import dataclass

from formats.options import Images, Options

__all__ = ["PairedOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedOptions(Options):
    """Reading and writing of a text file for each picture."""

    images: Images = "link"
    """Writing: put a symbolic link or a copy of every picture in its place, or none."""
