"""Options of Supervisely projects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from formats.options import Images, Options

__all__ = ["Coordinates", "SuperviselyOptions"]

Coordinates = Literal["auto", "pixels", "subpixels"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuperviselyOptions(Options):
    """Reading and writing of projects of pictures."""

    coordinates: Coordinates = "auto"
    """Numbers name whole pixels, as Supervisely's SDK reads and writes them, or places between
    pixels, as its server keeps them. Reading, auto: pixels where all numbers are whole; writing,
    auto: pixels."""
    images: Images = "link"
    """Writing: put a symbolic link or a copy of every picture in its place, or none."""
