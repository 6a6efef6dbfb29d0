"""Options of CVAT's XML for images."""

from __future__ import annotations

from dataclasses import dataclass

from formats.options import Images, Options

__all__ = ["CvatOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CvatOptions(Options):
    """Reading and writing of CVAT for images 1.1."""

    images: Images = "none"
    """Writing: put a symbolic link or a copy of every picture below ``images/``, as CVAT's exports
    with pictures and its import of a project have them; into a ``.zip`` they are copied."""
    confidence: bool = False
    """Writing: scores, which CVAT has not, as a number attribute ``confidence``."""
    root: str = ""
    """Reading: the folder of the pictures, where it is not the file's own."""
