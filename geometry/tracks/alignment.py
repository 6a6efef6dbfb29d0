"""Which point of one outline belongs to which of another.

Both run the same way round, start where they lie best on one another, and get a vertex where
either has one: so outlines of any number of vertices blend point by point.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["best_shift", "lengths", "matched_lines", "matched_rings", "same_way", "start_of"]

Floats = NDArray[np.float64]
SAMPLES = 256
"""Points at even distances by which outlines are laid on one another; a power of two."""
SAME = 1e-9
"""Share of the outline's length within which two vertices are one."""


def matched_rings(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Corresponding points (M, 2) of two rings (N, 2) and (K, 2), in the order of `a`.

    `a` keeps its vertices, with points on its sides where `b` has a vertex; and so does `b`. With
    equally many vertices they are matched one to one where that fits no worse.
    """
    a, b = _distinct(a), same_way(_distinct(b), a)
    if min(len(a), len(b)) < 2:
        return _many(a, b), _many(b, a)
    shift, apart = best_shift(*(_even(ring, SAMPLES) for ring in (a, b)))
    if len(a) == len(b):
        turn, one_to_one = best_shift(a, b)
        if one_to_one <= apart * (1 + SAME) + SAME:
            return a, np.roll(b, -turn, axis=0)
    return _joined(a, b, shift / SAMPLES)


def matched_lines(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """Corresponding points (M, 2) of two open lines, the ends with one another.

    `b` is taken from its other end where it lies better on `a` so.
    """
    a, b = (line if len(line) < 2 else _distinct_line(line) for line in (a, b))
    if min(len(a), len(b)) < 2:
        return _many(a, b), _many(b, a)
    even, forth = (_along(line, np.linspace(0, 1, SAMPLES)) for line in (a, b))
    if ((even - forth[::-1]) ** 2).sum() < ((even - forth) ** 2).sum():
        b = b[::-1]
    if len(a) == len(b):
        return a, b
    places = _union(_shares(a), _shares(b))
    return _along(a, places), _along(b, places)


def same_way(ring: Floats, like: Floats) -> Floats:
    """A ring, turned round where it runs the other way than `like`."""
    return ring[::-1] if _twice_area(ring) * _twice_area(like) < 0 else ring


def best_shift(a: Floats, b: Floats) -> tuple[int, float]:
    """By how many places `b` (N, 2) is to be rolled back to lie best on `a` (N, 2) moved onto its
    centre, and the mean squared distance then; by one Fourier transform."""
    one, other = (_complex(points) for points in (a, b))
    product = np.fft.ifft(np.conj(np.fft.fft(one)) * np.fft.fft(other)).real
    shift = int(np.argmax(product))
    power = float((np.abs(one) ** 2).sum() + (np.abs(other) ** 2).sum())
    return shift, max(power - 2 * len(a) * float(product[shift] / len(a)), 0.0) / len(a)


def start_of(ring: Floats, like: Floats) -> int:
    """The vertex of `ring` that lies best where `like` starts; both run the same way round."""
    if len(ring) == len(like):
        return best_shift(like, ring)[0]
    shift, _ = best_shift(_even(like, SAMPLES), _even(ring, SAMPLES))
    away = np.abs((lengths(ring)[:-1] / lengths(ring)[-1]) - shift / SAMPLES)
    return int(np.argmin(np.minimum(away, 1 - away)))


def lengths(points: Floats, closed: bool = True) -> Floats:
    """The way along an outline to each vertex, and back to the first where `closed`."""
    ends = np.concatenate([points, points[:1]]) if closed else points
    steps = np.hypot(*np.diff(ends, axis=0).T)
    return np.concatenate([[0.0], np.cumsum(steps)])


def _joined(a: Floats, b: Floats, shift: float) -> tuple[Floats, Floats]:
    """Both rings with the vertices of either; `shift` is the share of its length at which b
    starts, moved a little so that two vertices meet."""
    u, v = (lengths(ring)[:-1] / lengths(ring)[-1] for ring in (a, b))
    apart = (v[None] - shift - u[:, None] + 0.5) % 1 - 0.5
    nearest = apart.flat[int(np.argmin(np.abs(apart)))]
    if abs(nearest) <= 1 / SAMPLES:
        shift += nearest
    v = (v - shift) % 1
    v[v > 1 - SAME] = 0.0
    first = int(np.argmin(v))
    b, v = np.roll(b, -first, axis=0), np.roll(v, -first)
    places = _union(u, v)
    return _around(a, u, places), _around(b, v, places)


def _union(u: Floats, v: Floats) -> Floats:
    """Places of both, in order, those that are the same once; of these the one of u."""
    places = np.concatenate([u, v])
    order = np.argsort(places, kind="stable")
    places = places[order]
    return places[np.diff(places, prepend=-1.0) > SAME]


def _around(ring: Floats, own: Floats, places: Floats) -> Floats:
    """Points of a ring at shares `places` of its length; its vertices are at `own`."""
    ends = np.concatenate([own[-1:] - 1, own, own[:1] + 1])
    points = np.concatenate([ring[-1:], ring, ring[:1]])
    near = np.searchsorted(own, places - SAME)
    near = np.minimum(near, len(own) - 1)
    snapped = np.where(np.abs(own[near] - places) <= SAME, own[near], places)
    return np.column_stack([np.interp(snapped, ends, points[:, axis]) for axis in (0, 1)])


def _even(ring: Floats, count: int) -> Floats:
    """`count` points of a ring at even distances from its first vertex on."""
    way = lengths(ring)
    at = np.arange(count) * (way[-1] / count)
    points = np.concatenate([ring, ring[:1]])
    return np.column_stack([np.interp(at, way, points[:, axis]) for axis in (0, 1)])


def _shares(line: Floats) -> Floats:
    way = lengths(line, closed=False)
    return way / way[-1]


def _along(line: Floats, places: Floats) -> Floats:
    own = _shares(line)
    return np.column_stack([np.interp(places, own, line[:, axis]) for axis in (0, 1)])


def _distinct(ring: Floats) -> Floats:
    """A ring without vertices that lie on the one before."""
    moved = (ring != np.roll(ring, 1, axis=0)).any(axis=1)
    return ring[moved] if moved.any() else ring[:1]


def _distinct_line(line: Floats) -> Floats:
    moved = (np.diff(line, axis=0) != 0).any(axis=1)
    return line[np.concatenate([[True], moved])]


def _many(points: Floats, like: Floats) -> Floats:
    """A single point as often as `like` has points; anything else as it is."""
    return np.repeat(points, len(like), axis=0) if len(points) == 1 else points


def _complex(points: Floats) -> NDArray[np.complex128]:
    z = points[:, 0] + 1j * points[:, 1]
    return z - z.mean()


def _twice_area(ring: Floats) -> float:
    x, y = (ring - ring[:1]).T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1))
