"""Annotations of one picture as the regions of a Label Studio result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from formats.annotations import Annotations
from formats.label_studio.config import Control
from formats.label_studio.mapping import Route
from formats.losses import Losses

__all__ = ["encode", "prediction", "result"]

Region = dict[str, Any]
DECIMALS = 6
"""Digits behind the point of a percent: a ten thousandth of a pixel in a picture of 10,000."""


def encode(
    annotations: Annotations,
    names: Sequence[str | None],
    control: Control,
    size: tuple[int, int],
    *,
    losses: Losses | None = None,
    decimals: int = DECIMALS,
) -> list[Region]:
    """The regions of one control, in the order of the rows; rows whose name is None are left out.

    `names[k]` is what label k is written as; `size` = (width, height) of the picture in pixels.
    """
    return result(annotations, [Route(control, tuple(names))], size, losses, decimals)


def result(
    annotations: Annotations,
    routes: Sequence[Route],
    size: tuple[int, int],
    losses: Losses | None = None,
    decimals: int = DECIMALS,
) -> list[Region]:
    """The regions of all controls that a model feeds; thresholds of the controls are applied.

    Skeletons hang on their rectangle by ``parentID``; no region comes twice.
    """
    raise NotImplementedError


def prediction(regions: list[Region], model_version: str) -> dict[str, Any]:
    """What `/predict` answers for one task: the regions, their mean score, the model's version."""
    scores = [float(region["score"]) for region in regions if "score" in region]
    score = sum(scores) / len(scores) if scores else 0.0
    return {"model_version": model_version, "score": score, "result": regions}
