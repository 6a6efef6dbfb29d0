"""Badly placed labels stand off from how models fit labels on the whole."""

import numpy as np
import pytest

from prelabel.review.features import Features
from prelabel.review.logistic import sigmoid
from prelabel.review.placing import Placing


def features(n, seed=0):
    rng = np.random.default_rng(seed)
    chances = rng.uniform(0.3, 0.99, n)
    none = np.zeros(n)
    told = Features(
        chances[:, None], np.ones((n, 1), bool), chances, chances, none, none * np.nan, none, none
    )
    return told, chances


def likeness(n, share, seed=1):
    """Of models that fit well but for some noise, and a share of labels that lie anywhere."""
    rng = np.random.default_rng(seed)
    bad = rng.random(n) < share
    return np.where(bad, rng.uniform(0.1, 0.7, n), sigmoid(rng.normal(2.2, 0.4, n))), bad


def test_the_share_of_bad_labels_is_learned():
    rows, objects = features(2000)
    found = [Placing.learned(rows, objects, likeness(2000, share)[0]) for share in (0.01, 0.1)]
    assert found[0].share == pytest.approx(0.01, abs=0.015)
    assert found[1].share == pytest.approx(0.1, abs=0.03)


def test_bad_labels_have_greater_chances():
    rows, objects = features(1000)
    fits, bad = likeness(1000, 0.05)
    chances = Placing.learned(rows, objects, fits).bad(rows, objects, fits)
    assert ((chances >= 0) & (chances <= 1)).all()
    assert chances[bad].mean() > 0.6
    assert chances[~bad].mean() < 0.03
    assert chances.sum() == pytest.approx(bad.sum(), rel=0.4)


def test_loose_models_blame_labels_less():
    rows, objects = features(500)
    rng = np.random.default_rng(2)
    tight, loose = (sigmoid(rng.normal(m, s, 500)) for m, s in ((2.5, 0.2), (1.0, 1.0)))
    one, at = features(1, 3), np.array([0.5])
    chances = [Placing.learned(rows, objects, fits).bad(*one, at)[0] for fits in (tight, loose)]
    assert chances[0] > 0.8 > 0.2 > chances[1]


def test_few_pairs_leave_the_belief():
    rows, objects = features(3)
    found = Placing.learned(rows, objects, np.array([0.9, 0.8, 0.7]))
    assert np.isfinite(found.bad(rows, objects, np.array([0.0, 0.5, 1.0]))).all()
    empty, none = features(0)
    assert found.bad(empty, none, none).shape == (0,)
