"""IDF1, HOTA and CLEAR: by their definitions over every assignment, and by trackers 2.6.1."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geometry import boxes
from geometry.tracks import identity
from geometry.tracks.identity import Sightings


def clip(seed, frames=8, objects=3, keep=0.8, swap=0.15):
    """Objects that wander; side b is the truth, side a misses, moves and mixes up."""
    rng = np.random.default_rng(seed)
    start, pace = rng.random((objects, 2)) * 40, rng.normal(0, 1.5, (objects, 2))
    ids, rows = np.arange(objects), ([], [])
    for frame in range(frames):
        if rng.random() < swap:
            rng.shuffle(ids)
        for k in range(objects):
            true = start[k] + pace[k] * frame
            seen = np.round((true + rng.normal(0, 3, 2)) * 64) / 64
            for side, track, corner in ((0, ids[k] + 10, seen), (1, k, true)):
                if rng.random() < keep:
                    rows[side].append((frame, track, *corner, *(corner + 20)))
    a, b = (np.array(side).reshape(-1, 6) for side in rows)
    frames_a, frames_b = a[:, 0].astype(int), b[:, 0].astype(int)
    pairs = boxes.overlap_pairs(a[:, 2:], b[:, 2:], 0.0, (frames_a, frames_b))
    return Sightings(frames_a, a[:, 1].astype(int), frames_b, b[:, 1].astype(int), pairs)


def best(count_a, count_b, worth):
    """The greatest sum over all one-to-one choices, and the choice."""
    flip = count_a > count_b
    few, many = sorted((count_a, count_b))
    choices = (
        [(j, i) if flip else (i, j) for i, j in enumerate(chosen)]
        for chosen in permutations(range(many), few)
    )
    return max(((sum(worth(i, j) for i, j in c), c) for c in choices), key=lambda x: x[0])


def plain_idf1(seen, threshold=0.5):
    tracks = [np.unique(side).tolist() for side in (seen.tracks_a, seen.tracks_b)]
    often = {}
    for i, j, s in zip(*seen.pairs, strict=True):
        key = seen.tracks_a[i], seen.tracks_b[j]
        often[key] = often.get(key, 0) + (s >= threshold)
    tp, _ = best(*map(len, tracks), lambda i, j: often.get((tracks[0][i], tracks[1][j]), 0))
    return 2 * tp / (len(seen.tracks_a) + len(seen.tracks_b))


def plain_hota(seen):
    """Over all levels, by Luiten et al.: sqrt(DetA * AssA)."""
    like = {(i, j): s for i, j, s in zip(*seen.pairs, strict=True)}
    around = {}
    for i, j in like:
        others = [s for (x, y), s in like.items() if (x == i) != (y == j)]
        around[i, j] = like[i, j] / (like[i, j] + sum(others))
    pot = {}
    for (i, j), share in around.items():
        key = seen.tracks_a[i], seen.tracks_b[j]
        pot[key] = pot.get(key, 0) + share
    length = [{t: int((side == t).sum()) for t in side} for side in (seen.tracks_a, seen.tracks_b)]
    fit = {(u, v): p / (length[0][u] + length[1][v] - p) for (u, v), p in pot.items()}
    matched = []
    for frame in np.intersect1d(seen.frames_a, seen.frames_b):
        rows = [np.flatnonzero(f == frame).tolist() for f in (seen.frames_a, seen.frames_b)]

        def worth(i, j, rows=rows):
            key = rows[0][i], rows[1][j]
            together = seen.tracks_a[key[0]], seen.tracks_b[key[1]]
            return like.get(key, 0) * fit.get(together, 0)

        _, choice = best(*map(len, rows), worth)
        matched += [(rows[0][i], rows[1][j]) for i, j in choice if (rows[0][i], rows[1][j]) in like]
    values = []
    for level in identity.LEVELS:
        tp = [(i, j) for i, j in matched if like[i, j] >= level - 1e-12]
        whole = len(seen.tracks_a) + len(seen.tracks_b) - len(tp)
        share = 0.0
        for i, j in tp:
            u, v = seen.tracks_a[i], seen.tracks_b[j]
            same = sum(seen.tracks_a[x] == u and seen.tracks_b[y] == v for x, y in tp)
            share += same / (length[0][u] + length[1][v] - same)
        values.append(np.sqrt(len(tp) / whole * (share / max(len(tp), 1))))
    return float(np.mean(values))


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_figures_are_their_definitions(seed):
    seen = clip(seed, frames=5)
    assert identity.idf1(seen).idf1 == pytest.approx(plain_idf1(seen))
    assert identity.hota(seen).hota == pytest.approx(plain_hota(seen))


TRACKERS = {
    1: (
        0.175211523458,
        0.410205454863,
        0.0758852758724,
        0.742175819724,
        0.230769230769,
        0.188811188811,
        0.692716904972,
        46,
        77,
    ),
    2: (
        0.186689066405,
        0.373406810888,
        0.0938400109428,
        0.737205788676,
        0.254480286738,
        0.0622710622711,
        0.697302579515,
        38,
        79,
    ),
    3: (
        0.20556062528,
        0.391845449843,
        0.108578623613,
        0.741958030574,
        0.286701208981,
        0.237288135593,
        0.703702197937,
        44,
        84,
    ),
}
"""By seed: HOTA, DetA, AssA, LocA, IDF1, MOTA, MOTP, switches, fragments by trackers 2.6.1."""


@pytest.mark.parametrize("seed", TRACKERS)
def test_figures_are_those_of_trackers(seed):
    seen = clip(seed, frames=60, objects=6)
    h, c = identity.hota(seen), identity.clear(seen)
    found = (h.hota, h.detection, h.association, h.location, identity.idf1(seen).idf1)
    assert (*found, c.mota, c.motp, c.switches, c.fragments) == pytest.approx(TRACKERS[seed])


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), data=st.data())
def test_sides_names_and_order_do_not_matter(seed, data):
    seen = clip(seed)
    i, j, likeness = seen.pairs
    n = len(seen.tracks_a)
    order = np.array(data.draw(st.permutations(range(n))), dtype=int)
    place = np.empty(n, dtype=int)
    place[order] = np.arange(n)
    other = Sightings(
        seen.frames_b,
        seen.tracks_b * 7 + 3,
        seen.frames_a[order],
        seen.tracks_a[order],
        (j, place[i], likeness),
    )
    assert identity.idf1(other).idf1 == pytest.approx(identity.idf1(seen).idf1)
    assert identity.hota(other).hota == pytest.approx(identity.hota(seen).hota)


@pytest.mark.parametrize("frames", [1, 20])
def test_a_side_agrees_with_itself(frames):
    seen = clip(0, frames=frames)
    rows = np.arange(len(seen.tracks_b))
    same = Sightings(
        seen.frames_b,
        seen.tracks_b,
        seen.frames_b,
        seen.tracks_b,
        (rows, rows, np.ones(len(rows))),
    )
    assert identity.idf1(same).idf1 == 1
    assert identity.hota(same) == identity.Hota(1, 1, 1, 1)
    assert (identity.clear(same).mota, identity.clear(same).motp) == (1, 1)


def test_rows_without_a_track_count_for_nothing():
    seen = clip(5, frames=30)
    i, j, likeness = seen.pairs
    more = Sightings(
        np.append(seen.frames_a, 0),
        np.append(seen.tracks_a, -1),
        seen.frames_b,
        seen.tracks_b,
        (np.append(i, len(seen.tracks_a)), np.append(j, 0), np.append(likeness, 1.0)),
    )
    for figure in (identity.idf1, identity.hota, identity.clear):
        assert figure(more) == figure(seen)


NOBODY = np.empty(0, dtype=int)
NO_PAIRS = NOBODY, NOBODY, np.empty(0)
FEW = np.array([0, 1])


@pytest.mark.parametrize(
    ("a", "b", "value"), [(NOBODY, NOBODY, 1), (FEW, NOBODY, 0), (NOBODY, FEW, 0), (FEW, FEW, 0)]
)
def test_empty_sides(a, b, value):
    seen = Sightings(a, a, b, b, NO_PAIRS)
    assert identity.idf1(seen).idf1 == value
    assert identity.hota(seen).hota == value
    found = identity.clear(seen)
    assert found.mota == (-1 if len(a) and len(b) else value)
    assert np.isfinite([found.motp, identity.hota(seen).location]).all()


def test_a_track_that_changes_hands_once():
    """One object for ten frames, called 1 and then 2."""
    frames = np.arange(10)
    tracks = np.where(frames < 6, 1, 2)
    seen = Sightings(frames, tracks, frames, frames * 0, (frames, frames, np.full(10, 0.9)))
    assert identity.idf1(seen).idf1 == pytest.approx(0.6)
    assert identity.clear(seen).switches == 1
    assert identity.clear(seen).mota == pytest.approx(0.9)
