"""Options of Labelbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from formats.options import Options

__all__ = ["LabelboxOptions", "Naming"]

Naming = Literal["auto", "external_id", "global_key", "row_data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelboxOptions(Options):
    """Reading of exports, writing of annotations to import."""

    question: str = "class"
    """The classification whose answers are classes of pictures."""
    project: str = ""
    """Reading: the name or id of the project whose labels are read; all if empty."""
    naming: Naming = "auto"
    """Reading: what a picture is called by; auto: the first of them that ends as a picture's name
    does, else the global key."""
