"""`Card`: what is known about a model once its family is recognised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from formats.columns import nothing
from formats.dataset import Label

__all__ = ["Card"]


@dataclass(frozen=True, slots=True)
class Card:
    """A recognised model. `family` is a name in FAMILIES; the rest is what `predict` needs.

    `task`: detect, segment, pose, obb or classify. `input_size` = (width, height) in pixels that
    the graph takes or was exported for. `head` names the output layout in the family's own terms;
    `options` holds further facts of the family (stride, box coding, colour order, ...); `why` is
    the reason for the family's claim. `labels` is empty where the file names no classes.
    """

    name: str
    family: str
    task: str
    labels: tuple[Label, ...]
    input_size: tuple[int, int]
    sha256: str
    head: str
    input_name: str
    input_dtype: str = "float32"
    dynamic_size: bool = False
    dynamic_batch: bool = False
    licence: str = ""
    options: Mapping[str, Any] = field(default_factory=nothing)
    why: str = ""
