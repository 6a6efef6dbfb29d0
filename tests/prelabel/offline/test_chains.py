"""Chains: what no track took is one object where it is of one thing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.tracks import rows
from prelabel import offline

TIMES = np.arange(20) / 25
POST = np.array([100, 50, 140, 150])


def table(frames, boxes, tracks, scores=0.4, labels=0):
    n = len(frames)
    columns = {"scores": np.full(n, scores), "labels": np.full(n, labels)}
    return Annotations.of(images=frames, boxes=boxes, tracks=tracks, **columns)


def post(frames):
    """A post that the model takes for a person, with no track."""
    return table(frames, np.tile(POST, (len(frames), 1)), np.full(len(frames), -1))


def walker():
    """A person with a track."""
    boxes = np.array([[10 * i, 200, 10 * i + 40, 300] for i in range(20)])
    return table(np.arange(20), boxes, np.full(20, 7), scores=0.9)


def clip(*parts):
    whole = Annotations.concat(parts)
    return whole[np.argsort(whole.images, kind="stable")]


def test_a_post_is_one_object():
    found = offline.chained(clip(walker(), post(np.arange(20))), TIMES)
    assert (found.chains, found.linked) == (1, 20)
    ids = rows.ids(found.table)
    assert sorted(np.unique(ids)) == [7, 8]
    of = found.table[ids == 8]
    assert (of.boxes == POST).all()
    assert {tuple(cell.items()) for cell in of.attributes} == {(("doubtful", True),)}
    walking = found.table[ids == 7]
    np.testing.assert_array_equal(walking.boxes, walker().boxes)


def test_a_short_gap_is_filled_and_says_so():
    found = offline.chained(post(np.delete(np.arange(20), [8, 9])), TIMES).table
    np.testing.assert_array_equal(found.images, np.arange(20))
    np.testing.assert_array_equal(np.flatnonzero(found.flagged(Flag.INTERPOLATED)), [8, 9])


def test_what_is_seen_twice_stays_alone():
    found = offline.chained(post(np.array([3, 4])), TIMES)
    assert (found.chains, found.linked) == (0, 0)
    assert (rows.ids(found.table) == -1).all()


def test_tags_and_a_table_of_tracks_stay():
    tags = Annotations.of(
        images=np.arange(5), kinds=np.full(5, Kind.TAG), boxes=np.full((5, 4), np.nan)
    )
    both = clip(walker(), tags.with_columns(tracks=np.full(5, -1), scores=np.ones(5)))
    found = offline.chained(both, TIMES)
    assert found.table is both
    assert offline.chained(Annotations.empty(), TIMES).chains == 0


def test_things_of_two_classes_are_two():
    other = table(np.arange(20), np.tile(POST, (20, 1)), np.full(20, -1), labels=1)
    found = offline.chained(clip(post(np.arange(20)), other), TIMES)
    assert found.chains == 2
    for track, of in rows.spread(found.table):
        assert len(set(found.table.labels[of].tolist())) == 1, track


@settings(max_examples=25, deadline=None)
@given(data=st.data(), n=st.integers(0, 30))
def test_detections_out_are_detections_in(data, n):
    draw = lambda low, high: data.draw(  # noqa: E731 - n numbers at a time
        st.lists(st.integers(low, high), min_size=n, max_size=n)
    )
    frames, places = np.sort(draw(0, 19)), np.array(draw(0, 60), dtype=float).reshape(-1, 1)
    boxes = np.concatenate([places, places, places + 30, places + 40], axis=1)
    given_ = table(frames, boxes, np.array(draw(-1, 1), dtype=np.int64).reshape(-1))
    found = offline.chained(given_, TIMES)
    kept = found.table[~found.table.flagged(Flag.INTERPOLATED)]
    key = lambda t: sorted(zip(t.images.tolist(), map(tuple, t.boxes.tolist()), strict=True))  # noqa: E731
    assert key(kept) == key(given_)
    assert found.linked == int((rows.ids(given_) < 0).sum() - (rows.ids(found.table) < 0).sum())
    known = rows.ids(given_)[rows.ids(given_) >= 0]
    assert np.isin(known, rows.ids(found.table)).all()


def test_options_tell_how_many_make_a_chain():
    few = offline.OfflineOptions(hits=2)
    assert offline.chained(post(np.array([3, 4])), TIMES, options=few).chains == 1
    with pytest.raises(ValueError, match="hits"):
        offline.OfflineOptions(hits=-1)
