"""Tags of a picture as choices: one region per control, as the editor holds them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from formats.annotations import Annotation
from formats.label_studio.frame import Frame
from formats.label_studio.mapping import Route
from formats.label_studio.regions import Region, regions

__all__ = ["choices"]

FURTHER = "tag beside the best one, where the label config takes a single choice"
MEAN = "score of a tag beside others: their mean is written"


def choices(rows: Sequence[Annotation], route: Route, frame: Frame) -> list[Region]:
    """The region of the rows that are tags: all, or the best where a single one is allowed."""
    if not rows:
        return []
    if route.control.attributes.get("choice", "").strip().lower() != "multiple":
        frame.losses.add(FURTHER, len(rows) - 1)
        rows = [max(rows, key=lambda row: np.nan_to_num(row.score, nan=2.0))]
    names = dict.fromkeys(str(route.names[row.label]) for row in rows)
    scores = [row.score for row in rows if not np.isnan(row.score)]
    more = {"score": float(np.mean(scores))} if scores else {}
    frame.losses.add(MEAN, len(scores) if len(set(scores)) > 1 else 0)
    value = {"choices": list(names)}
    return regions(route.control, "", value, frame, 0, **more)
