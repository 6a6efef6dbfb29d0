import clip_strategies
import numpy as np
import pytest
from clip_strategies import Wanted
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW

from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.tracks.dense import dense
from formats.tracks.sparse import sparse
from geometry import boxes

SHAPES = (Kind.BOX, Kind.ROTATED)
STATED = ("images", "kinds", "labels", "tracks", "boxes")


def walk(frames, jitter=0.0, seed=0, **columns):
    """A dense track of a box that moves evenly, with noise of so many pixels."""
    rng = np.random.default_rng(seed)
    at = np.asarray(frames)
    left = 3.0 * at + jitter * rng.normal(size=len(at))
    made = np.column_stack([left, np.zeros(len(at)), left + 40, np.full(len(at), 60.0)])
    return Annotations.of(len(at), images=at, boxes=made, tracks=np.zeros(len(at)), **columns)


def ordered(table):
    tracks = np.full(len(table), -1) if table.tracks is None else table.tracks
    keys = (*np.round(table.boxes, 6).T, table.labels, tracks, table.images)
    return table[np.lexsort(keys)]


def assert_same(found, wanted, names=STATED):
    found, wanted = ordered(found), ordered(wanted)
    for name in names:
        a, b = getattr(found, name), getattr(wanted, name)
        np.testing.assert_array_equal(a, b, err_msg=name)
    for flag in Flag:
        np.testing.assert_array_equal(found.flagged(flag), wanted.flagged(flag), err_msg=flag.name)


@given(clip_strategies.table(Wanted(kinds=SHAPES, sparse=False, changing=True), 10, 2))
def test_without_a_tolerance_nothing_is_lost(table):
    assert_same(dense(sparse(table)), table)


@given(clip_strategies.table(Wanted(kinds=SHAPES, sparse=False), 10, 2), st.integers(2, 5))
def test_a_track_in_every_frame_that_was_looked_at_has_no_gap(table, step):
    spread = table.with_columns(images=table.images * step + 1)
    looked = np.arange(10) * step + 1
    found = sparse(spread, looked=looked)
    whole = dense(found)
    on_grid = whole[np.isin(whole.images, looked)]
    assert_same(on_grid, spread)
    assert np.isin(found.images, looked).all()


@FEW
@given(
    clip_strategies.table(Wanted(kinds=SHAPES, sparse=False, attributes=True, lone=False), 12, 2),
    st.sampled_from([0.5, 0.8, 0.95]),
    st.booleans(),
)
def test_what_keyframes_show_is_within_the_tolerance(table, tolerance, smoothed):
    found = sparse(table, tolerance=tolerance, smoothed=smoothed)
    shown, wanted = ordered_by_track(dense(found)), ordered_by_track(table)
    np.testing.assert_array_equal(shown.images, wanted.images)
    np.testing.assert_array_equal(shown.labels, wanted.labels)
    np.testing.assert_array_equal(shown.flagged(Flag.OCCLUDED), wanted.flagged(Flag.OCCLUDED))
    if table.attributes is not None:
        assert [dict(a) for a in shown.attributes] == [dict(a) for a in wanted.attributes]
    upright = wanted.kinds == Kind.BOX
    iou = np.diag(boxes.iou(shown.boxes[upright], wanted.boxes[upright]))
    assert (iou >= tolerance - 1e-9).all()


def ordered_by_track(table):
    tracks = np.zeros(len(table)) if table.tracks is None else table.tracks
    return table[np.lexsort((table.images, tracks))]


def test_an_even_walk_needs_two_keyframes():
    found = sparse(walk(range(100)), tolerance=0.9)
    assert found.images.tolist() == [0, 99]
    assert found.flagged(Flag.KEYFRAME).all()


def test_noise_needs_more_and_smoothing_fewer():
    noisy = walk(range(200), jitter=2.0)
    plain = sparse(noisy, tolerance=0.9, smoothed=False)
    smooth = sparse(noisy, tolerance=0.9, smoothed=True)
    assert 2 < len(smooth) < len(plain) < 200


