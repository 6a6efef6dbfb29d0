"""``videorectangle`` regions as the tracks of a clip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from formats.annotations import Annotations
from formats.dataset import Label
from formats.label_studio.decoding import FURTHER, NOTED, STRANGE, UNLABELLED, UNUSABLE, told
from formats.label_studio.frame import Frame
from formats.label_studio.gathering import Region, gather
from formats.label_studio.video import sequences
from formats.label_studio.video.encoding import Shot
from formats.label_studio.video.numbering import Numbering
from formats.labels import find
from formats.losses import Losses
from formats.tracks.clip import by_frame

__all__ = ["SHAPE", "decode", "rows"]

SHAPE = "videorectangle"
OTHER = "region of a clip that is no track of boxes"


def decode(
    results: Iterable[Any],
    labels: Sequence[Label],
    shot: Shot,
    losses: Losses | None = None,
    where: object = "",
) -> Annotations:
    """The clip table of a result: tracks of keyframes, `images` the 0-based frame of the clip.

    `labels` is what label indices count through. What cannot be read is counted in `losses`.
    """
    losses = Losses() if losses is None else losses
    return rows(gather(results, losses, where), labels, shot, losses, where)


def rows(
    regions: Sequence[Region],
    labels: Sequence[Label],
    shot: Shot,
    losses: Losses,
    where: object = "",
) -> Annotations:
    """The clip table of regions that were gathered; each is a track, in their order."""
    frame, numbering = Frame(shot.size, losses=losses), Numbering.of(shot.grid)
    found: list[Annotations] = []
    stated: list[int] = []
    for region in regions:
        if region.shape != SHAPE:
            losses.add(OTHER, example=where)
            continue
        label = _label(region, labels, losses, where)
        if label is None:
            continue
        try:
            found.append(_track(region, label, numbering, frame))
        except UNUSABLE as error:
            losses.add(f"{SHAPE} that cannot be read: {told(error)}", example=where)
            continue
        losses.add(NOTED, int(region.text not in ("", region.id)), where)
        stated.append(_stated(region))
    pairs = zip(found, _ids(stated), strict=True)
    tables = [table.with_columns(tracks=np.full(len(table), own)) for table, own in pairs]
    return by_frame(Annotations.concat(tables))


def _label(region: Region, labels: Sequence[Label], losses: Losses, where: object) -> int | None:
    """The index of a region's label; None, and counted, where it has none."""
    if not region.labels:
        losses.add(UNLABELLED, example=where)
        return None
    losses.add(FURTHER, len(region.labels) - 1, where)
    index = find(region.labels[0], labels)
    losses.add(STRANGE, int(index < 0), where)
    return None if index < 0 else index


def _track(region: Region, label: int, numbering: Numbering, frame: Frame) -> Annotations:
    turned = region.meta.get("kind") == "rotated"
    table = sequences.rows(region.value, numbering, frame, turned)
    columns: dict[str, Any] = {"labels": np.full(len(table), label, np.int32)}
    if np.isnan(table.scores).all():
        columns["scores"] = np.full(len(table), region.score)
    if region.said:
        columns["attributes"] = [dict(region.said)] * len(table)
    return table.with_columns(**columns)


def _stated(region: Region) -> int:
    """The number of a track that a region states, -1 for none."""
    track = region.meta.get("track")
    return track if type(track) is int and 0 <= track < 1 << 62 else -1


def _ids(stated: Sequence[int]) -> list[int]:
    """A number for each track: the stated one where it is the first of it, else one of its own."""
    taken: set[int] = set()
    free = max(stated, default=-1) + 1
    found = []
    for number in stated:
        if number < 0 or number in taken:
            number, free = free, free + 1
        taken.add(number)
        found.append(number)
    return found
