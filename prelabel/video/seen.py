"""`Seen`: what became of one frame that was looked at, and the journal's line about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from formats.annotations import Annotations
from formats.dataset import Item
from prelabel import lines
from prelabel.journal import Record

__all__ = ["Motion", "Seen", "record", "recorded", "table_of"]

Motion = tuple[float, ...]
"""A camera's motion: an affine map (2, 3) of pixels, row by row."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A frame of a clip as the model saw it.

    `path`: its name in journal and outputs. `found` is None where the frame or the model failed,
    `failure` says why. `motion` maps pixels of the frame `since` to this one's, () where that was
    not asked for or cannot be told.
    """

    path: str
    frame: int
    time: float
    size: tuple[int, int]
    found: Annotations | None
    failure: str = ""
    motion: Motion = ()
    since: int = -1


def record(seen: Seen, sha256: str) -> Record:
    """The journal's record of a frame; `sha256` is that of its clip."""
    extra: dict[str, Any] = {"sha256": sha256}
    if seen.motion:
        extra |= {"motion": seen.motion, "since": seen.since}
    if seen.failure:
        extra["failure"] = seen.failure
    item = Item(
        seen.path,
        seen.size,
        seen.found,
        frame=seen.frame,
        time=seen.time,
        status=lines.FAILED if seen.failure else "",
        extra=extra,
    )
    return Record(seen.path, sha256, lines.encode(item), seen.failure)


def recorded(line: bytes, where: str) -> Seen:
    """The frame of a line of the journal."""
    item = lines.decode(line, where)
    return Seen(
        item.path,
        item.frame or 0,
        item.time or 0.0,
        item.size or (0, 0),
        item.annotations,
        str(item.extra.get("failure", "")),
        tuple(item.extra.get("motion", ())),
        item.extra.get("since", -1),
    )


def table_of(seen: Sequence[Seen]) -> Annotations:
    """The rows of frames as a clip table: `images` is the frame."""
    tables = [one.found for one in seen if one.found is not None]
    frames = [one.frame for one in seen if one.found is not None]
    images = np.repeat(frames, [len(table) for table in tables]).astype(np.int32)
    return Annotations.concat(tables).with_columns(images=images)
