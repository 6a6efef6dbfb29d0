"""`Rings` against the nested lists that it stands for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import FEW, rings

from geometry.errors import GeometryError
from geometry.rings import Rings


def nested(column):
    return [[[ring.tolist() for ring in part] for part in row] for row in column]


@FEW
@given(rings())
def test_rows_come_back(column):
    rows = nested(column)
    assert len(column) == len(rows)
    assert nested(Rings.of(rows)) == rows
    assert Rings.of(rows) == column
    assert column.counts().tolist() == [len(row) for row in rows]


@FEW
@given(rings(least=1), st.data())
def test_rows_are_chosen_as_from_a_list(column, data):
    rows = nested(column)
    chosen = data.draw(st.lists(st.integers(-len(rows), len(rows) - 1), max_size=6))
    assert nested(column[np.array(chosen, dtype=np.int64)]) == [rows[k] for k in chosen]
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))))
    assert nested(column[keep]) == [row for row, kept in zip(rows, keep, strict=True) if kept]
    assert nested(column[::-2]) == rows[::-2]


@FEW
@given(st.lists(rings(most=3), max_size=3))
def test_concat_joins_rows(columns):
    assert nested(Rings.concat(columns)) == [row for column in columns for row in nested(column)]


def test_empty_rows():
    column = Rings.empty(3)
    assert nested(column) == [[], [], []]
    assert Rings.concat([column, Rings.empty(1)]) == Rings.empty(4)
    assert column != Rings.empty(2)


def test_moved_keeps_the_structure():
    column = Rings.of([[[[(0, 0), (4, 0), (4, 4)]], [[(9, 9), (9, 8), (8, 8)]]]])
    assert nested(column.moved(column.points + 1)) == [
        [[[[1, 1], [5, 1], [5, 5]]], [[[10, 10], [10, 9], [9, 9]]]]
    ]
    with pytest.raises(ValueError, match="read-only"):
        column.points[0] = 1


def test_points_must_be_what_the_offsets_say():
    with pytest.raises(GeometryError, match="end at 3, there are 4 points"):
        Rings(np.zeros((4, 2)), np.array([0, 3]), np.array([0, 1]), np.array([0, 1]))
