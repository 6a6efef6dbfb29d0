"""Thresholds, the best class of each candidate, and rows that are finished."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.dataset import Label
from prelabel.errors import ModelError
from prelabel.models import candidates
from prelabel.models.candidates import corners, least_scores, of_rows, strongest
from prelabel.models.card import Card
from prelabel.models.query import Query

LABELS = (Label("cat"), Label("dog"), Label("fox"))
CARD = Card("m", "yolo", "detect", LABELS, (64, 64), "", "raw", "images")


def test_least_scores_follow_the_query() -> None:
    query = Query(conf=0.5, thresholds={"dog": 0.25}, labels=frozenset({"cat", "dog"}))
    assert least_scores(CARD, query).tolist() == [0.5, 0.25, np.inf]
    assert least_scores(CARD, Query(conf=0.5)).tolist() == [0.5, 0.5, 0.5]


@given(st.integers(1, 4), st.integers(0, 30), st.integers(0, 9999))
def test_strongest_is_the_best_class_where_it_reaches_its_threshold(
    classes: int, count: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    scores = (rng.integers(0, 9, (classes, count)) / 8).astype(np.float32)
    least = rng.choice(np.array([0, 0.25, 0.5, np.inf], np.float32), classes)
    expected = [
        (column, int(scores[:, column].argmax()), float(scores[:, column].max()))
        for column in range(count)
        if scores[:, column].max() > 0
        and scores[:, column].max() >= least[scores[:, column].argmax()]
    ]
    assert list(zip(*(x.tolist() for x in strongest(scores, least)), strict=True)) == expected


def test_a_class_that_is_not_wanted_hides_no_other() -> None:
    """The best class decides: a candidate is not passed on to its second best."""
    scores = np.array([[0.9, 0.1], [0.8, 0.7]], dtype=np.float32)
    columns, classes, _ = strongest(scores, np.array([np.inf, 0.5], np.float32))
    assert (columns.tolist(), classes.tolist()) == ([1], [1])


def test_too_many_candidates_lose_the_weakest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "MOST", 2)
    scores = np.array([[0.5, 0.9, 0.7, 0.6]], dtype=np.float32)
    columns, _, found = strongest(scores, np.array([0.1], np.float32))
    assert columns.tolist() == [1, 2]
    assert found == pytest.approx([0.9, 0.7])


def test_scores_that_are_no_numbers_are_no_candidates() -> None:
    scores = np.array([[np.nan, 0.5]], dtype=np.float32)
    assert strongest(scores, np.array([0.1], np.float32))[0].tolist() == [1]


def test_rows_are_sorted_and_padding_is_left_out() -> None:
    rows = np.array(
        [[0, 0, 1, 1, 0.3, 1, 7], [0, 0, 2, 2, 0.9, 2, 8], [0] * 7, [0, 0, 3, 3, 0.1, 0, 9]]
    )
    found = of_rows(rows, np.array([0.2, 0.2, 0.2], np.float32), "m")
    assert found.classes.tolist() == [2, 1]
    assert found.extra.tolist() == [[8], [7]]


def test_a_class_without_a_name_is_an_error() -> None:
    row = np.array([[0, 0, 1, 1, 0.9, 3]])
    with pytest.raises(ModelError, match="m: it found class 3, 3 classes have names"):
        of_rows(row, np.zeros(3, np.float32), "m")


def test_corners_of_centres() -> None:
    assert corners(np.array([[10, 20, 4, 6]], np.float32)).tolist() == [[8, 17, 12, 23]]
    assert corners(np.empty((0, 4), np.float32)).shape == (0, 4)


def test_a_model_without_classes_has_no_thresholds() -> None:
    assert least_scores(replace(CARD, labels=()), Query()).shape == (0,)
