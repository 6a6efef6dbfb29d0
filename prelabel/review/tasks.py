"""The order of correction for Label Studio: tasks whose predictions have a score to sort by.

Label Studio's uncertainty sampling hands out the task with the lowest prediction score first, the
data manager sorts by the same score, and sequential sampling follows the order of the import. All
three come to the order of the review.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import formats
from formats.dataset import Dataset, Item
from formats.label_studio.answers import PRIORITY
from formats.losses import Losses
from prelabel.errors import SettingsError
from prelabel.review.lanes import LANES
from prelabel.review.record import Entry, Review

__all__ = ["score", "write"]

ACCEPTED = 0.9
"""From this score on a task is one to accept."""


def score(entry: Entry) -> float:
    """The score of a task's prediction, 0 to 1: the lower, the more its correction is worth.

    1 / (1 + value), of those to be accepted unseen above `ACCEPTED` and of the others below, so
    that tasks which are imported later fall into place.
    """
    share = 1 / (1 + entry.value)
    return ACCEPTED + (1 - ACCEPTED) * share if entry.lane == LANES[0] else ACCEPTED * share


def write(review: Review, path: Path, options: Mapping[str, Any] | None = None) -> Losses:
    """Write the tasks, the shapes that people get to see as predictions.

    The data of a task tell its lane, the seconds to be expected and what is in doubt. SettingsError
    for frames of clips, which are no tasks of their own.
    """
    items = {
        number: picture.items[review.desk.subject]
        for number, picture in enumerate(review.desk.panel.pictures)
    }
    chosen = [_task(review, entry, items[entry.number]) for entry in review.entries]
    source = review.desk.panel.pictures.raters[review.desk.subject].store.dataset
    dataset = Dataset.of(
        _labels(review), chosen, sources=source.sources, root=source.root, losses=source.losses
    )
    wanted = {"rows": "predictions", **(options or {})}
    return formats.write(dataset, path, "label-studio", wanted)


def _labels(review: Review) -> tuple[Any, ...]:
    """The classes up to the last one of the subject; those of other models alone come behind."""
    rater = review.desk.panel.pictures.raters[review.desk.subject]
    return review.labels[: int(rater.store.place.max(initial=-1)) + 1]


def _task(review: Review, entry: Entry, item: Item | None) -> Item:
    if item is None or item.annotations is None:
        raise SettingsError("nobody looked at it", where=entry.path)
    if item.media is not None or item.frame is not None:
        raise SettingsError("is a frame of a clip, not a task", where=entry.path)
    table = item.annotations[review.shown(item.annotations)]
    told = item.extra.get("data")
    data = dict(told) if isinstance(told, dict) else {}
    data |= {
        "lane": entry.lane,
        "seconds": round(entry.seconds, 1),
        "doubts": ", ".join(f"{d.kind} {review.labels[d.label].name}" for d in entry.doubts[:10]),
    }
    extra = {**item.extra, "data": data, PRIORITY: round(score(entry), 6)}
    return replace(item, annotations=table, annotator="", extra=extra)
