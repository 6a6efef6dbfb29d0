import clip_strategies
import numpy as np
import pytest
from clip_strategies import Wanted
from hypothesis import given
from hypothesis import strategies as st

from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.tracks.dense import dense

KEY = int(Flag.KEYFRAME)
GONE = int(Flag.KEYFRAME | Flag.OUTSIDE)
MADE = int(Flag.INTERPOLATED)


def keyframes(*told, **columns):
    """A table of one track: (frame, flags, x0) of boxes 10 wide and high."""
    frames, flags, left = zip(*told, strict=True)
    boxes = [[x, 0, x + 10, 10] for x in left]
    n = len(told)
    tracks = columns.pop("tracks", [0] * n)
    return Annotations.of(n, images=frames, flags=flags, boxes=boxes, tracks=tracks, **columns)


def seen(table):
    """(frame, x0, flags) of every row."""
    flags = [0] * len(table) if table.flags is None else table.flags.tolist()
    return list(zip(table.images.tolist(), table.boxes[:, 0].tolist(), flags, strict=True))


def test_between_keyframes_boxes_lie_on_a_line():
    found = dense(keyframes((2, KEY, 0.0), (5, KEY, 6.0)))
    assert seen(found) == [(2, 0.0, 0), (3, 2.0, MADE), (4, 4.0, MADE), (5, 6.0, 0)]


def test_outside_ends_a_span_towards_its_own_box():
    found = dense(keyframes((0, KEY, 0.0), (2, GONE, 4.0), (4, KEY, 8.0)))
    assert seen(found) == [(0, 0.0, 0), (1, 2.0, MADE), (4, 8.0, 0)]


def test_a_track_ends_at_its_last_keyframe_or_runs_on():
    table = keyframes((0, KEY, 0.0), (1, KEY, 4.0))
    assert [frame for frame, *_ in seen(dense(table))] == [0, 1]
    assert seen(dense(table, last=3))[2:] == [(2, 4.0, MADE), (3, 4.0, MADE)]
    gone = keyframes((0, KEY, 0.0), (1, GONE, 4.0))
    assert seen(dense(gone, last=3)) == [(0, 0.0, 0)]


def test_what_holds_is_that_of_the_keyframe_before():
    attributes = [{"c": 1}, {"c": 2}]
    table = keyframes((0, KEY | int(Flag.OCCLUDED), 0.0), (2, KEY, 2.0), attributes=attributes)
    found = dense(table.with_columns(ids=[4, 5], areas=[100.0, 100.0], scores=[0.5, 0.75]))
    assert [dict(row) for row in found.attributes] == [{"c": 1}, {"c": 1}, {"c": 2}]
    assert found.flagged(Flag.OCCLUDED).tolist() == [True, True, False]
    assert found.scores.tolist() == [0.5, 0.5, 0.75]
    assert found.ids.tolist() == [4, -1, 5]
    assert np.isnan(found.areas[1])


def test_a_shape_of_another_kind_is_held_until_it_comes():
    kinds = [Kind.BOX, Kind.ROTATED]
    rotated = [[np.nan] * 5, [5.0, 5, 10, 10, 0.5]]
    table = keyframes((0, KEY, 0.0), (3, KEY, 9.0), kinds=kinds, rotated=rotated)
    found = dense(table)
    assert found.kinds.tolist() == [Kind.BOX] * 3 + [Kind.ROTATED]
    assert found.boxes[:3, 0].tolist() == [0.0, 0.0, 0.0]
    assert np.isnan(found.rotated[:3]).all()


def test_rotated_boxes_turn_on_the_shorter_arc():
    turn = np.radians([350.0, 10.0])
    rotated = [[5.0, 5, 10, 4, turn[0]], [5.0, 5, 10, 4, turn[1]]]
    table = keyframes((0, KEY, 0.0), (2, KEY, 0.0), kinds=[Kind.ROTATED] * 2, rotated=rotated)
    middle = dense(table).rotated[1, 4]
    assert np.cos(middle) == pytest.approx(1.0)


def test_tags_are_held():
    table = Annotations.of(
        2, images=[0, 2], flags=[KEY, KEY], tracks=[3, 3], kinds=[Kind.TAG] * 2, labels=[0, 1]
    )
    assert dense(table).labels.tolist() == [0, 0, 1]


def test_rows_between_that_are_stated_stay():
    table = keyframes((0, KEY, 0.0), (2, 0, 50.0), (4, KEY, 4.0))
    assert seen(dense(table)) == [
        (0, 0.0, 0),
        (1, 1.0, MADE),
        (2, 50.0, 0),
        (3, 3.0, MADE),
        (4, 4.0, 0),
    ]


@given(clip_strategies.table(Wanted(sparse=False), 10, 2))
def test_dense_tracks_and_lone_rows_stay_as_they_are(table):
    assert dense(table) is table


@given(clip_strategies.table(Wanted(), 10, 2), st.none() | st.integers(0, 14))
def test_presence_is_that_of_the_keyframes(table, last):
    """Frame by frame against a plain reading of the rule."""
    whole = dense(table, last=last)
    assert not whole.flagged(Flag.KEYFRAME).any()
    assert not whole.flagged(Flag.OUTSIDE).any()
    tracks = np.full(len(table), -1) if table.tracks is None else table.tracks
    for track in set(tracks.tolist()) - {-1}:
        rows = table[tracks == track]
        found = whole.images[whole.tracks == track].tolist()
        assert found == sorted(set(found))
        if not rows.flagged(Flag.KEYFRAME).any():
            assert found == rows.images.tolist()
            continue
        present = []
        for frame in range(15):
            before = rows[rows.images <= frame]
            at_end = frame > rows.images.max()
            gone = len(before) == 0 or bool(before[-1:].flagged(Flag.OUTSIDE)[0])
            if not gone and (not at_end or (last is not None and frame <= last)):
                present.append(frame)
        assert found == present


@given(clip_strategies.table(Wanted(), 10, 2))
def test_filling_in_twice_changes_nothing(table):
    once = dense(table)
    assert dense(once) is once


def test_an_empty_table():
    empty = Annotations.empty()
    assert dense(empty) is empty
