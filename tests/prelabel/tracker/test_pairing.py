import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import arrays

from prelabel.tracker import pairing

SHAPES = st.tuples(st.integers(0, 4), st.integers(0, 5))


def pairs(likeness, least):
    i, j = np.nonzero(likeness >= least)
    taken = pairing.pairs(i, j, likeness[i, j])
    return i[taken], j[taken]


def best(likeness, least):
    """The greatest sum over all ways to pair, by trying them all."""
    worth = np.where(likeness >= least, likeness, 0.0)
    if worth.shape[0] > worth.shape[1]:
        worth = worth.T
    ways = itertools.permutations(range(worth.shape[1]), worth.shape[0])
    return max((sum(worth[i, j] for i, j in enumerate(way)) for way in ways), default=0.0)


@pytest.fixture(params=[1 << 22, -1], ids=["table", "sparse"])
def large(request, monkeypatch):
    monkeypatch.setattr(pairing, "LARGE", request.param)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), SHAPES, st.sampled_from([0.1, 0.5, 0.9]))
def test_no_other_pairs_are_worth_more(large, data, shape, least):
    likeness = data.draw(arrays(shape, 0.0, 1.0))
    likeness = np.where(data.draw(arrays(shape, 0.0, 1.0)) < 0.5, 0.0, likeness)
    i, j = pairs(likeness, least)
    assert len(set(i.tolist())) == len(i) == len(j) == len(set(j.tolist()))
    assert (likeness[i, j] >= least).all()
    np.testing.assert_allclose(likeness[i, j].sum(), best(likeness, least))


def test_many_at_once(large):
    rng = np.random.default_rng(0)
    likeness = np.where(rng.random((200, 150)) < 0.02, rng.random((200, 150)), 0.0)
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(likeness, maximize=True)
    i, j = pairs(likeness, 1e-9)
    np.testing.assert_allclose(likeness[i, j].sum(), likeness[rows, columns].sum())
