"""Options of the COCO formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from formats.options import Options

__all__ = ["CocoOptions", "ResultsOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CocoOptions(Options):
    """Reading and writing of COCO files."""

    images: str = ""
    """Reading: the folder of the pictures; else beside the file or where COCO's layout has them."""
    split: str = ""
    """Reading: the split of a lone file whose name and folder do not tell it."""
    task: str = ""
    """Reading: which files of an annotations folder, by the part before ``_<split>``, such as
    instances."""
    names: Literal["refuse", "keep"] = "refuse"
    """Reading: a file name that is absolute or has ``..`` is an error, or kept as it stands."""
    pictures: Literal["check", "trust"] = "check"
    """Reading: compare stated sizes with the headers of the pictures that are found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsOptions(CocoOptions):
    """Reading and writing of a COCO results list."""

    categories: str = ""
    """Reading: the COCO file (or folder) that tells the images and categories of a results
    list."""
