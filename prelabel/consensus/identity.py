"""Which track an object of the consensus belongs to, where raters followed objects through clips.

Tracks of two raters are one object where they meet in most of the frames of the shorter; an object
of a frame takes the track that most of its members belong to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from geometry.consensus import clusters
from prelabel.consensus.grouping import Groups
from prelabel.consensus.joint import Joint

__all__ = ["identities"]

Ints = NDArray[np.int64]

MEET = 0.5
"""Share of the frames of the shorter track in which two tracks of one object meet."""


def identities(rows: Iterable[Joint], found: Sequence[Groups]) -> tuple[Ints, ...] | None:
    """By block the track of every cluster, (C,), -1 for none; None where nobody gave a track."""
    seen = [_nodes(joint, groups) for joint, groups in zip(rows, found, strict=True)]
    if not any(len(node) for node, _ in seen):
        return None
    nodes = [node for node, _ in seen]
    names, place = np.unique(np.concatenate(nodes), axis=0, return_inverse=True)
    numbers: list[Ints] = np.split(place.ravel(), np.cumsum([len(node) for node in nodes])[:-1])
    track = _joined(names, numbers, [cluster for _, cluster in seen])
    return tuple(
        _voted(track[number], cluster, groups)
        for number, (_, cluster), groups in zip(numbers, seen, found, strict=True)
    )


def _nodes(rows: Joint, groups: Groups) -> tuple[Ints, Ints]:
    """(rater, track) of the rows that have one, (P, 2), and their clusters."""
    if rows.table.tracks is None:
        return np.empty((0, 2), np.int64), np.empty(0, np.int64)
    followed = np.flatnonzero((rows.table.tracks >= 0) & (groups.cluster >= 0))
    nodes = np.column_stack([rows.raters[followed], rows.table.tracks[followed]])
    return nodes, groups.cluster[followed]


def _joined(names: Ints, numbers: Sequence[Ints], cluster: Sequence[Ints]) -> Ints:
    """The joint track of each rater's track."""
    frames = np.bincount(np.concatenate(numbers), minlength=len(names))
    meetings: dict[tuple[int, int], int] = {}
    for number, member in zip(numbers, cluster, strict=True):
        order = np.argsort(member, kind="stable")
        cuts = np.flatnonzero(np.diff(member[order])) + 1
        for rows in np.split(number[order], cuts):
            mates = sorted(rows.tolist())
            for place, a in enumerate(mates):
                for b in mates[place + 1 :]:
                    meetings[a, b] = meetings.get((a, b), 0) + 1
    pairs = np.array([*meetings], dtype=np.int64).reshape(-1, 2)
    often = np.array([*meetings.values()], dtype=np.float64)
    enough = often >= MEET * np.minimum(frames[pairs[:, 0]], frames[pairs[:, 1]])
    return clusters(names[:, 0], (pairs[enough, 0], pairs[enough, 1], often[enough]))


def _voted(track: Ints, cluster: Ints, groups: Groups) -> Ints:
    """The track of each cluster, that of most members; of two in one frame the one with more."""
    out = np.full(len(groups.images), -1, dtype=np.int64)
    width = int(track.max(initial=0)) + 1
    seats, votes = np.unique(cluster * width + track, return_counts=True)
    owner, name = seats // width, seats % width
    taken: set[tuple[int, int]] = set()
    for k in np.lexsort((owner, name, -votes)).tolist():
        place = int(groups.images[owner[k]]), int(name[k])
        if out[owner[k]] < 0 and place not in taken:
            out[owner[k]] = name[k]
            taken.add(place)
    return out
