import json
from pathlib import Path

import numpy as np
import pytest

from geometry.dawid_skene import dawid_skene
from geometry.errors import GeometryError

CASES = json.loads((Path(__file__).parent / "golden" / "dawid_skene.json").read_text())
"""Made by crowd-kit 1.4.2 after 30 rounds: see golden/generate.py."""


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['classes']} classes")
def test_classes_and_errors_are_crowd_kits(case):
    units, raters, votes = np.array(case["votes"]).T
    model = dawid_skene(units, raters, votes, rounds=30, tolerance=-1)
    np.testing.assert_allclose(model.posterior[case["units"]], case["posterior"], atol=1e-7)
    np.testing.assert_allclose(model.prior, case["prior"], atol=1e-7)
    np.testing.assert_allclose(model.confusion, case["confusion"], atol=1e-7)


def drawn(seed, skill, classes=4, units=300):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes, units)
    right = rng.random((units, len(skill))) < skill
    votes = np.where(right, truth[:, None], (truth[:, None] + 1) % classes)
    unit, rater = (grid.ravel() for grid in np.indices(votes.shape))
    return truth, (unit, rater, votes.ravel())


@pytest.mark.parametrize("smoothing", [0.0, 1.0])
def test_one_good_rater_outvotes_two_poor_ones(smoothing):
    truth, votes = drawn(0, [0.97, 0.6, 0.6])
    model = dawid_skene(*votes, smoothing=smoothing)
    majority = np.array([np.bincount(v, minlength=4).argmax() for v in votes[2].reshape(-1, 3)])
    assert (model.labels() == truth).mean() > (majority == truth).mean() + 0.1
    assert model.accuracy().argmax() == 0
    np.testing.assert_allclose(model.confusion.sum(axis=2), 1, atol=1e-9)
    np.testing.assert_allclose(model.posterior.sum(axis=1), 1, atol=1e-9)


def test_the_order_of_votes_and_the_names_of_raters_do_not_matter():
    _, (units, raters, votes) = drawn(1, [0.9, 0.7, 0.8])
    order = np.random.default_rng(2).permutation(len(units))
    names = np.array([2, 0, 1])
    one = dawid_skene(units, raters, votes)
    other = dawid_skene(units[order], names[raters[order]], votes[order])
    np.testing.assert_allclose(other.posterior, one.posterior, atol=1e-9)
    np.testing.assert_allclose(other.confusion[names], one.confusion, atol=1e-9)


def test_raters_who_always_agree_are_always_right():
    model = dawid_skene([0, 0, 1, 1], [0, 1, 0, 1], [2, 2, 0, 0], classes=3)
    assert model.labels().tolist() == [2, 0]
    np.testing.assert_allclose(model.accuracy(), 1, atol=1e-6)


def test_units_without_a_vote_have_the_prior_and_no_votes_say_nothing():
    model = dawid_skene([0, 2], [0, 0], [1, 1], classes=2, count=3)
    np.testing.assert_allclose(model.posterior[1], model.prior, atol=1e-9)
    nothing = dawid_skene([], [], [], classes=2, count=1)
    assert nothing.posterior.tolist() == [[0.5, 0.5]]
    assert nothing.rounds == 0
    assert nothing.confusion.shape == (0, 2, 2)


@pytest.mark.parametrize(
    ("votes", "said"),
    [
        (([0], [0, 1], [0]), "1 units, 2 raters, 1 votes"),
        (([0], [0], [-1]), "expected 0 up to"),
        (([0], [0], [5]), "expected 0 up to"),
    ],
)
def test_votes_that_cannot_be(votes, said):
    with pytest.raises(GeometryError, match=said):
        dawid_skene(*votes, classes=2)
