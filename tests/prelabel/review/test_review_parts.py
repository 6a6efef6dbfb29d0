"""Rarity, what models miss, what is to be expected of a picture: worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from prelabel.cost.table import EDITS, PRESETS, CostTable
from prelabel.review import rarity
from prelabel.review.blame import blame, needless, share_of_mistakes
from prelabel.review.outlook import MOVED, Outlook, Rows
from prelabel.review.unseen import Unseen

COUNTS = arrays.arrays(np.float64, st.integers(1, 12), elements=st.integers(0, 5000))


@settings(max_examples=50)
@given(COUNTS, st.sampled_from([0.0, 0.5, 1.0]))
def test_rare_classes_matter_more_up_to_a_limit(counts, power):
    found = rarity.weights(counts, power)
    assert np.isfinite(found).all()
    assert (found > 0).all()
    assert (found <= rarity.MOST).all()
    assert (np.diff(found[np.argsort(counts, kind="stable")]) <= 1e-12).all()
    if not power:
        assert found == pytest.approx(1.0)


def test_the_average_object_has_the_weight_one():
    counts = np.array([900.0, 90.0, 9.0])
    found = rarity.weights(counts, 0.5)
    assert np.average(found, weights=counts + 1) == pytest.approx(1.0, abs=0.01)
    assert found[1] / found[0] == pytest.approx((901 / 91) ** 0.5)
    assert found[2] == rarity.MOST
    assert rarity.weights(np.empty(0)).shape == (0,)


def outlook(**more):
    rows = Rows(np.array([0, 1]), np.array([0.2, 0.0]), np.array([0.0, 0.5]), np.array([0.5, 0.0]))
    return Outlook(rows, np.array([0.25]), np.array([1]), 0.5, (), **more)


def test_expected_edits_by_hand():
    told = dict(zip(EDITS, outlook().edits().tolist(), strict=True))
    assert told == pytest.approx(
        {
            "verify": 0.4 + 0.5,
            "adjust": 0.4,
            "delete": 0.2,
            "draw": 0.75,
            "relabel": 0.5,
            "picture": 1,
        }
    )


def test_seconds_errors_and_soundness_by_hand():
    cost, found = CostTable(verify=1, adjust=10, delete=100, draw=1000, relabel=1e4), outlook()
    assert found.seconds(cost) == pytest.approx(0.9 + 4 + 20 + 750 + 5000)
    assert found.afresh(cost) == pytest.approx(1000 * (0.8 + 1 + 0.25 + 0.5))
    assert found.errors() == pytest.approx(0.2 + 0.5 + 0.25 + 0.5)
    assert found.sound() == pytest.approx(0.8 * 0.5 * 0.75 * np.exp(-0.5))
    weights = np.array([1.0, 2.0])
    assert found.worth(weights) == pytest.approx(0.2 + 0.8 * MOVED * 0.5 + 2 * 0.5 + 2 * 0.25 + 0.5)


def test_an_empty_picture_costs_nothing():
    none = np.empty(0)
    found = Outlook(Rows(none.astype(int), none, none, none), none, none.astype(int), 0.0, ())
    assert found.seconds(PRESETS["boxes"]) == found.errors() == found.afresh(PRESETS["boxes"]) == 0
    assert found.sound() == 1


def test_unseen_objects_follow_a_line():
    expected = np.array([0.0, 2, 4, 6])
    assert Unseen.learned(expected, 1 + 0.5 * expected).of(10) == pytest.approx(6)
    assert Unseen.learned(np.empty(0), np.empty(0)) == Unseen()


@settings(max_examples=50)
@given(arrays.arrays(np.float64, (9, 2), elements=st.floats(0, 50)))
def test_unseen_objects_are_never_negative(pairs):
    found = Unseen.learned(*pairs.T)
    assert found.of(0.0) >= 0
    assert found.of(100.0) >= 0


@settings(max_examples=50)
@given(st.floats(0, 1), st.floats(0.001, 0.5))
def test_blame_is_a_chance_that_rises_with_the_models_trust(agreed, share):
    pair = blame(np.array([agreed * 0.9, agreed]), share)
    assert 0 <= pair[0] <= pair[1] <= 1
    pair = needless(np.array([agreed * 0.9, agreed]), share)
    assert 0 <= pair[0] <= pair[1] <= 1


def test_blame_is_bayes_rule():
    """Of 1,000 like proposals 900 are right; 2 % of the labels miss them: 18 against 100."""
    assert blame(np.array([0.9]), 0.02)[0] == pytest.approx(18 / 118)
    assert needless(np.array([0.9]), 0.02)[0] == pytest.approx(0.02 / (0.02 + 0.98 * 0.1))


def test_the_surest_contradictions_tell_how_many_labels_are_wrong():
    rng = np.random.default_rng(0)
    agreed = np.r_[np.full(2000, 0.999), np.full(2000, 0.5)]
    wrong = np.r_[rng.random(2000) < 0.04, rng.random(2000) < 0.5]
    assert share_of_mistakes(agreed, wrong, 4000) == pytest.approx(0.04, abs=0.02)
    assert 0 < share_of_mistakes(np.empty(0), np.empty(0, dtype=bool), 0) <= 0.2
