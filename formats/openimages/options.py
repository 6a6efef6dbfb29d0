"""Options of OpenImages."""

from __future__ import annotations

from dataclasses import dataclass

from formats.options import Images, Options

__all__ = ["OpenImagesOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenImagesOptions(Options):
    """Reading and writing of OpenImages' CSV files."""

    images: Images = "link"
    """Writing: put a symbolic link or a copy of every picture in its place, or none."""
