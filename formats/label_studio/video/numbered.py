"""A clip's tracks in the tool's numbers: what an annotator gets to see under each of them.

Frames that no number shows are left out; under several numbers that show one frame its shape
stays where it is, so that what is drawn between keyframes can be held against every number.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations, Flag
from formats.label_studio.video.numbering import Numbering
from formats.label_studio.video.spans import RUNS_ON, spans
from formats.losses import Losses
from formats.tracks import rows, shapes
from formats.tracks.clip import by_frame
from geometry.tracks.interpolation import interpolate

__all__ = ["looked_at", "numbered"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
HIDDEN = "part of a track that no frame number of Label Studio shows, drawn on the frame before it"


def looked_at(numbering: Numbering, looked: Ints | None) -> Ints | None:
    """The numbers under which frames that were looked at are due; None for all numbers."""
    if looked is None:
        return None
    shown = np.unique(numbering.grid.source(numbering.first[looked]))
    return numbering.spread(shown)[1]


def numbered(
    table: Annotations, numbering: Numbering, looked: Ints | None, losses: Losses, where: object
) -> Annotations:
    """The rows of every track, `images` being numbers; of keyframes only those numbers change.

    Of rows under one number that of the frame on the screen counts. A span begins under the first
    number that shows a frame of it and ends under the last; where none does, it is drawn on the
    frame before it.
    """
    keyed = rows.keyed(table)
    parts = [_dense(table[~keyed], numbering, looked, losses, where)]
    for _, of in rows.spread(table):
        if keyed[of[0]]:
            parts += _sparse(table[of], numbering, losses, where)
    return by_frame(Annotations.concat([part for part in parts if len(part)] or [table[:0]]))


def _dense(
    table: Annotations, numbering: Numbering, looked: Ints | None, losses: Losses, where: object
) -> Annotations:
    """A row under each number of a track's frames."""
    shown = numbering.grid.source(numbering.first[table.images])
    kept = np.zeros(len(table), dtype=bool)
    turn = table.images if looked is None else np.searchsorted(looked, table.images)
    for _, of in rows.spread(table):
        exact = shown[of] == table.images[of]
        kept[of[_chosen(shown[of], exact, np.asarray(turn[of]))]] = True
    losses.warn(HIDDEN, int((kept & (shown != table.images)).sum()), where)
    moved = table[kept].with_columns(images=shown[kept])
    moved = moved[~rows.doubles(moved)]
    again, numbers = numbering.spread(moved.images)
    return moved[again].with_columns(images=numbers)


def _chosen(shown: Ints, exact: Bools, turn: Ints) -> Ints:
    """The rows (K,) of one track that count, of rows in ascending frames.

    `shown`: the frame on the screen when each is due; `turn`: its place among those looked at.
    """
    run = np.append(0, np.cumsum(np.diff(turn) != 1))
    starts = np.append(True, (np.diff(shown) != 0) | (np.diff(run) != 0))
    group = np.cumsum(starts) - 1
    best = np.flatnonzero(starts)
    best[group[exact]] = np.flatnonzero(exact)
    first = np.append(True, np.diff(run[best]) != 0)
    alone = first & np.append(first[1:], True)
    return np.asarray(best[exact[best] | ~first | alone])


def _sparse(
    track: Annotations, numbering: Numbering, losses: Losses, where: object
) -> Iterator[Annotations]:
    """The keyframes of one track, span by span, with a row without it behind each but the last."""
    shown, ends = spans(track, numbering.frames - 1)
    stops = np.flatnonzero(ends) + 1
    before: Annotations | None = None
    for start, stop in zip([0, *stops.tolist()], [*stops.tolist(), len(shown)], strict=True):
        if start == stop:
            continue
        span = _span(shown[start:stop], bool(ends[stop - 1]), numbering, losses, where)
        if before is not None:
            gone = int(before.images[0]) + 1
            if span.images[0] < gone:
                continue
            if span.images[0] > gone:
                yield _marked(before, gone, Flag.KEYFRAME | Flag.OUTSIDE)
        before = span[-1:]
        yield span


def _span(
    span: Annotations, closed: bool, numbering: Numbering, losses: Losses, where: object
) -> Annotations:
    """Keyframes between which a track is there; `closed`: whether it ends at the last one."""
    frames = span.images.astype(np.int64)
    table = _one_each(span, numbering)
    stop = int(numbering.last[frames[-1]]) if closed else numbering.grid.count
    if numbering.grid.source(table.images[:1])[0] < frames[0]:
        if table.images[0] + 1 > stop:
            losses.warn(HIDDEN, 1, where)
        else:
            table = _later(table)
    if table.images[-1] < stop:
        flags = Flag.KEYFRAME if closed else RUNS_ON
        return Annotations.concat([table, _marked(table[-1:], stop, flags)])
    return table


def _one_each(span: Annotations, numbering: Numbering) -> Annotations:
    """One row a number: of those that share it that of the frame on the screen, else the first."""
    frames = span.images.astype(np.int64)
    numbers, chosen = np.unique(numbering.first[frames], return_index=True)
    exact = np.flatnonzero(numbering.grid.source(numbering.first[frames]) == frames)
    chosen[np.searchsorted(numbers, numbering.first[frames[exact]])] = exact
    return span[chosen].with_columns(images=numbers)


def _later(table: Annotations) -> Annotations:
    """The same span from one number later on, because nothing of it is on the screen before."""
    start = int(table.images[0]) + 1
    rest = table[table.images > start]
    at = np.array([start])
    pair = table[:2] if len(table) > 1 else table
    first = shapes.moved(table[:1], interpolate(shapes.of_rows(pair), at, rule="label-studio"))
    return Annotations.concat([first, rest])


def _marked(row: Annotations, number: int, flags: Flag) -> Annotations:
    """A row once more under another number."""
    own = np.array([flags], np.uint16)
    return row.with_columns(images=np.array([number]), flags=own)
