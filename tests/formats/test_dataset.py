"""Chunks own one table; items see their rows of it; a data set can be walked twice."""

from __future__ import annotations

import numpy as np
from dataset_strategies import datasets
from hypothesis import given, settings

from formats import unheld
from formats.annotations import Annotations
from formats.columns import COLUMNS
from formats.dataset import Chunk, Dataset, Item, Label, chunked
from formats.losses import Losses


@settings(max_examples=25)
@given(dataset=datasets())
def test_a_chunk_gives_its_items_their_rows_back(dataset: Dataset) -> None:
    items = list(dataset.items)
    chunk = Chunk.of(items)
    assert (np.diff(chunk.annotations.images) >= 0).all()
    for before, after in zip(items, chunk.walk(), strict=True):
        assert (before.path, before.size, before.split) == (after.path, after.size, after.split)
        if before.annotations is None:
            assert after.annotations is None
            continue
        assert after.annotations is not None
        np.testing.assert_array_equal(before.annotations.boxes, after.annotations.boxes)
        assert not after.annotations.images.any()


def test_datasets_are_walked_twice_in_chunks() -> None:
    items = [Item(f"{k}.jpg", annotations=Annotations.of(1)) for k in range(5)]
    assert [len(chunk.items) for chunk in chunked(items, 2)] == [2, 2, 1]
    dataset = Dataset.of([Label("x")], items)
    assert [i.path for i in dataset.items] == [i.path for i in dataset.items]
    assert list(Dataset.of([], []).items) == []


def test_items_of_one_picture_are_grouped_by_annotator() -> None:
    items = [Item("a.jpg", annotator=who) for who in ("x", "y")] + [Item("b.jpg")]
    groups = Dataset.of([], items).by_image()
    assert {path: [i.annotator for i in found] for path, found in groups.items()} == {
        "a.jpg": ["x", "y"],
        "b.jpg": [""],
    }


def test_sizes_are_nan_where_unknown() -> None:
    sizes = Chunk.of([Item("a", (3, 2)), Item("b")]).sizes()
    np.testing.assert_array_equal(sizes, [[3, 2], [np.nan, np.nan]])
    assert Chunk.of([]).sizes().shape == (0, 2)


def test_losses_count_and_merge_once() -> None:
    one, two = Losses(), Losses()
    one.add("box", 2, "a.jpg")
    two.add("box", 3, "b.jpg")
    two.add("mask", 0)
    two.warn("odd", 1, "c.jpg")
    two.note("a map")
    one.merge(two)
    one.merge(two)
    assert [str(loss) for loss in one] == ["5 boxes (first: a.jpg)"]
    assert [str(odd) for odd in one.warnings.values()] == ["1 odd (first: c.jpg)"]
    assert one.notes == ["a map"]
    assert bool(one)
    assert not Losses()


def test_what_a_table_states_is_told_for_no_rows_too() -> None:
    for name, column in COLUMNS.items():
        found = unheld.stated(Annotations.of(0, **{name: column.blank(0)}), name)
        assert (found.dtype, found.shape) == (np.dtype(bool), (0,))
