"""Group ids of the shapes of a picture: they join shapes, so few rows can have what they state.

Shapes of one label and group are parts of one object, and points are keypoints of the shape they
share a group with. A row whose own group would join it with others gets a free id and states its
own one beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from formats.annotations import Annotation
from formats.columns import Kind

__all__ = ["Tie", "ties"]


@dataclass(frozen=True, slots=True)
class Tie:
    """The ``group_id`` of a row's shapes, None for none; whether its own group is another one."""

    id: int | None
    other: bool = False


def ties(
    rows: Sequence[Annotation], shapes: Callable[[Annotation], int], as_track: bool
) -> list[Tie]:
    """The tie of every row of a picture; `shapes` tells how many shapes a row takes.

    With `as_track` the ids are those of tracks, and a row without one has a free id only where it
    takes several shapes.
    """
    own = [row.track if as_track else row.group for row in rows]
    shared = Counter(group for group in own if group >= 0)
    labels = Counter((row.label, group) for row, group in zip(rows, own, strict=True))
    free = max(shared, default=0) + 1
    found = []
    for row, group in zip(rows, own, strict=True):
        several = shapes(row) > 1
        alone = shared[group] == 1
        apart = labels[row.label, group] == 1 and not several and row.kind != Kind.POINTS
        if group >= 0 and (alone or apart):
            found.append(Tie(group))
        elif group >= 0 or several:
            found.append(Tie(free, other=True))
            free += 1
        else:
            found.append(Tie(None))
    return found
