"""One-to-one matching: scipy is the oracle of the best sum, a plain walk that of the greedy one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from strategies import arrays, floats

from geometry import matching


@st.composite
def matrices(draw, whole=False):
    """Scores (N, M) with zeros where there is no pair; whole ones make ties."""
    shape = draw(st.tuples(st.integers(0, 9), st.integers(0, 9)))
    scores, there = (draw(arrays(shape, 0.0, 1.0)) for _ in range(2))
    scores = np.where(there < draw(floats(0.05, 1.0)), scores, 0)
    return np.ceil(scores * 4) / 4 if whole else scores


def pairs_of(scores):
    i, j = np.nonzero(scores)
    return i, j, scores[i, j]


def check(pairs, chosen):
    """Every row once, in the order of i."""
    i, j = pairs[0][chosen], pairs[1][chosen]
    assert (np.diff(i) > 0).all()
    assert len(set(j.tolist())) == len(j)
    return float(pairs[2][chosen].sum())


@pytest.mark.parametrize("dense", [0, 300], ids=["components", "one matrix"])
@given(scores=st.one_of(matrices(), matrices(whole=True)))
def test_best_sum_is_scipys(dense, scores):
    pairs = pairs_of(scores)
    best = scores[linear_sum_assignment(scores, maximize=True)].sum()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "DENSE", dense)
        assert check(pairs, matching.optimal(pairs, *scores.shape)) == pytest.approx(best, abs=1e-6)


@given(scores=matrices(whole=True))
def test_of_equal_sums_more_pairs_win(scores):
    """The most pairs that any choice of the best sum has, by scipy on sums with a bonus."""
    pairs = pairs_of(scores)
    worth = np.where(scores > 0, scores + 1e-3, 0)  # scores are quarters: the bonus decides ties
    most = (worth[linear_sum_assignment(worth, maximize=True)] > 0).sum()
    assert len(matching.optimal(pairs, *scores.shape)) == most


@given(scores=st.one_of(matrices(), matrices(whole=True)))
def test_greedy_is_the_plain_walk(scores):
    pairs = pairs_of(scores)
    taken, rows, columns = [], set(), set()
    for k in np.lexsort((pairs[1], pairs[0], -pairs[2])).tolist():
        if pairs[0][k] not in rows and pairs[1][k] not in columns:
            rows.add(pairs[0][k])
            columns.add(pairs[1][k])
            taken.append(k)
    assert sorted(taken) == sorted(matching.greedy(pairs, *scores.shape).tolist())


def test_greedy_is_not_the_best():
    scores = np.array([[0.9, 0.8], [0.8, 0.0]])
    assert check(pairs_of(scores), matching.optimal(pairs_of(scores), 2, 2)) == pytest.approx(1.6)
    assert check(pairs_of(scores), matching.greedy(pairs_of(scores), 2, 2)) == pytest.approx(0.9)


def test_many_small_components_are_solved_apart():
    rng = np.random.default_rng(0)
    blocks = rng.random((400, 3, 3))
    i, j = (np.tile(k, 400) for k in np.divmod(np.arange(9), 3))
    shift = np.repeat(np.arange(400), 9) * 3
    pairs = i + shift, j + shift, blocks.ravel()
    best = sum(block[linear_sum_assignment(block, maximize=True)].sum() for block in blocks)
    assert check(pairs, matching.optimal(pairs, 1200, 1200)) == pytest.approx(best)
