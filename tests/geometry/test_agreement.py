"""Figures of agreement: the definitions, alpha's table of values, and properties."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geometry import agreement
from geometry.agreement import MISSING, UNRATED
from geometry.errors import GeometryError

COUNTS = st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
M = MISSING


@st.composite
def units(draw):
    """What some raters said of some objects: three classes, missing, not rated."""
    raters = draw(st.integers(2, 4))
    row = st.lists(st.integers(UNRATED, 2), min_size=raters, max_size=raters)
    return np.array(draw(st.lists(row, max_size=8)), dtype=np.int64).reshape(-1, raters)


def plain_alpha(rows):
    """Krippendorff's alpha as 1 - observed / expected disagreement, over all pairs of ratings."""
    told = [[v for v in row if v != UNRATED] for row in rows]
    told = [row for row in told if len(row) > 1]
    everything = [v for row in told for v in row]
    seen = sum(sum(a != b for a, b in permutations(row, 2)) / (len(row) - 1) for row in told) / max(
        len(everything), 1
    )
    chance = sum(a != b for a, b in permutations(everything, 2))
    if not chance:
        return 1.0
    return 1 - seen / (chance / (len(everything) * (len(everything) - 1)))


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        ([[0, 0], [1, 1]], 1),
        ([[0, 0], [0, M]], 0),
        ([[0, 0], [1, M]], 0.4),
        ([], 1),
        ([[0, M], [1, M]], -0.2),
        ([[0, 0, 0], [1, 1, M]], 6 / 11),
        ([[0, M], [0, M]], -0.5),
        ([[0, 0, 0], [0, 0, M]], 0),
        ([[0, M], [M, 0]], -0.5),
        ([[0, 1], [1, 0]], -0.5),
        ([[0, 0], [0, 0]], 1),
        ([[0, UNRATED], [1, UNRATED]], 1),
    ],
)
def test_alpha_of_known_cases(rows, value):
    raters = len(rows[0]) if rows else 2
    found = agreement.alpha(np.array(rows, dtype=int).reshape(-1, raters))
    assert found == pytest.approx(value, abs=1e-12)


@given(rows=units())
def test_alpha_is_one_less_observed_over_expected_disagreement(rows):
    assert agreement.alpha(rows) == pytest.approx(plain_alpha(rows.tolist()), abs=1e-9)


@given(rows=units(), data=st.data())
def test_alpha_knows_no_order_of_raters_objects_or_names(rows, data):
    columns = data.draw(st.permutations(range(rows.shape[1])))
    order = data.draw(st.permutations(range(len(rows))))
    names = np.array([*data.draw(st.permutations([0, 1, 7])), UNRATED, MISSING])
    found = agreement.alpha(names[rows[order][:, columns]])
    assert found == pytest.approx(agreement.alpha(rows), abs=1e-12)


@given(rows=units(), raters=st.integers(2, 4))
def test_alpha_of_raters_who_say_the_same_is_1(rows, raters):
    assert agreement.alpha(np.repeat(rows[:, :1], raters, axis=1)) == 1


@given(rows=units(), cut=st.integers(0, 8))
def test_sums_of_parts_give_alpha_of_the_whole(rows, cut):
    agreed, counts = 0.0, np.zeros(4)
    for part in (rows[:cut], rows[cut:]):
        _, category, often, share = agreement.ratings(part)
        agreed += share.sum()
        np.add.at(counts, category, often)  # missing, -1, is the last one
    assert agreement.alpha_of(agreed, counts) == pytest.approx(agreement.alpha(rows), abs=1e-12)


@pytest.mark.parametrize("rows", [[0, 1], [[0, -3]]], ids=["one row", "a category below"])
def test_alpha_refuses(rows):
    with pytest.raises(GeometryError):
        agreement.alpha(rows)


@given(counts=COUNTS, share=st.floats(0, 1))
def test_figures_are_their_definitions(counts, share):
    tp, fp, fn = counts
    total, whole = share * tp, tp + fp + fn
    if not whole:
        wanted = (1, 1, 1, 1, 1)
    else:
        p, r = (tp / (tp + x) if tp + x else 0.0 for x in (fp, fn))
        f = 2 * p * r / (p + r) if p + r else 0.0
        wanted = (p, r, f, total / whole, total / (tp + fp / 2 + fn / 2))
    found = (
        agreement.precision(*counts),
        agreement.recall(*counts),
        agreement.f1(*counts),
        agreement.mean_iou(total, *counts),
        agreement.pq(total, *counts),
    )
    assert found == pytest.approx(wanted)
    assert np.isfinite(found).all()


@given(counts=COUNTS)
def test_figures_are_symmetric(counts):
    tp, fp, fn = counts
    assert agreement.f1(tp, fp, fn) == agreement.f1(tp, fn, fp)
    assert agreement.pq(tp / 2, tp, fp, fn) == agreement.pq(tp / 2, tp, fn, fp)
    assert agreement.precision(tp, fp, fn) == agreement.recall(tp, fn, fp)


def test_figures_of_arrays():
    np.testing.assert_array_equal(agreement.f1([0, 0, 2], [0, 1, 0], [0, 0, 0]), [1, 0, 1])
    np.testing.assert_array_equal(agreement.mean_iou([0.0, 1.5], [0, 2], 0, [0, 1]), [1, 0.5])
