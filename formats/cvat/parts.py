"""Tracks as CVAT's XML has them: of one class, one kind of shape and one group, all keyframes.

A track of ours that changes any of these becomes several elements of one id, each with an end of
its own; so does a track of masks, of which CVAT would read the first only. Reading joins them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.cvat.frames import Frames
from formats.dataset import Label
from formats.tracks import rows, shapes
from formats.tracks.dense import dense
from formats.tracks.sparse import sparse

__all__ = ["Part", "Reduction", "parts"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reduction:
    """How tracks without keyframes get theirs; no `tolerance`: every row is one.

    `source` is the rule by which tracks of keyframes were filled in before, `rule` is CVAT's.
    """

    tolerance: float | None
    smooth: bool
    rule: str
    source: str
    labels: Sequence[Label]


@dataclass(frozen=True, slots=True)
class Part:
    """One ``<track>``: its id (-1 for a row of no track) and its keyframes in ascending frames."""

    track: int
    table: Annotations


def parts(table: Annotations, frames: Frames, reduction: Reduction) -> Iterator[Part]:
    """The elements of a clip: tracks by id, then rows of no track."""
    for track, of in rows.spread(table):
        yield from _of_track(table[of], track, frames, reduction)
    single = table[rows.lone(table)]
    for i in range(len(single)):
        yield Part(-1, _ended(single[i : i + 1], frames))


def _of_track(
    track: Annotations, number: int, frames: Frames, reduction: Reduction
) -> Iterator[Part]:
    masks = track.kinds == Kind.MASK
    if masks.any() and rows.keyed(track).any():
        track = dense(track, reduction.source, labels=reduction.labels)
        masks = track.kinds == Kind.MASK
    for row in np.flatnonzero(masks).tolist():
        yield Part(number, _ended(track[row : row + 1], frames))
    others = track[~masks]
    for part in _alike(others):
        if not rows.keyed(part).any():
            part = _reduced(part, frames, reduction)
        yield Part(number, _ended(part, frames))


def _reduced(part: Annotations, frames: Frames, reduction: Reduction) -> Annotations:
    return sparse(
        part,
        tolerance=reduction.tolerance,
        rule=reduction.rule,
        looked=frames.all(),
        smoothed=reduction.smooth,
        labels=reduction.labels,
    )


def _alike(track: Annotations) -> list[Annotations]:
    """The rows of one track by class, group and shape, each with what ends it."""
    keys = _keys(track)
    found, which = np.unique(keys, axis=0, return_inverse=True)
    which = which.reshape(-1)
    if len(found) < 2:
        return [_promoted(track)] if len(track) else []
    ends = _ends(track, which) if rows.keyed(track).any() else []
    whole = [Annotations.concat([track[which == k], *_of(ends, k)]) for k in range(len(found))]
    ordered = [_promoted(part[np.argsort(part.images, kind="stable")]) for part in whole]
    return sorted(ordered, key=lambda part: int(part.images[0]))


def _keys(track: Annotations) -> Ints:
    """(N, 3) class, group and kind of every row."""
    groups = np.full(len(track), -1) if track.groups is None else track.groups
    return np.column_stack([track.labels, groups, track.kinds]).astype(np.int64)


def _of(ends: list[tuple[int, Annotations]], part: int) -> list[Annotations]:
    return [end for k, end in ends if k == part]


def _ends(track: Annotations, which: Ints) -> list[tuple[int, Annotations]]:
    """What ends a part where the next keyframe is of another: (part, an OUTSIDE row).

    A shape of the same kind goes on towards that keyframe, another one is held.
    """
    nodes = np.flatnonzero(track.flagged(Flag.KEYFRAME))
    gone = track.flagged(Flag.OUTSIDE)
    found = []
    for a, b in zip(nodes[:-1].tolist(), nodes[1:].tolist(), strict=True):
        if which[a] != which[b] and not gone[a]:
            same = track.kinds[a] == track.kinds[b]
            end = track[b : b + 1] if same else track[a : a + 1]
            told = _told(track[a : a + 1]) | {"images": track.images[b : b + 1]}
            end = end.with_columns(**told)
            found.append((int(which[a]), rows.flagged(end, Flag.OUTSIDE)))
    return found


def _told(row: Annotations) -> dict[str, Any]:
    """What a row says beside its shape."""
    return {k: v for k, v in row.columns().items() if k not in (*shapes.SHAPES, "kinds")}


def _promoted(part: Annotations) -> Annotations:
    """A track of keyframes, all of whose rows are keyframes; one without any as it is."""
    return rows.flagged(part, Flag.KEYFRAME) if rows.keyed(part).any() else part


def _ended(part: Annotations, frames: Frames) -> Annotations:
    """The keyframes with what CVAT needs to end the track; without what it does by itself."""
    part = rows.flagged(part, Flag.KEYFRAME)
    last = part[-1:]
    if last.flagged(Flag.OUTSIDE)[0]:
        return part
    following = frames.after(int(last.images[0]))
    if following is None:
        return part[:-1] if _held(part) else part
    end = last.with_columns(images=np.array([following], dtype=np.int32))
    return Annotations.concat([part, rows.flagged(end, Flag.OUTSIDE)])


def _held(part: Annotations) -> bool:
    """Whether the last row only says that the one before it goes on to the end."""
    if len(part) < 2 or not part.flagged(Flag.INTERPOLATED)[-1]:
        return False
    before, last = part[-2:-1], part[-1:]
    if before.flagged(Flag.OUTSIDE)[0]:
        return False
    said = [{k: str(v) for k, v in _said(row).items()} for row in (before, last)]
    return bool(shapes.same(before, last)[0]) and said[0] == said[1]


def _said(row: Annotations) -> dict[str, Any]:
    """What a row says that holds from one keyframe to the next."""
    flags = int(row.flags[0]) & ~int(Flag.INTERPOLATED) if row.flags is not None else 0
    attributes = {} if row.attributes is None else dict(row.attributes[0])
    extra = {} if row.extra is None else dict(row.extra[0])
    return {"kind": int(row.kinds[0]), "flags": flags, "attributes": attributes, "extra": extra}
