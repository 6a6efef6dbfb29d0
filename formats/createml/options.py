"""Options of Create ML's files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from formats.options import Images, Options

__all__ = ["CreateMLOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMLOptions(Options):
    """Reading and writing of Create ML's files."""

    images: Images = "link"
    """Writing: put a symbolic link or a copy of every picture beside its file, or none."""
    names: str = ""
    """Reading: a file of class names, one a line; else classes.txt in the folder."""
    anchor: Literal["center", "topleft"] = "center"
    """Reading: what x and y of a box are."""
    origin: Literal["topleft", "bottomleft"] = "topleft"
    """Reading: the corner of the picture that coordinates count from."""
    units: Literal["pixel", "normalized"] = "pixel"
    """Reading: pixels, or parts of the picture's width and height."""
