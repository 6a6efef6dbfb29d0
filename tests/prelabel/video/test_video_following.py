"""Camera motion between any frames, and what the tracker is shown."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.annotations import Annotations
from formats.tracks import rows
from prelabel.job import Asked
from prelabel.video.following import floored, follow, least_scores
from prelabel.video.looking import batches, before
from prelabel.video.motions import motions
from prelabel.video.options import Tracking
from prelabel.video.seen import Seen, gathered, record, recorded

STEPS = st.tuples(st.floats(-0.1, 0.1), st.floats(0.9, 1.1), st.floats(-9, 9), st.floats(-9, 9))


def step(turn: float, scale: float, x: float, y: float) -> np.ndarray:
    cos, sin = scale * np.cos(turn), scale * np.sin(turn)
    return np.array([[cos, -sin, x], [sin, cos, y], [0, 0, 1]])


def seen(frame: int, found: Annotations | None = None, **rest: object) -> Seen:
    table = Annotations.empty() if found is None else found
    return Seen(f"a#{frame}", frame, frame / 25, (64, 64), table, **rest)


@given(steps=st.lists(STEPS, min_size=2, max_size=9), data=st.data())
def test_motions_follow_whatever_they_were_measured_from(steps: list, data: st.DataObject) -> None:
    """A frame's motion is measured from some earlier frame; asked for are those between others."""
    poses = [np.eye(3)]
    for values in steps:
        poses.append(step(*values) @ poses[-1])
    frames = [seen(0)]
    for frame in range(1, len(poses)):
        since = data.draw(st.integers(0, frame - 1))
        motion = (poses[frame] @ np.linalg.inv(poses[since]))[:2]
        frames.append(seen(frame, motion=tuple(motion.ravel()), since=since))
    looked = sorted(data.draw(st.sets(st.integers(0, len(steps)), min_size=2)))
    found = motions(frames, looked)
    assert sorted(found) == looked[1:]
    for a, b in pairwise(looked):
        true = poses[b] @ np.linalg.inv(poses[a])
        np.testing.assert_allclose(found[b], true[:2], atol=1e-6)


def test_a_camera_that_was_not_measured_stands_still() -> None:
    found = motions([seen(0), seen(4), seen(8)], [0, 4, 8])
    np.testing.assert_array_equal(found[8], np.eye(3)[:2])


@pytest.mark.parametrize(
    "rest", [{}, {"failure": "x"}, {"motion": (1.0, 0, 2, 0, 1, 3), "since": 4}]
)
def test_a_frame_comes_back_from_its_line(rest: dict) -> None:
    one = seen(7, None if "failure" in rest else tables([0.5])[0], **rest)
    back = recorded(record(one, "0" * 64).line, "here")
    assert (back.path, back.frame, back.time, back.size) == ("a#7", 7, 7 / 25, (64, 64))
    assert (back.failure, back.motion, back.since) == (one.failure, one.motion, one.since)
    assert len(back.found or ()) == len(one.found or ())


@given(
    wanted=st.lists(st.integers(0, 99), unique=True).map(sorted),
    done=st.sets(st.integers(0, 99)),
    size=st.integers(1, 7),
)
def test_batches_do_not_depend_on_what_is_done(
    wanted: list[int], done: set[int], size: int
) -> None:
    found = batches(wanted, done, size)
    assert set(found) <= set(batches(wanted, (), size))
    assert {f for batch in found for f in batch} >= set(wanted) - done
    assert all(set(batch) - done for batch in found)


def test_the_frame_before_each() -> None:
    assert before([8, 0, 3]) == {3: 0, 8: 3}
    assert before([]) == {}


def tables(*scores: list[float]) -> list[Annotations]:
    """Frames with detections side by side that stand still, with these scores."""
    return [
        Annotations.of(
            len(values),
            boxes=np.array([[40 * k, 10, 40 * k + 30, 60] for k in range(len(values))], float),
            scores=np.array(values, float),
            labels=np.arange(len(values)) % 2,
        )
        for values in scores
    ]


def test_weak_detections_go_on_with_tracks_and_stand_alone_only_above_the_least() -> None:
    frames = tables([0.9, 0.3, 0.15], [0.9, 0.3, 0.15], [0.15, 0.3, 0.15], [0.9, 0.3, 0.15])
    shown = [seen(i, table) for i, table in enumerate(frames)]
    least = least_scores(Asked(conf=0.25), ["a", "b"], [0, 1], 2)
    found = follow(shown, np.arange(4) / 25, Tracking(), least)
    alone = rows.ids(found.table) < 0
    assert found.table.scores[~alone].min() == 0.15
    assert (found.table.scores[alone] >= 0.25).all()
    assert found.counts.blips == int(alone.sum())
    dropped = follow(shown, np.arange(4) / 25, Tracking(drop_blips=True), least)
    assert not (rows.ids(dropped.table) < 0).any()


def test_what_a_person_is_shown_does_not_tremble() -> None:
    rng = np.random.default_rng(0)
    frames = []
    for i in range(40):
        walker = np.array([[20 + 2 * i, 10, 60 + 2 * i, 110.0]]) + rng.normal(0, 2, (1, 4))
        frames.append(Annotations.of(1, boxes=walker, scores=np.array([0.9]), labels=np.array([0])))
    shown = [seen(i, table) for i, table in enumerate(frames)]
    times, least = np.arange(40) / 25, np.array([0.25])
    found = follow(shown, times, Tracking(), least)
    own = np.concatenate([table.boxes for table in frames])
    np.testing.assert_allclose(found.table.boxes, own, atol=0.01)
    assert rows.ids(found.shown).tolist() == [0] * 40
    trembling = [np.abs(np.diff(t.boxes, 2, axis=0)).mean() for t in (found.table, found.shown)]
    assert trembling[1] < trembling[0] / 4
    exact = follow(shown, times, Tracking(exact=True), least)
    np.testing.assert_array_equal(exact.shown.boxes, exact.table.boxes)


def test_a_clip_in_which_nothing_could_be_looked_at() -> None:
    failed = Seen("a#0", 0, 0.0, (64, 64), None, "broken")
    found = follow([failed], np.zeros(1), Tracking(), np.zeros(1))
    assert (len(found.table), found.looked.tolist()) == (0, [])


@pytest.mark.parametrize("count", [1, 255, 256, 257, 600])
def test_many_small_tables_become_one_in_order(count: int) -> None:
    shown = [seen(2 * i, tables([0.5, 0.1 + i / 2000])[0]) for i in range(count)]
    sight = gathered(shown)
    assert sight.looked.tolist() == [2 * i for i in range(count)]
    assert sight.table.images.tolist() == [2 * i for i in range(count) for _ in range(2)]
    assert sight.table.scores[1::2].tolist() == [0.1 + i / 2000 for i in range(count)]


def test_the_least_score_of_several_classes_that_become_one() -> None:
    asked = Asked(conf=0.5, thresholds=(("van", 0.3), ("dog", 0.05)))
    names = ["car", "van", "dog", "cat"]
    assert least_scores(asked, names, [0, 0, 1, -1], 3).tolist() == [0.3, 0.05, np.inf]
    assert floored(asked).conf == 0.1
    assert dict(floored(asked).thresholds) == {"van": 0.1, "dog": 0.05}
