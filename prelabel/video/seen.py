"""`Seen`: what became of one frame that was looked at, and the journal's line about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.dataset import Item
from prelabel import lines
from prelabel.journal import Record

__all__ = ["Motion", "Seen", "Sight", "gathered", "record", "recorded"]

TOGETHER = 256
"""Tables of single frames that are joined at a time."""
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


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What was seen of a clip.

    `looked` (F,): the frames that were looked at with success, ascending; `table`: the clip table
    of all rows; `frames`: all frames without their rows, failed ones too, for what else they tell.
    """

    looked: NDArray[np.int64]
    table: Annotations
    frames: tuple[Seen, ...]


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


def gathered(seen: Iterable[Seen]) -> Sight:
    """What was seen in frames in ascending order, as one table.

    Small tables cost more than what is in them, so they are joined on the way.
    """
    bare, looked = list[Seen](), list[int]()
    joined, fresh = list[Annotations](), list[Annotations]()
    for one in seen:
        bare.append(replace(one, path="", found=None))
        if one.found is None:
            continue
        looked.append(one.frame)
        images = np.full(len(one.found), one.frame, dtype=np.int32)
        fresh.append(one.found.with_columns(images=images))
        if len(fresh) == TOGETHER:
            joined.append(Annotations.concat(fresh))
            fresh.clear()
    table = Annotations.concat([*joined, *fresh])
    return Sight(np.array(looked, dtype=np.int64), table, tuple(bare))
