"""Options of VIA's files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from formats.options import Options

__all__ = ["ViaOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViaOptions(Options):
    """Reading and writing of VIA's files."""

    images: str = ""
    """Reading: the folder of the pictures, where it is not the file's own."""
    attribute: str = ""
    """The region attribute that is the class; reading finds it, writing uses that or ``label``."""
    unlabelled: str = "object"
    """Reading: the class of regions that have none."""
    form: Literal["project", "annotations", "v1"] = "project"
    """Writing: a project of version 2, its annotations alone, or those of version 1. A target that
    ends in .csv is written as CSV."""