def test_a_gap_ends_with_outside_in_its_first_frame():
    found = sparse(walk([0, 1, 2, 6, 7]), tolerance=0.9)
    assert found.images.tolist() == [0, 2, 3, 6, 7]
    assert found.flagged(Flag.OUTSIDE).tolist() == [False, False, True, False, False]
    np.testing.assert_array_equal(found.boxes[2], found.boxes[1])


def test_a_class_flag_or_attribute_that_changes_has_a_keyframe():
    labels = [0] * 5 + [1] * 15
    flags = [0] * 9 + [int(Flag.OCCLUDED)] * 11
    attributes = [{"a": 1}] * 13 + [{"a": 2}] * 7
    table = walk(range(20), labels=labels, flags=flags, attributes=attributes)
    found = sparse(table, tolerance=0.9)
    assert found.images.tolist() == [0, 5, 9, 13, 19]


def test_interpolated_rows_do_not_make_keyframes():
    flags = [0, 0, int(Flag.INTERPOLATED), 0, 0]
    found = sparse(walk(range(5), flags=flags), tolerance=0.9)
    assert found.images.tolist() == [0, 4]


def test_ids_and_areas_stay_with_shapes_of_their_own():
    table = walk(range(50), jitter=1.0, ids=np.arange(50), areas=np.full(50, 9.0))
    found = sparse(table, tolerance=0.8, smoothed=True)
    same = (found.boxes == table.boxes[found.images]).all(axis=1)
    np.testing.assert_array_equal(found.ids[same], found.images[same])
    assert (found.ids[~same] == -1).all()
    assert np.isnan(found.areas[~same]).all()


def test_tags_have_a_keyframe_where_they_change():
    n = 6
    table = Annotations.of(
        n, images=range(n), tracks=[1] * n, kinds=[Kind.TAG] * n, labels=[0, 0, 0, 1, 1, 1]
    )
    found = sparse(table, tolerance=0.9)
    assert found.images.tolist() == [0, 3, 5]
    assert dense(found).labels.tolist() == table.labels.tolist()


@given(clip_strategies.table(Wanted(kinds=SHAPES), 10, 2))
def test_tracks_of_keyframes_and_lone_rows_stay(table):
    tracks = np.full(len(table), -1) if table.tracks is None else table.tracks
    keyed = np.unique(tracks[table.flagged(Flag.KEYFRAME)])
    kept = np.isin(tracks, keyed) | (tracks < 0)
    found = sparse(table)
    own = np.full(len(found), -1) if found.tracks is None else found.tracks
    assert_same(found[np.isin(own, keyed) | (own < 0)], table[kept], ("images", "labels", "boxes"))


@given(clip_strategies.table(Wanted(kinds=SHAPES), 10, 2))
def test_sparse_twice_changes_nothing(table):
    once = sparse(table)
    assert_same(sparse(once), once, ("images", "kinds", "labels", "boxes"))


def test_a_second_row_in_a_frame_stays_as_it_is():
    table = Annotations.concat([walk(range(3)), walk([1])])
    found = sparse(table, tolerance=0.9)
    assert sorted(found.images.tolist()) == [0, 1, 2]
    assert found.flagged(Flag.KEYFRAME).tolist() == [True, False, True]


def test_the_frames_of_the_tool_count():
    """Two source frames that share a frame of the tool are shown by one shape."""
    table = walk(range(10))
    positions = np.arange(10) // 2
    found = sparse(table, tolerance=0.9, positions=positions)
    assert len(set(positions[found.images].tolist())) == len(found)


def test_an_empty_table():
    assert len(sparse(Annotations.empty(), tolerance=0.9)) == 0


def test_a_tolerance_beyond_one_is_an_error():
    with pytest.raises(ValueError, match="tolerance"):
        sparse(walk(range(3)), tolerance=1.5)
