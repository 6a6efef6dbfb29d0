"""The table of columns: rows in, the same rows out."""

from __future__ import annotations

import numpy as np
import pytest
from dataset_strategies import datasets
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.annotations import Annotations
from formats.columns import COLUMNS, Flag, Kind
from formats.dataset import Dataset
from geometry.errors import GeometryError
from geometry.rings import Rings


def equal(a: Annotations, b: Annotations) -> None:
    assert a.columns().keys() == b.columns().keys()
    for name, value in a.columns().items():
        other = getattr(b, name)
        same = (
            value == other
            if isinstance(value, Rings)
            else np.array_equal(value, other, equal_nan=value.dtype.kind == "f")
        )
        assert same, name


def tables(dataset: Dataset) -> list[Annotations]:
    return [item.annotations for item in dataset.items if item.annotations is not None]


@settings(max_examples=25)
@given(dataset=datasets(), data=st.data())
def test_joined_tables_come_apart_again(dataset: Dataset, data: st.DataObject) -> None:
    parts = tables(dataset)
    joined = Annotations.concat(parts)
    assert len(joined) == sum(map(len, parts))
    start = 0
    for part in parts:
        piece = joined[start : start + len(part)]
        start += len(part)
        for row, original in zip(piece.rows(), part.rows(), strict=True):
            assert row.kind == original.kind
            assert row.track == original.track
            assert dict(row.extra) == dict(original.extra)
            np.testing.assert_array_equal(row.box, original.box)
            assert repr(row.rings or []) == repr(original.rings or [])


@settings(max_examples=25)
@given(dataset=datasets())
def test_every_way_to_choose_rows_is_the_same(dataset: Dataset) -> None:
    for table in tables(dataset):
        half = np.arange(len(table)) % 2 == 0
        equal(table[half], table[np.flatnonzero(half)])
        equal(table[half], table[::2])
        equal(table[np.arange(len(table))], table)
        assert len(table[[]]) == 0


def test_columns_are_read_only_and_checked() -> None:
    table = Annotations.of(2, boxes=np.zeros((2, 4)), tracks=[1, 2])
    for value in table.columns().values():
        with pytest.raises(ValueError, match="read-only"):
            value[0] = 0
    with pytest.raises(GeometryError, match=r"boxes has shape \(2, 3\), expected \(2, 4\)"):
        Annotations.of(2, boxes=np.zeros((2, 3)))
    with pytest.raises(GeometryError, match="rings has 1 rows, expected 2"):
        Annotations.of(2, rings=Rings.empty(1))


def test_blank_columns_say_nothing() -> None:
    table = Annotations.of(2, **{n: c.blank(2) for n, c in COLUMNS.items()})
    row = table.row(1)
    assert (row.track, row.id, row.group, row.source, row.flags) == (-1, -1, -1, -1, 0)
    assert row.rotated is None
    assert np.isnan(row.score)


def test_tags_have_no_shape_and_flags_are_bits() -> None:
    table = Annotations.of(
        3, kinds=[Kind.BOX, Kind.TAG, Kind.MASK], flags=[Flag.CROWD | Flag.OCCLUDED, 0, Flag.CROWD]
    )
    assert table.shapes().kinds.tolist() == [Kind.BOX, Kind.MASK]
    assert table.flagged(Flag.CROWD).tolist() == [True, False, True]
    assert Annotations.empty().flagged(Flag.CROWD).tolist() == []


def test_keypoints_of_different_counts_are_joined() -> None:
    one = Annotations.of(keypoints=np.ones((1, 2, 3)))
    two = Annotations.of(keypoints=np.ones((1, 4, 3)), boxes=[[0, 0, 1, 1]])
    joined = Annotations.concat([one, two, Annotations.of(1)])
    assert joined.keypoints is not None
    assert np.isnan(joined.keypoints).any(axis=2).sum(axis=1).tolist() == [2, 0, 4]
    assert len(Annotations.concat([])) == 0
