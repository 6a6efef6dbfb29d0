"""Bridges taken out again: a ring that walks lines there and back, as the rings that they join."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geometry.rings import Rings

__all__ = ["separated"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Words = NDArray[np.uint64]
LEAST = 3
"""Points of a ring that encloses something."""
FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


def separated(points: Floats, counts: Ints) -> Rings:
    """The rings that each of R rings joins by bridges, each a part of its own.

    `points` (P, 2) are those of all rings, of which each has `counts` (R,), at least one. Edges
    that are walked once there and once back are left out, so what the rest encloses an odd number
    of times is the same. A ring whose bridges are not nested stays as it is.
    """
    owner = np.repeat(np.arange(len(counts)), counts)
    partner = _partners(points, counts, owner)
    order, opens = _loops(partner, owner)
    crossed = _crossed(partner, order, opens)
    if crossed.any():
        partner[np.isin(owner, owner[crossed])] = -1
        order, opens = _loops(partner, owner)
    starts = np.flatnonzero(opens)
    parts = np.bincount(owner[order[starts]], minlength=len(counts))
    each = np.arange(len(starts) + 1)
    return Rings(points[order], np.append(starts, len(order)), each, np.append(0, np.cumsum(parts)))


def _partners(points: Floats, counts: Ints, owner: Ints) -> Ints:
    """(P,) the edge that goes back where the edge from a point goes, -1 where there is none.

    Edges are found by a hash; that it was no other edge of the same hash is looked at.
    """
    following = _following(counts)
    words = (points + 0.0).view(np.uint64).reshape(-1, 2)  # adding 0 makes -0 the same as 0
    place = words[:, 0] * FACTORS[0] + words[:, 1] * FACTORS[1]
    place = (place ^ (place >> np.uint64(29))) * FACTORS[2] + owner.astype(np.uint64)
    partner = np.full(len(points), -1)
    edges = _candidates(place, following, counts, owner)
    if not len(edges):
        return partner
    ends = following[edges]
    there = place[edges] * FACTORS[0] + place[ends]
    back = place[ends] * FACTORS[0] + place[edges]
    order = np.argsort(there, kind="stable")
    found = order[np.minimum(np.searchsorted(there[order], back), len(order) - 1)]
    own = np.arange(len(found))
    other = edges[found]
    same = (found[found] == own) & (found != own) & (owner[other] == owner[edges])
    same &= (points[other] == points[ends]).all(axis=1)
    same &= (points[following[other]] == points[edges]).all(axis=1)
    partner[edges[same]] = other[same]
    return partner


def _candidates(place: Words, following: Ints, counts: Ints, owner: Ints) -> Ints:
    """The edges that another may walk back: where a point at one of the ends occurs again.

    Of three points b a b, the two edges meet at an a that occurs once. A ring of two points is the
    only one that goes back between such points.
    """
    order = np.argsort(place)
    ordered = place[order]
    again = np.flatnonzero(ordered[1:] == ordered[:-1])
    twice = (counts < LEAST)[owner]
    twice[order[again]] = True
    twice[order[again + 1]] = True
    return np.flatnonzero(twice | twice[following])


def _following(counts: Ints) -> Ints:
    """(P,) the next point of the same ring, after the last one the first."""
    ends = np.cumsum(counts)
    following = np.arange(1, int(counts.sum()) + 1)
    following[ends - 1] = ends - counts
    return following


def _loops(partner: Ints, owner: Ints) -> tuple[Ints, Bools]:
    """The points in the order of the loops that they belong to, and which of these open a loop.

    Between a bridge and its way back lies what it leads to, one level deeper.
    """
    edges = np.flatnonzero(partner >= 0)
    out, back = edges[partner[edges] > edges], edges[partner[edges] < edges]
    steps = np.zeros(len(owner) + 1, dtype=np.int64)
    steps[out + 1] += 1
    steps[back + 1] -= 1
    depth = np.cumsum(steps[:-1])
    opens = np.zeros(len(owner), dtype=bool)
    opens[out + 1] = True
    order = np.argsort(owner * (depth.max(initial=0) + 1) + depth, kind="stable")
    changed = (np.diff(owner[order], prepend=-1) != 0) | (np.diff(depth[order], prepend=-1) != 0)
    return order, opens[order] | changed


def _crossed(partner: Ints, order: Ints, opens: Bools) -> Ints:
    """Bridges whose way back does not leave the loop that they opened."""
    loop = np.empty(len(order), dtype=np.int64)
    loop[order] = np.cumsum(opens) - 1
    back = np.flatnonzero((partner >= 0) & (partner < np.arange(len(partner))))
    first = order[np.flatnonzero(opens)][loop[back]]
    return back[first != partner[back] + 1]
