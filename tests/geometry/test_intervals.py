"""Intervals: they hold the true figure as often as they say, and repeat with their seed."""

import numpy as np
import pytest
from scipy.stats import binomtest

from geometry import agreement, intervals
from geometry.errors import GeometryError


def share(sums):
    return agreement.precision(sums[:, 0], sums[:, 1], 0)


def test_bootstrap_holds_the_true_figure_about_as_often_as_it_says():
    rng = np.random.default_rng(3)
    held = 0
    for k in range(200):
        many = rng.poisson(5, 60)
        right = rng.binomial(many, 0.7)
        low, high = intervals.bootstrap(
            np.column_stack([right, many - right]), share, repeats=300, seed=k
        )
        held += low <= 0.7 <= high
    assert 180 <= held <= 199


def test_pictures_in_groups_have_the_same_spread():
    rng = np.random.default_rng(4)
    many = rng.poisson(5, 5000)
    right = rng.binomial(many, 0.7)
    sums = np.column_stack([right, many - right])
    grouped = intervals.bootstrap(sums, share)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(intervals, "MOST", 10_000)
        plain = intervals.bootstrap(sums, share, repeats=400)
    width = plain[1] - plain[0]
    assert grouped == pytest.approx(plain, abs=0.25 * width)


def test_bootstrap_repeats_and_takes_arrays():
    sums = np.random.default_rng(5).integers(0, 9, (30, 4, 2))

    def by_class(drawn):
        return agreement.precision(drawn[..., 0], drawn[..., 1], 0)

    low, high = intervals.bootstrap(sums, by_class, seed=1)
    again = intervals.bootstrap(sums, by_class, seed=1)
    assert low.shape == high.shape == (4,)
    np.testing.assert_array_equal(low, again[0])
    assert (low < by_class(sums.sum(axis=0)[None])[0]).all()
    assert (intervals.bootstrap(sums, by_class, seed=2)[0] != low).any()


def test_wider_for_a_higher_level():
    sums = np.random.default_rng(6).integers(0, 9, (30, 2))
    low, high = intervals.bootstrap(sums, share, level=0.5)
    lowest, highest = intervals.bootstrap(sums, share, level=0.99)
    assert lowest < low < high < highest


@pytest.mark.parametrize("sums", [np.empty((0, 2)), np.zeros((3, 2))], ids=["none", "empty"])
def test_nothing_to_draw_is_the_figure_itself(sums):
    assert intervals.bootstrap(sums, share) == (1, 1)


@pytest.mark.parametrize(("k", "n"), [(0, 1), (3, 10), (10, 10), (49, 1000)])
def test_wilson_is_scipys(k, n):
    wanted = binomtest(k, n).proportion_ci(0.9, method="wilson")
    assert intervals.wilson(k, n, 0.9) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


def test_wilson_of_nothing_is_everything():
    low, high = intervals.wilson([0, 2], [0, 4])
    assert (low[0], high[0]) == (0, 1)
    assert 0 < low[1] < 0.5 < high[1] < 1


@pytest.mark.parametrize("rest", [{"repeats": 0}, {"level": 1.0}, {"level": 0}])
def test_refuses(rest):
    with pytest.raises(GeometryError):
        intervals.bootstrap(np.ones((2, 2)), share, **rest)
