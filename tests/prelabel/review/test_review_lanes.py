"""`prelabel.review.lanes`: scipy's exact intervals, and a risk that holds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from prelabel.review.lanes import Acceptance, acceptance, exact, needed


@settings(max_examples=60)
@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_clopper_and_pearsons(count):
    k, n = count
    wanted = stats.binomtest(k, n).proportion_ci(0.95, method="exact")
    assert exact(k, n) == pytest.approx((wanted.low, wanted.high), abs=1e-9)


@pytest.mark.parametrize(("risk", "pictures"), [(0.05, 59), (0.1, 29), (0.2, 14)])
def test_so_many_sound_pictures_prove_a_risk(risk, pictures):
    assert needed(risk) == pictures
    sound, wrong = np.linspace(1, 0.9, pictures), np.zeros(pictures, dtype=bool)
    assert acceptance(sound, wrong, risk).pictures == pictures
    few = acceptance(sound[1:], wrong[1:], risk)
    assert few.pictures == 0
    assert f"takes {pictures} corrected pictures, there are {pictures - 1}" in few.reason
    assert not few.takes(1.0)


def test_the_lane_ends_where_errors_begin():
    sound = np.linspace(1, 0, 400)
    found = acceptance(sound, sound < 0.5, 0.05)
    assert 0.4 < found.least < 0.6
    assert found.low <= found.wrong / found.pictures <= 0.05
    assert found.takes(0.99)
    assert not found.takes(0.1)


def test_equal_chances_go_together():
    sound = np.r_[np.ones(100), np.zeros(100)]
    wrong = np.r_[np.zeros(60, bool), np.ones(40, bool), np.zeros(100, bool)]
    assert acceptance(sound, wrong, 0.05).pictures == 0


@pytest.mark.parametrize("rate", [0.06, 0.12])
def test_a_greater_risk_is_seldom_accepted(rate):
    """Where every lane is too risky, one is accepted in at most some 5 of 100 cases."""
    rng = np.random.default_rng(0)
    accepted = [
        acceptance(rng.random(150), rng.random(150) < rate, 0.05).pictures > 0 for _ in range(300)
    ]
    assert np.mean(accepted) <= 0.08


def test_nothing_accepted_says_why():
    told = Acceptance(reason="no pictures").as_json()
    assert told == {"risk": None, "reason": "no pictures"}
    sound = np.linspace(1, 0, 100)
    assert "too many" in acceptance(sound, np.ones(100, dtype=bool), 0.05).reason
