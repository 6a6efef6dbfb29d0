"""Keyframes found anew around those that a person corrected.

Three views of a clip come together: what the model saw in every frame, the keyframes that a person
was given, and what came back. A keyframe that is as it was given is the machine's, and may go where
one beside it was corrected; all others are the person's, and stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.tracks import rows, shapes
from formats.tracks.clip import by_frame
from formats.tracks.dense import dense
from geometry.tracks import Reduced, likeness, resolve
from prelabel.video.matching import matched

__all__ = ["Corrected", "Views", "corrected"]

Ints = NDArray[np.int64]
SAME = 0.998
"""Likeness from which a keyframe is the one that was given: files round."""


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """Clip tables: `machine` dense, `given` and `back` of keyframes; how they are shown.

    `numbers` (F,): the tool's number of each frame, None for the file's own.
    """

    machine: Annotations
    given: Annotations
    back: Annotations
    rule: str
    numbers: Ints | None = None


@dataclass(slots=True)
class Corrected:
    """What was found: tracks of the person's file, those with corrections and those that were not
    given; keyframes that a person changed or added; keyframes before and after."""

    tracks: int = 0
    touched: int = 0
    new: int = 0
    changed: int = 0
    before: int = 0
    after: int = 0

    def add(self, other: Corrected) -> None:
        """Count another clip in."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


def corrected(views: Views, tolerance: float) -> tuple[Annotations, Corrected]:
    """The tracks that came back, with keyframes found anew around corrections; what was done.

    A track that nobody touched, one that was drawn, and rows of no track are as they came back.
    """
    work = _Work(views, tolerance)
    tables = [views.back[rows.lone(views.back)], *(work.track(k, of) for k, of in work.tracks())]
    table = by_frame(Annotations.concat([table for table in tables if len(table)] or tables[:1]))
    work.counts.after = _keyframes(table)
    return table, work.counts


def _keyframes(table: Annotations) -> int:
    return int((table.flagged(Flag.KEYFRAME) & ~table.flagged(Flag.OUTSIDE)).sum())


class _Work:
    """The tracks of one clip while they are looked at."""

    def __init__(self, views: Views, tolerance: float) -> None:
        self.views, self.tolerance = views, tolerance
        self.counts = Corrected(before=_keyframes(views.back))
        self.back, self.given = dense(views.back, views.rule), dense(views.given, views.rule)
        self.machine = dense(views.machine)
        self.to_given = matched(self.back, self.given)
        self.to_machine = matched(self.given, self.machine)

    def tracks(self) -> Iterator[tuple[int, Ints]]:
        """Every track that came back, and its rows."""
        return rows.spread(self.views.back)

    def track(self, number: int, of: Ints) -> Annotations:
        """One track, as it is to be."""
        table = self.views.back[of]
        self.counts.tracks += 1
        if number not in self.to_given:
            self.counts.new += 1
            return table
        keys = table[table.flagged(Flag.KEYFRAME)]
        changed = ~self._as_given(number, keys) & ~keys.flagged(Flag.OUTSIDE)
        self.counts.changed += int(changed.sum())
        self.counts.touched += bool(changed.any())
        return self._solved(number, keys, changed) if changed.any() else table

    def _as_given(self, number: int, table: Annotations) -> NDArray[np.bool_]:
        """(N,) which keyframes are those that were given."""
        given = self.views.given
        theirs = given[(rows.ids(given) == self.to_given[number]) & given.flagged(Flag.KEYFRAME)]
        at = np.minimum(np.searchsorted(theirs.images, table.images), len(theirs) - 1)
        alike = (theirs.images[at] == table.images) & (theirs.kinds[at] == table.kinds)
        both = np.flatnonzero(alike)
        if len(both):
            alike[both] = _likeness(table[both], theirs[at[both]]) >= SAME
        return alike

    def _solved(self, number: int, table: Annotations, changed: NDArray[np.bool_]) -> Annotations:
        """The track, span by span; what ends a span stays."""
        outside = table.flagged(Flag.OUTSIDE)
        whole = _of(self.back, number)
        parts = [table[outside]]
        for first, stop in _spans(outside):
            span = table[first:stop]
            if not changed[first:stop].any() or span.kinds[0] == Kind.TAG:
                parts.append(span)
                continue
            last = int(table.images[stop] - 1 if stop < len(table) else span.images[-1])
            seen = _between(whole, int(span.images[0]), last)
            parts.append(self._span(number, span, changed[first:stop], seen))
        return by_frame(Annotations.concat(parts))

    def _span(
        self, number: int, span: Annotations, changed: NDArray[np.bool_], seen: Annotations
    ) -> Annotations:
        """The keyframes of one span; `seen`: the track as it came back, in every frame of it."""
        truth = shapes.of_rows(self._truth(number, seen))
        numbers = self.views.numbers
        known = shapes.of_rows(span)
        found: Reduced = resolve(
            truth,
            known[~changed],
            known[changed],
            self.tolerance,
            rule=self.views.rule,
            positions=None if numbers is None else numbers[truth.frames],
        )
        kept = rows.unflagged(seen[found.rows], Flag.INTERPOLATED)
        return rows.flagged(shapes.moved(kept, found.keyframes), Flag.KEYFRAME)

    def _truth(self, number: int, seen: Annotations) -> Annotations:
        """What the model saw of the object in the frames of `seen`, where it did, else `seen`."""
        track = self.to_machine.get(self.to_given[number], -1)
        theirs = _of(self.machine, track) if track >= 0 else seen[:0]
        theirs = _as_kind(theirs, seen)
        theirs = theirs[np.isin(theirs.images, seen.images)]
        rest = seen[~np.isin(seen.images, theirs.images)]
        return by_frame(Annotations.concat([theirs, rest]))


def _of(table: Annotations, track: int) -> Annotations:
    return table[(rows.ids(table) == track) & ~rows.doubles(table)]


def _between(table: Annotations, first: int, last: int) -> Annotations:
    return table[(table.images >= first) & (table.images <= last)]


def _as_kind(found: Annotations, like: Annotations) -> Annotations:
    """The rows with shapes of the kind that `like` has; none where they cannot have it."""
    if like.kinds[0] == Kind.BOX and shapes.shape_column(like) == "boxes":
        bare = {name: None for name in shapes.SHAPES[1:] if name in found.columns()}
        return found.with_columns(kinds=np.full(len(found), Kind.BOX, np.uint8), **bare)
    same = found[found.kinds == like.kinds[0]]
    return same if shapes.shape_column(same) == shapes.shape_column(like) else found[:0]


def _likeness(a: Annotations, b: Annotations) -> NDArray[np.float64]:
    """(N,) how alike the shapes of equal rows are; 0 where they are of different kinds."""
    found = np.zeros(len(a))
    for kind in np.unique(a.kinds):
        of = a.kinds == kind
        if shapes.shape_column(a[of]) == shapes.shape_column(b[of]):
            found[of] = likeness(shapes.of_rows(a[of]), shapes.of_rows(b[of]))
    return found


def _spans(outside: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """From and to of each run of rows in which the object is there."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], outside, [True]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
