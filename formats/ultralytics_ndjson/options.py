"""Options of Ultralytics NDJSON."""

from __future__ import annotations

from dataclasses import dataclass

from formats.options import Crowd, Images, Options

__all__ = ["NdjsonOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NdjsonOptions(Options):
    """Reading and writing of one line per picture."""

    crowd: Crowd = "skip"
    """Ignore regions: left out (mask: too), or kept as objects."""
    images: Images = "link"
    """Writing a folder: put a symbolic link or a copy of every picture in its place, or none."""
