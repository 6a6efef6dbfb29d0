"""Chances by score and class, against a general optimiser."""

import numpy as np
import pytest
from scipy.optimize import minimize

from prelabel.tune import curves
from prelabel.tune.curves import Points, fit, fitted, log_odds

SPREAD = 0.5


def drawn(seed=0, rows=300, classes=3, offsets=(0.0, 0.0, 0.0), pictures=60, line=(0.5, 1.2)):
    rng = np.random.default_rng(seed)
    odds = rng.normal(-1, 1.5, rows)
    labels = rng.integers(0, classes, rows)
    chance = 1 / (1 + np.exp(-(line[0] + line[1] * odds + np.array(offsets)[labels])))
    happened = rng.random(rows) < chance
    return Points(
        odds, labels, rng.integers(0, pictures, rows), happened, rng.uniform(0.3, 1, rows)
    )


def posterior(values, points, spread, slope):
    """The negative log-posterior, written down plainly."""
    line, offsets = values[:2], values[2:]
    odds = line[0] + line[1] * points.odds + offsets[points.labels]
    surprise = points.weights @ np.logaddexp(0, np.where(points.happened, -odds, odds))
    away = np.array([line[0], line[1] - slope])
    return surprise + 0.5 * curves.STIFFNESS @ away**2 + 0.5 * offsets @ offsets / spread**2


@pytest.mark.parametrize("seed", range(3))
def test_the_fit_is_the_most_likely_curve(seed):
    points = drawn(seed, offsets=(1.0, -1.0, 0.0))
    found = fit(points, 3, SPREAD, slope=0.7)
    best = minimize(posterior, np.zeros(5), (points, SPREAD, 0.7), tol=1e-12)
    own = [found.intercept, found.slope, *found.offsets]
    assert own == pytest.approx(best.x, abs=1e-3)
    assert posterior(np.array(own), points, SPREAD, 0.7) <= best.fun + 1e-9


@pytest.mark.parametrize("certain", [50, 600])
def test_certain_detections_that_are_wrong_do_not_break_the_fit(certain):
    """Far out the log-posterior hardly bends, and a plain Newton's step leaps over the top."""
    points = drawn(3, rows=200)
    far = Points(
        np.concatenate([points.odds, np.full(certain, 9.2)]),
        np.concatenate([points.labels, np.arange(certain) % 3]),
        np.concatenate([points.pictures, np.arange(certain) % 60]),
        np.concatenate([points.happened, np.arange(certain) % 4 == 0]),
        np.concatenate([points.weights, np.ones(certain)]),
    )
    found = fit(far, 3, SPREAD)
    best = minimize(posterior, np.zeros(5), (far, SPREAD, 1.0), tol=1e-12)
    own = np.array([found.intercept, found.slope, *found.offsets])
    assert posterior(own, far, SPREAD, 1.0) <= best.fun + 1e-6


def test_without_spread_all_classes_are_one():
    found = fit(drawn(offsets=(2.0, -2.0, 0.0)), 3, 0.0)
    assert not found.offsets.any()


def test_a_rare_class_goes_with_the_rest():
    points = drawn(rows=400, offsets=(2.0, 0.0, 0.0))
    few = np.flatnonzero(points.labels == 0)[3:]
    rare = points[np.setdiff1d(np.arange(400), few)]
    much, little = (fit(p, 3, SPREAD).offsets[0] for p in (points, rare))
    assert abs(little) < 0.5 * much


@pytest.mark.parametrize("answer", [True, False])
def test_rows_that_all_say_the_same_give_a_curve(answer):
    points = drawn(rows=50)
    same = Points(points.odds, points.labels, points.pictures, np.full(50, answer), points.weights)
    found = fitted(same, 3)
    chances = found.chances([0.01, 0.5, 0.99], [0, 1, -1])
    assert np.isfinite(chances).all()
    assert (chances > 0.5).all() if answer else (chances < 0.5).all()


def test_no_rows_give_what_was_believed():
    found = fitted(drawn(rows=0), 3)
    scores = np.array([0.1, 0.5, 0.9])
    assert found.chances(scores, [-1, 0, 2]) == pytest.approx(scores)


@pytest.mark.parametrize(
    ("offsets", "wide"), [((0.0,) * 6, False), ((2, -2, 1.5, -1.5, 2, -2), True)]
)
def test_classes_differ_as_far_as_held_out_pictures_say(offsets, wide):
    points = drawn(1, 1500, 6, offsets, pictures=100)
    found = fitted(points, 6)
    narrow = fit(points, 6, curves.SPREADS[0])
    assert (found.offsets == narrow.offsets).all() is np.bool_(not wide)


def test_scores_beyond_the_edge_and_without_a_figure():
    edge = float(log_odds(1.0))
    assert log_odds([0.0, 1.0, np.nan]) == pytest.approx([-edge, edge, edge])
    assert log_odds(0.5) == 0
