"""Joining what windows saw: the rules, each alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.annotations import Annotations
from prelabel import seams
from prelabel.seams import Views

WINDOWS = np.array([[0, 0, 100, 100], [70, 0, 170, 100], [0, 0, 170, 100]], float)
VIEWS = Views(WINDOWS, shared=30)
LEFT, RIGHT, WHOLE = range(3)


def join(*rows: tuple) -> list[tuple]:
    """Rows (window, label, score, x0, y0, x1, y1) -> (label, score, x0, y0, x1, y1) that stay."""
    table = np.array(rows, float).reshape(-1, 7)
    found = Annotations.of(
        len(table), boxes=table[:, 3:], labels=table[:, 1].astype(int), scores=table[:, 2]
    )
    kept = seams.join(found, table[:, 0].astype(int), VIEWS)
    return [(r.label, r.score, *r.box.tolist()) for r in kept.rows()]


def test_nothing() -> None:
    assert join() == []


def test_a_cut_row_goes_where_the_other_window_shows_more() -> None:
    assert join((LEFT, 0, 0.9, 85, 10, 100, 30), (RIGHT, 0, 0.8, 85, 10, 110, 30)) == [
        (0, 0.8, 85, 10, 110, 30)
    ]
    assert join((LEFT, 0, 0.9, 85, 10, 100, 30)) == []


def test_the_edge_of_the_picture_cuts_nothing() -> None:
    assert join((LEFT, 0, 0.9, 0, 0, 20, 100)) == [(0, 0.9, 0, 0, 20, 100)]


def test_of_two_whole_views_the_better_stays() -> None:
    assert join((LEFT, 0, 0.7, 75, 10, 95, 30), (RIGHT, 0, 0.8, 76, 10, 96, 30)) == [
        (0, 0.8, 76, 10, 96, 30)
    ]


def test_other_classes_and_rows_of_one_window_are_left_alone() -> None:
    rows = [(LEFT, 0, 0.7, 10, 10, 40, 30), (LEFT, 0, 0.6, 12, 10, 42, 30)]
    assert len(join(*rows)) == 2
    assert len(join((LEFT, 0, 0.7, 75, 10, 95, 30), (RIGHT, 1, 0.8, 75, 10, 95, 30))) == 2


def test_the_whole_speaks_for_large_objects_only() -> None:
    assert join((WHOLE, 0, 0.9, 40, 10, 60, 30)) == []
    assert join((WHOLE, 0, 0.9, 30, 10, 65, 30)) == [(0, 0.9, 30, 10, 65, 30)]
    assert join((WHOLE, 0, 0.9, 80, 10, 105, 30)) == []


def test_the_whole_replaces_pieces() -> None:
    pieces = [(LEFT, 0, 0.9, 30, 10, 100, 50), (RIGHT, 0, 0.8, 70, 10, 150, 50)]
    assert join(*pieces, (WHOLE, 0, 0.5, 31, 10, 149, 51)) == [(0, 0.5, 31, 10, 149, 51)]
    assert join(*pieces, (WHOLE, 1, 0.5, 31, 10, 149, 51))[0] == (0, 0.9, 30, 10, 150, 50)


def test_pieces_that_disagree_about_what_both_windows_show_stay_two() -> None:
    pieces = [(LEFT, 0, 0.9, 30, 10, 100, 30), (RIGHT, 0, 0.8, 70, 26, 150, 46)]
    assert join(*pieces) == [(0, 0.9, 30, 10, 100, 30), (0, 0.8, 70, 26, 150, 46)]


@pytest.mark.parametrize("column", ["rotated", "keypoints"])
def test_shapes_that_cannot_be_united_are_left_as_the_best_piece_saw_them(column: str) -> None:
    box = np.array([[30.0, 10, 100, 30], [70, 10, 150, 30]])
    shapes = {"rotated": np.array([[65.0, 20, 70, 20, 0], [110, 20, 80, 20, 0]])}
    shapes["keypoints"] = np.array([[[40.0, 20, 2]], [[75.0, 20, 2]]])
    found = Annotations.of(boxes=box, scores=[0.6, 0.8], **{column: shapes[column]})
    kept = seams.join(found, np.array([LEFT, RIGHT]), VIEWS)
    assert kept.boxes.tolist() == [[70, 10, 150, 30]]
    assert np.array_equal(getattr(kept, column), shapes[column][1:])


@given(st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=40))
def test_groups_are_what_pairs_connect(pairs: list[tuple[int, int]]) -> None:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    i, j = np.array(pairs, int).reshape(-1, 2).T
    links = coo_array((np.ones(len(i), bool), (i, j)), shape=(30, 30))
    expected = connected_components(links, directed=False)[1]
    group = seams._groups(30, i, j)
    assert np.array_equal(group[:, None] == group, expected[:, None] == expected)
