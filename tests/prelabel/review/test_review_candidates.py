"""Proposals of several models as one list of objects, and what became of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.annotations import Annotations, Flag, Kind
from prelabel.review.candidates import gather
from prelabel.review.outcomes import compare

LOOKED = np.ones((1, 2), dtype=bool)


def boxes(*rows, flags=None, **more):
    """Rows of x0 y0 x1 y1 label score."""
    table = np.array(rows, dtype=float).reshape(-1, 6)
    return Annotations.of(
        len(table),
        boxes=table[:, :4],
        labels=table[:, 4].astype(np.int32),
        scores=table[:, 5],
        flags=flags,
        **more,
    )


def test_rows_of_one_object_are_one():
    found = gather(
        [boxes((0, 0, 10, 10, 0, 0.9)), boxes((0, 0, 10, 9, 0, 0.6), (50, 50, 60, 60, 0, 0.5))],
        LOOKED,
    )
    assert found.owner.tolist() == [0, 1]
    assert found.row.tolist() == [0, 1]
    assert np.array_equal(found.scores, [[0.9, 0.6], [np.nan, 0.5]], equal_nan=True)
    assert found.likeness[0] == pytest.approx([1.0, 0.9])


def test_another_class_in_the_same_place_is_a_rival():
    found = gather([boxes((0, 0, 10, 10, 0, 0.9)), boxes((0, 0, 10, 9, 1, 0.6))], LOOKED)
    assert found.rival.tolist() == [1, 0]
    assert found.repeated.tolist() == [0, 0]


def test_the_best_rival_counts():
    rows = boxes((0, 0, 10, 10, 0, 0.9), (0, 0, 10, 9, 1, 0.2), (0, 0, 10, 9.5, 2, 0.8))
    assert gather([rows], LOOKED[:, :1]).rival[0] == 2


def test_a_second_shape_of_an_object_repeats_the_better_one():
    rows = boxes((0, 0, 10, 10, 0, 0.3), (0, 0, 10, 8, 0, 0.9), (90, 90, 99, 99, 0, 0.4))
    found = gather([rows], LOOKED[:, :1])
    assert found.repeated == pytest.approx([0.8, 0, 0])


def test_a_row_without_a_score_is_certain():
    assert gather([boxes((0, 0, 10, 10, 0, np.nan))], LOOKED[:, :1]).scores[0, 0] > 0.9


def test_nothing_proposed():
    found = gather([boxes(), boxes()], LOOKED)
    assert len(found) == 0
    assert found.scores.shape == (0, 2)


@settings(max_examples=30)
@given(st.integers(0, 1000), st.integers(1, 3), st.randoms(use_true_random=False))
def test_every_row_is_in_one_candidate_whatever_its_order(seed, models, shuffle):
    rng = np.random.default_rng(seed)
    tables = []
    for _ in range(models):
        n = int(rng.integers(0, 8))
        corner = rng.uniform(0, 60, (n, 2))
        ends = corner + rng.uniform(10, 40, (n, 2))
        labels, scores = rng.integers(0, 3, n), rng.random(n)
        tables.append(boxes(*np.column_stack([corner, ends, labels, scores])))
    looked = np.ones((1, models), dtype=bool)
    found = gather(tables, looked)
    for m, table in enumerate(tables):
        told = found.scores[:, m]
        assert sorted(told[~np.isnan(told)]) == pytest.approx(sorted(table.scores))
    orders = [shuffle.sample(range(len(t)), len(t)) for t in tables]
    mixed = gather([t[o] for t, o in zip(tables, orders, strict=True)], looked)
    assert len(mixed) == len(found)
    assert sorted(mixed.repeated) == pytest.approx(sorted(found.repeated))


def outcome(rows, truth, first=None):
    first = np.ones(len(rows), dtype=bool) if first is None else np.array(first)
    return compare(rows, truth, first)


def test_found_mistaken_loose_and_nothing():
    rows = boxes(
        (0, 0, 10, 10, 0, 0.9),
        (20, 0, 30, 10, 1, 0.9),
        (40, 0, 50, 10, 0, 0.9),
        (80, 80, 90, 90, 0, 0.9),
    )
    truth = boxes((0, 0, 10, 9, 0, np.nan), (20, 0, 30, 10, 0, np.nan), (46, 0, 56, 10, 0, np.nan))
    found = outcome(rows, truth)
    assert found.found.tolist() == [True, False, False, False]
    assert found.mistaken.tolist() == [False, True, False, False]
    assert found.object.tolist()[:2] == [0, 1]
    assert found.object[3] == -1
    assert found.counts.all()


def test_a_badly_placed_shape_is_still_of_its_object():
    found = outcome(boxes((0, 0, 10, 10, 0, 0.9)), boxes((5, 0, 15, 10, 0, np.nan)))
    assert found.object.tolist() == [0]
    assert not found.found.any()
    assert found.likeness[0] == pytest.approx(1 / 3)


def test_the_first_choose_before_better_fitting_ones():
    rows = boxes((0, 0, 10, 10, 0, 0.9), (0, 0, 10, 9, 0, 0.05))
    truth = boxes((0, 0, 10, 9, 0, np.nan))
    assert outcome(rows, truth, [True, False]).found.tolist() == [True, False]
    assert outcome(rows, truth, [True, True]).found.tolist() == [False, True]


def test_what_a_crowd_covers_is_unknown():
    crowd = boxes((0, 0, 100, 100, 0, np.nan), flags=[Flag.CROWD])
    found = outcome(boxes((10, 10, 20, 20, 0, 0.9), (10, 10, 20, 20, 1, 0.9)), crowd)
    assert found.ignored.tolist() == [True, False]
    assert found.counts.tolist() == [False]


def test_tags_are_compared_too():
    tags = {"kinds": [Kind.TAG]}
    nowhere = (np.nan,) * 4
    found = outcome(boxes((*nowhere, 0, 0.9), **tags), boxes((*nowhere, 0, np.nan), **tags))
    assert found.found.tolist() == [True]
