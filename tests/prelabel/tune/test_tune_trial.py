"""Thresholds tried on pictures that they were not learned from."""

import numpy as np
import pytest
from drawn_detections import drawn

from prelabel.cost.table import PRESETS
from prelabel.tune import trial
from prelabel.tune.calibration import calibrate
from prelabel.tune.material import material
from prelabel.tune.saved import mean, saved
from prelabel.tune.thresholds import best_f1, hits, least_cost
from prelabel.tune.trial import BEST_F1, NONE, RIVALS, TUNED, parts, trials

LABELS = ["a", "b", "c"]


@pytest.fixture(scope="module")
def replay():
    return material(*drawn(60)).replay


@pytest.fixture(scope="module")
def tried(replay):
    return trials(replay, LABELS, PRESETS, repeats=3)


@pytest.mark.parametrize("count", [10, 38, 101])
def test_parts_hold_every_picture_once(count):
    dealt = parts(count, 5, seed=3)
    assert sorted(np.concatenate(dealt).tolist()) == list(range(count))
    assert max(map(len, dealt)) - min(map(len, dealt)) <= 1
    assert not all((a == b).all() for a, b in zip(dealt, parts(count, 5, seed=4), strict=True))


def test_every_picture_is_shown_what_the_others_taught(replay):
    """The same by hand, for one round."""
    costs = PRESETS["boxes"]
    found = trials(replay, LABELS, {"boxes": costs}, repeats=1, seed=7)["boxes"]
    for held in parts(replay.count, 5, seed=7):
        others = replay.part(np.setdiff1d(np.arange(replay.count), held))
        least = least_cost(calibrate(others.examples(), LABELS), costs)
        own = replay.part(held)
        assert (found.edits[TUNED][held] == own.counts(own.scores >= least[own.labels])).all()
        plain = own.counts(own.scores >= best_f1(hits(others)))
        assert (found.edits[BEST_F1][held] == plain).all()


@pytest.mark.parametrize("name", PRESETS)
def test_tuned_thresholds_are_never_clearly_worse(tried, name):
    own = tried[name].seconds(TUNED).mean()
    best = min(tried[name].seconds(way).mean() for way in RIVALS)
    assert own <= best + max(1, 0.02 * best)


@pytest.mark.parametrize(("name", "share"), [("boxes", 0.05), ("polygons", 0.15)])
def test_they_pay_where_drawing_is_dear(tried, name, share):
    for way in RIVALS:
        found = saved(tried[name].seconds(TUNED), tried[name].seconds(way))
        assert found.value >= share
        assert 0 < found.low < found.value < found.high < 1


def test_without_pre_labels_everything_is_drawn(replay, tried):
    objects = np.bincount(replay.true_pictures, minlength=replay.count)
    assert (tried["boxes"].seconds(NONE) == 25.5 * objects).all()


def test_a_second_run_gives_the_same(replay):
    twice = [trials(replay, LABELS, {"": PRESETS["clicks"]}, repeats=1)[""] for _ in range(2)]
    for way in twice[0].edits:
        assert (twice[0].edits[way] == twice[1].edits[way]).all()
    assert set(trial.FIXED) < set(RIVALS)


def test_what_is_saved_is_paired():
    rng = np.random.default_rng(0)
    work = rng.exponential(100, 50)
    found = saved(0.9 * work, work)
    assert (found.low, found.value, found.high) == pytest.approx((0.1, 0.1, 0.1))
    assert mean(work).low < mean(work).value < mean(work).high
    assert saved(np.zeros(5), np.zeros(5)).value == 0
