"""Options of Datumaro's JSON."""

from __future__ import annotations

from dataclasses import dataclass

from formats.options import Images, Options

__all__ = ["DatumaroOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatumaroOptions(Options):
    """Reading and writing of Datumaro's JSON."""

    images: Images = "none"
    """Writing: put a symbolic link or a copy of every picture below ``images/SUBSET/``."""
    root: str = ""
    """Reading: the folder of the pictures, where it is not the data set's own."""
