import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW, arrays
from strategies import rotated as some_rotated

from geometry import boxes, rotated
from geometry.errors import GeometryError
from geometry.rings import Rings
from geometry.tracks import RULES, Track, interpolate
from geometry.tracks.rules import named

FRAMES = [3, 5, 10]
KINDS = {
    "box": Track(FRAMES, [[0, 0, 10, 20], [4, 0, 10, 30], [0, 5, 20, 25]]),
    "rotated": Track.of(FRAMES, rotated=[[5, 5, 8, 4, 0.1], [9, 5, 8, 4, 0.4], [9, 9, 8, 6, 3]]),
    "polygon": Track.of(FRAMES, rings=Rings.of([[[np.eye(3)[:, :2] * k + k]] for k in (5, 6, 8)])),
    "line": Track.of(
        FRAMES, rings=Rings.of([[[np.eye(3)[:, :2] * k]] for k in (5, 6, 8)]), closed=False
    ),
    "keypoints": Track.of(FRAMES, keypoints=np.arange(18.0).reshape(3, 2, 3) % 7 + 1),
}


def same(a, b):
    for name, column in a.columns().items():
        if isinstance(column, Rings):
            assert column == b.columns()[name]
        else:
            np.testing.assert_array_equal(column, b.columns()[name])


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", KINDS)
def test_keyframes_come_as_they_are_and_the_ends_are_held(kind, rule):
    track = KINDS[kind]
    assert track.kind == kind
    same(interpolate(track, FRAMES, rule), track)
    beyond = interpolate(track, [-4, 3, 10, 99], rule)
    same(beyond, track[[0, 0, 2, 2]])
    assert beyond.frames.tolist() == [-4, 3, 10, 99]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", KINDS)
def test_order_and_repetition_of_what_is_asked_do_not_matter(kind, rule):
    track, at = KINDS[kind], np.array([9, 4, 4, 7, 3, 6])
    together = interpolate(track, at, rule)
    for k, frame in enumerate(at):
        same(together[[k]], interpolate(track, [frame], rule))


@FEW
@given(arrays((2, 2, 2), 0, 90), st.integers(1, 30), st.integers(0, 30))
def test_boxes_are_numpys_interp(corners, gap, at):
    ends = np.sort(corners, axis=1).reshape(2, 4)
    found = interpolate(Track([10, 10 + gap], ends), [10 + at])
    wanted = [np.interp(10 + at, [10, 10 + gap], side) for side in ends.T]
    np.testing.assert_allclose(found.boxes[0], wanted, atol=1e-9)


@FEW
@given(some_rotated(least=2, most=2))
def test_unrotated_and_turned_boxes_keep_sides_and_centre_even(ends):
    track = Track.of([0, 4], rotated=ends)
    for rule in ("linear", "cvat"):
        found = interpolate(track, np.arange(5), rule).rotated[:, :4]
        wanted = np.linspace(ends[0, :4], ends[1, :4], 5)
        np.testing.assert_allclose(found, wanted, atol=1e-9)
    corners = rotated.corners(interpolate(track, np.arange(5), "label-studio").rotated)[:, 0]
    np.testing.assert_allclose(corners, np.linspace(corners[0], corners[-1], 5), atol=1e-9)


def test_all_rules_agree_on_boxes():
    track = KINDS["box"]
    for rule in RULES:
        same(interpolate(track, np.arange(12), rule), interpolate(track, np.arange(12)))


def test_between_frames():
    found = interpolate(KINDS["box"], [3.5, 7.5])
    assert found.frames.tolist() == [3.5, 7.5]
    assert found.boxes.tolist() == [[1, 0, 10, 22.5], [2, 2.5, 15, 27.5]]


def test_boxes_are_bounds_where_the_keyframes_have_bounds_and_blended_where_stated():
    quarter = np.array([[50, 50, 40, 10, 0], [50, 50, 40, 10, np.pi / 2]])
    bounds = Track.of([0, 2], rotated=quarter)
    found = interpolate(bounds, [1])
    np.testing.assert_allclose(found.boxes, rotated.bounds(found.rotated))
    stated = bounds.with_columns(boxes=[[0, 0, 100, 100], [20, 20, 100, 100]])
    assert interpolate(stated, [1]).boxes.tolist() == [[10, 10, 100, 100]]


def test_a_keypoint_moves_where_both_keyframes_have_it_and_looks_like_the_earlier():
    first = [[0, 0, 2], [10, 10, 1], [20, 20, 2], [np.nan, np.nan, 0]]
    last = [[10, 0, 1], [20, 10, 2], [0, 0, 0], [5, 5, 2]]
    shown = interpolate(Track.of([0, 10], keypoints=[first, last]), [5]).keypoints[0]
    np.testing.assert_array_equal(shown, [[5, 0, 2], [15, 10, 1], [20, 20, 2], [np.nan, np.nan, 0]])


def test_errors():
    with pytest.raises(GeometryError, match="without rows"):
        interpolate(Track([], np.empty((0, 4))), [1])
    with pytest.raises(GeometryError, match="ascending"):
        interpolate(Track([1, 1], [[0, 0, 1, 1]] * 2), [1])
    with pytest.raises(GeometryError, match="did you mean 'label-studio'"):
        interpolate(KINDS["box"], [1], "labelstudio")
    assert named(RULES["cvat"]) is RULES["cvat"]
    assert len(interpolate(KINDS["box"], [])) == 0
    assert boxes.area(interpolate(KINDS["box"], []).boxes).tolist() == []
