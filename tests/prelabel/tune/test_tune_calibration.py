"""Calibrated chances, what showing a detection saves, and least scores."""

import numpy as np
import pytest
from drawn_detections import chance, drawn

from prelabel.cost.table import PRESETS, CostTable
from prelabel.errors import SettingsError
from prelabel.tune.calibration import Calibration, calibrate, savings
from prelabel.tune.curves import Curve
from prelabel.tune.examples import KEPT, NOTHING, Examples
from prelabel.tune.material import material
from prelabel.tune.thresholds import FLOOR, NEVER, best_f1, hits, least_cost, pooled_least_cost


@pytest.fixture(scope="module")
def replay():
    return material(*drawn(200)).replay


@pytest.fixture(scope="module")
def learned(replay):
    return calibrate(replay.examples(), ["a", "b", "c"])


def test_chances_are_those_of_the_drawing(learned):
    scores = np.array([0.03, 0.1, 0.3, 0.6, 0.9])
    told = 1 - learned.outcomes(scores, np.full(5, -1))[:, NOTHING]
    assert told == pytest.approx(chance(scores), abs=0.04)
    assert learned.exact.chances(scores, np.full(5, -1)) == pytest.approx([0.5] * 5, abs=0.1)


def test_chances_add_up_and_grow_with_the_score(learned):
    scores = np.linspace(0, 1, 50)
    for label in (-1, 0, 2):
        table = learned.outcomes(scores, np.full(50, label))
        assert table.sum(axis=1) == pytest.approx(np.ones(50))
        assert (table >= 0).all()
        assert (np.diff(learned.correct(scores, np.full(50, label))) >= 0).all()
    assert learned.outcomes([], []).shape == (0, 5)


def test_a_calibration_survives_its_json(learned):
    again = Calibration.of_json(learned.as_json())
    scores, labels = np.linspace(0.01, 0.99, 9), np.arange(9) % 3
    assert (again.outcomes(scores, labels) == learned.outcomes(scores, labels)).all()
    for broken in ({}, {**learned.as_json(), "labels": ["a"]}, {**learned.as_json(), "exact": 3}):
        with pytest.raises(SettingsError, match="is no calibration"):
            Calibration.of_json(broken, "here.json")


def test_nothing_to_learn_from_means_that_scores_are_believed():
    none = Examples(*(np.empty(0, dtype) for dtype in (float, int, int, int)))
    found = calibrate(none, ["a"])
    scores = np.array([0.2, 0.5, 0.8])
    assert 1 - found.outcomes(scores, [0, 0, 0])[:, NOTHING] == pytest.approx(scores)


def sure(slope, intercept, classes=2):
    """A calibration without other classes, whose shapes are all exact."""
    nothing = np.zeros(classes)
    names = tuple("ab"[:classes])
    return Calibration(
        names, Curve(intercept, slope, nothing), Curve(-50, 0, nothing), Curve(50, 0, nothing)
    )


@pytest.mark.parametrize("name", PRESETS)
def test_the_rule_of_the_least_score(name):
    """Show iff p > c_delete / (c_delete + c_draw - c_fix), where scores are chances."""
    costs = PRESETS[name]
    rule = costs.delete / (costs.delete + costs.draw - costs.verify)
    found = least_cost(sure(1.0, 0.0), costs)
    assert found == pytest.approx(max(rule, FLOOR), abs=0.005)
    assert pooled_least_cost(sure(1.0, 0.0), costs) == found[0]


def test_all_is_shown_or_nothing():
    boxes = PRESETS["boxes"]
    assert least_cost(sure(1.0, 9.0), boxes).tolist() == [FLOOR, FLOOR]
    assert least_cost(sure(1.0, -30.0), boxes).tolist() == [NEVER, NEVER]
    dear = CostTable(verify=9, adjust=9, delete=1, draw=5, relabel=9)
    assert least_cost(sure(1.0, 0.0), dear).tolist() == [NEVER, NEVER]


def test_classes_have_thresholds_of_their_own():
    found = sure(1.0, 0.0)
    apart = Curve(0.0, 1.0, np.array([2.0, -2.0]))
    low, high = least_cost(
        Calibration(found.labels, apart, found.other, found.exact), PRESETS["boxes"]
    )
    assert low < pooled_least_cost(found, PRESETS["boxes"]) < high


def test_savings_are_expected_seconds():
    costs = PRESETS["boxes"]
    assert savings(np.eye(5), costs).tolist() == pytest.approx([23.8, 17.5, 22.5, 14.5, -1.5])
    half = np.array([[0.5, 0, 0, 0, 0.5]])
    assert savings(half, costs)[0] == pytest.approx((23.8 - 1.5) / 2)


@pytest.mark.parametrize("name", ["clicks", "boxes", "polygons"])
def test_no_other_threshold_costs_much_less(replay, learned, name):
    costs = PRESETS[name]

    def seconds(least):
        return costs.seconds(replay.counts(replay.scores >= least)).mean()

    own = costs.seconds(replay.counts(replay.scores >= least_cost(learned, costs)[replay.labels]))
    best = min(seconds(least) for least in np.arange(0.01, 0.8, 0.01))
    assert own.mean() <= 1.01 * best


def test_best_f1_is_the_best(replay):
    def f1(least):
        found, both = replay.found(replay.scores >= least).sum(axis=0)
        return 2 * found / both

    best = f1(best_f1(hits(replay)))
    assert all(f1(least) <= best for least in np.arange(0.01, 0.99, 0.01))


def test_examples_of_the_drawing_are_what_they_are(replay):
    outcomes = replay.examples().outcomes
    assert set(outcomes.tolist()) <= {KEPT, 1, NOTHING}
