"""The tracker on drawn motion whose truth is known, and what holds for every input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW
from strategies import boxes as some_boxes

from formats.annotations import Annotations, Kind
from prelabel.errors import SettingsError
from prelabel.tracker import Tracker, TrackerOptions, track


def table(boxes, scores=0.9, labels=0):
    boxes = np.asarray(boxes, dtype=float).reshape(-1, 4)
    n = len(boxes)
    return Annotations.of(
        n, boxes=boxes, scores=np.broadcast_to(scores, n), labels=np.broadcast_to(labels, n)
    )


def at(x, y=100.0, width=20.0, height=40.0):
    return [x, y, x + width, y + height]


def numbers(frames, rate=25.0, options=None, motion=None):
    """The track numbers of each frame's rows."""
    follow = Tracker(options, rate)
    return [follow.update(i, None, found, motion).tracks.tolist() for i, found in enumerate(frames)]


def test_two_objects_keep_their_numbers():
    frames = [table([at(10 + 2 * i), at(300 - 2 * i, 180)]) for i in range(40)]
    assert numbers(frames) == [[0, 1]] * 40


@pytest.mark.parametrize("rate", [2.0, 10.0, 60.0])
def test_the_rate_does_not_matter(rate):
    """Two people walk towards each other at a size per second, whatever the frame rate."""
    step = 30 / rate
    steps = int(4 * rate)
    frames = [table([at(100 + step * i), at(400 - step * i, 160)]) for i in range(steps)]
    assert set(map(tuple, numbers(frames, rate)[1:])) == {(0, 1)}


def test_they_pass_each_other():
    """One is hidden behind the other for a third of a second."""
    frames = []
    for i in range(60):
        left, right = at(100 + 3 * i), at(280 - 3 * i, 102)
        frames.append(table([left] if 26 <= i <= 33 else [left, right]))
    found = numbers(frames)
    assert found[-1] == found[0] == [0, 1]


def test_a_new_track_is_numbered_with_its_second_detection():
    frames = [table([]), table([at(50)]), table([at(51)]), table([at(52)])]
    assert numbers(frames) == [[], [-1], [0], [0]]


def test_what_is_there_from_the_start_is_numbered_at_once():
    assert numbers([table([at(50)]), table([at(51)])]) == [[0], [0]]


def test_weak_detections_go_on_with_a_track_and_begin_none():
    scores = [0.9, 0.9, 0.9, 0.3, 0.3, 0.9]
    frames = [table([at(50), at(200)], [score, 0.3]) for score in scores]
    assert numbers(frames) == [[0, -1]] * 6


def test_a_track_that_only_fades_is_in_doubt():
    """A ghost that a track stepped on: its number is withheld, and comes back with certainty."""
    scores = [0.9] * 25 + [0.3] * 75 + [0.9] * 50
    found = [row[0] for row in numbers([table([at(50)], score) for score in scores])]
    assert found[:30] == [0] * 30
    assert found[95] == -1
    assert found[-1] == 0


def test_classes_are_kept_apart():
    frames = [table([at(50)], labels=i % 2) for i in range(6)]
    assert {n for row in numbers(frames) for n in row} == {0, -1}
    free = TrackerOptions(gate_classes=False)
    assert numbers(frames, options=free) == [[0]] * 6


def test_it_waits_in_seconds():
    for rate in (5.0, 50.0):
        for gap, same in ((0.8, True), (1.5, False)):
            frames = [table([at(50)])] * int(2 * rate)
            frames += [table([])] * int(gap * rate) + [table([at(50)])] * 3
            assert (numbers(frames, rate)[-1] == [0]) is same


def test_a_camera_that_jumps():
    frames = [table([at(10 + 60 * i), at(80 + 60 * i)]) for i in range(12)]
    known = np.array([[1.0, 0, 60], [0, 1, 0]])
    assert numbers(frames, motion=known) == [[0, 1]] * 12
    assert numbers(frames) != [[0, 1]] * 12


def test_other_shapes_keep_everything():
    boxes = np.array([at(50), at(90), [np.nan] * 4, [5, 5, 5, 9]])
    found = table(boxes).with_columns(
        kinds=np.array([Kind.ROTATED, Kind.POINTS, Kind.TAG, Kind.BOX]),
        scores=np.array([0.9, np.nan, 0.9, 0.9]),
        ids=np.arange(4),
        rotated=np.ones((4, 5)),
    )
    follow = Tracker()
    for frame in range(3):
        told = follow.update(frame, frame / 25, found)
    assert told.tracks.tolist() == [0, 1, -1, -1]
    assert told.ids.tolist() == [0, 1, 2, 3]
    assert told.rotated is not None


FRAMES = st.lists(some_boxes(most=6), max_size=8)


@FEW
@given(FRAMES, st.integers(0, 2**32 - 1))
def test_rows_and_their_order_stay(frames, seed):
    """Detections out are detections in, and no number is given twice in a frame."""
    rng = np.random.default_rng(seed)
    follow = Tracker()
    for i, boxes in enumerate(frames):
        found = table(boxes, rng.uniform(0, 1, len(boxes)), rng.integers(0, 2, len(boxes)))
        told = follow.update(i, i / 10, found)
        np.testing.assert_array_equal(told.boxes, found.boxes)
        np.testing.assert_array_equal(told.scores, found.scores)
        given_out = told.tracks[told.tracks >= 0]
        assert len(set(given_out.tolist())) == len(given_out)


@FEW
@given(FRAMES, st.floats(-500, 500), st.sampled_from([0.5, 2.0, 8.0]))
def test_moved_and_scaled_alike(frames, shift, scale):
    """Where the picture's origin is, and how large a pixel, does not matter."""
    frames = [boxes for boxes in frames if len(boxes)]
    large = [boxes + [0, 0, 8, 8] for boxes in frames]
    first = numbers([table(boxes) for boxes in large])
    assert first == numbers([table(boxes * scale) for boxes in large])
    assert first == numbers([table(boxes + shift) for boxes in large])


@FEW
@given(FRAMES)
def test_two_trackers_do_not_disturb_each_other(frames):
    alone = numbers([table(boxes) for boxes in frames])
    one, other = Tracker(), Tracker()
    for i, boxes in enumerate(frames):
        other.update(i, None, table(boxes + 3))
        assert one.update(i, None, table(boxes)).tracks.tolist() == alone[i]


@FEW
@given(FRAMES)
def test_a_whole_clip_is_frame_by_frame(frames):
    images = np.repeat(np.arange(len(frames)), [len(boxes) for boxes in frames])
    whole = table(np.concatenate([np.empty((0, 4)), *frames])).with_columns(images=images)
    told = track(whole, np.arange(len(frames)) / 25)
    each = numbers([table(boxes) for boxes in frames])
    assert told.tracks.tolist() == [number for row in each for number in row]


def test_skipped_frames_are_no_misses():
    """A clip of 100 frames looked at once a second: nobody is lost between the looks."""
    looked = np.arange(0, 100, 25)
    whole = table([at(50 + 4 * i) for i in range(4)]).with_columns(images=looked)
    told = track(whole, np.arange(100) / 25, looked=looked)
    assert told.tracks.tolist() == [0] * 4


@pytest.mark.parametrize(
    "wrong", [{"high": 1.5}, {"low": -0.1}, {"keep": -1}, {"doubt": float("nan")}, {"memory": -2}]
)
def test_options_that_mean_nothing(wrong):
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        TrackerOptions(**wrong)
