"""`Rule`: how one format lays its folders and writes its lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from formats.annotations import Annotations
from formats.columns import Kind
from formats.losses import Losses

__all__ = ["Line", "Rule"]

Line = tuple[Any, ...]
"""One object as a format reads it from a line; the name of its class comes first."""


def _no_head(lines: Sequence[str]) -> tuple[int, Mapping[str, Any]]:
    return 0, {}


def _no_text(extra: Mapping[str, Any]) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a format of such label files is, from which it is read and written."""

    name: str
    labels: str
    """The folder of the label files, as it is written."""
    pictures: str
    """The folder of the pictures, as it is written."""
    label_folders: re.Pattern[str]
    """Names of folders of label files, as they are met."""
    picture_folders: frozenset[str]
    """Names of folders of pictures, as they are met."""
    standard: tuple[str, ...]
    """The classes of the published set, in its order."""
    blank: str
    """What stands for a blank in the name of a class."""
    folder: Callable[[str], str]
    """The folder of a split below the set's, "" for none."""
    parse: Callable[[str], Line | None]
    """A line as values, None where it cannot be read."""
    table: Callable[[Sequence[Line]], dict[str, Any]]
    """The columns of some lines, but for images and labels."""
    lines: Callable[[Annotations, Sequence[str], Losses, list[str]], list[tuple[int, str]]]
    """Rows and the words of their classes as (row, line); what is lost is counted."""
    crowds: str = ""
    """The class that ignore regions are written as, "" where they are objects."""
    lists: str = ""
    """The folder of the lists of splits, "" where folders tell the split."""
    head: Callable[[Sequence[str]], tuple[int, Mapping[str, Any]]] = _no_head
    """How many lines stand before the objects, and what they say of the picture."""
    heading: Callable[[Mapping[str, Any]], str] = _no_text
    """Those lines, of what is known of a picture."""
    extra: frozenset[str] = frozenset()
    """Further keys of pictures that the head holds."""
    holds: Mapping[str, float]
    kinds: frozenset[Kind]
