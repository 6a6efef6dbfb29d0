"""`prelabel.review.logistic`: scipy's optimiser finds the same weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from prelabel.review.logistic import Belief, Fit, fit, logit, sigmoid


def drawn(seed, n=60, width=3):
    rng = np.random.default_rng(seed)
    rows = np.column_stack([rng.normal(size=(n, width - 1)), np.ones(n)])
    return rows, rng.random(n) < sigmoid(rows @ rng.normal(size=width))


def test_the_most_likely_weights_are_scipys():
    rows, happened = drawn(1)
    belief = Belief(np.array([1.0, 0.0, -1.0]), np.array([0.5, 2.0, 1.0]))

    def unlikely(weights):
        odds = rows @ weights
        told = (happened * odds - np.logaddexp(0, odds)).sum()
        return 0.5 * (((weights - belief.centre) / belief.spread) ** 2).sum() - told

    found = fit(rows, happened, belief)
    assert found.weights == pytest.approx(minimize(unlikely, np.zeros(3)).x, abs=1e-4)


def test_no_rows_leave_the_belief():
    belief = Belief(np.array([1.0, -2.0]), np.array([0.5, 0.1]))
    found = fit(np.empty((0, 2)), np.empty(0, dtype=bool), belief)
    assert found.weights.tolist() == [1.0, -2.0]
    assert np.diag(found.covariance) == pytest.approx([0.25, 0.01])


def test_a_weight_without_spread_stays():
    rows, happened = drawn(2)
    found = fit(rows, happened, Belief(np.array([3.0, 0.0, 0.0]), np.array([0.0, 1.0, 1.0])))
    assert found.weights[0] == 3.0
    assert found.covariance[0].tolist() == [0, 0, 0]


def test_more_rows_are_surer():
    belief = Belief(np.zeros(3), np.ones(3))
    few, many = (fit(*drawn(3, n), belief) for n in (20, 2000))
    assert np.all(np.diag(many.covariance) < np.diag(few.covariance))


def test_the_covariance_holds_the_true_weights():
    rng, true = np.random.default_rng(0), np.array([1.5, -0.5])
    inside = []
    for _ in range(200):
        rows = np.column_stack([rng.normal(size=400), np.ones(400)])
        found = fit(
            rows, rng.random(400) < sigmoid(rows @ true), Belief(np.zeros(2), np.full(2, 9.0))
        )
        inside.append(np.abs(found.weights - true) < 1.96 * np.sqrt(np.diag(found.covariance)))
    assert np.mean(inside) == pytest.approx(0.95, abs=0.03)


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 30), st.sampled_from([0.0, 1.0, None]))
def test_chances_are_chances_even_where_rows_all_say_the_same(seed, n, always):
    rows, happened = drawn(seed, n)
    rows *= 50
    if always is not None:
        happened[:] = always
    chances = fit(rows, happened, Belief(np.zeros(3), np.ones(3))).chances(rows)
    assert np.isfinite(chances).all()
    assert ((chances >= 0) & (chances <= 1)).all()


def test_log_odds_and_back():
    chances = np.array([0.01, 0.5, 0.99])
    assert sigmoid(logit(chances)) == pytest.approx(chances)
    assert np.isfinite(logit(np.array([0.0, 1.0]))).all()
    assert np.isnan(logit(np.array([np.nan]))).all()
    assert Fit.of(Belief(np.zeros(1), np.ones(1))).chances(np.zeros((0, 1))).shape == (0,)
