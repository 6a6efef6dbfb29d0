"""The same files and the same report, however many processes write them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from dataset_strategies import datasets
from hypothesis import HealthCheck, given, settings

import formats
from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label, chunked
from formats.errors import FormatError
from formats.native import encode_item
from formats.yolo import reader

SHARED = [HealthCheck.function_scoped_fixture]


def in_chunks(dataset: Dataset, size: int) -> Dataset:
    items = list(dataset.items)
    return replace(dataset, chunks=lambda: chunked(items, size))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@settings(max_examples=4, deadline=None, suppress_health_check=SHARED)
@given(datasets())
def test_any_number_of_workers_writes_the_same(tmp_path, dataset):
    options = {"images": "none", "overwrite": True, "on_collision": "rename", "crowd": "mask"}
    parts = in_chunks(dataset, 1)
    found = []
    for workers in (1, 2):
        losses = formats.write(parts, tmp_path / "o", "yolo-seg", {**options, "workers": workers})
        found.append((contents(tmp_path / "o"), [str(loss) for loss in losses], losses.notes))
    assert found[0] == found[1]


@pytest.mark.parametrize("workers", [1, 2])
def test_nothing_is_left_where_one_of_them_fails(tmp_path, workers):
    table = Annotations.of(1, boxes=[[0, 0, 5, 5]])
    items = [Item(f"{k}.jpg", None if k == 3 else (10, 10), table) for k in range(6)]
    dataset = in_chunks(Dataset.of([Label("cat")], items), 1)
    with pytest.raises(FormatError, match=r"3\.jpg: the picture's size is unknown"):
        formats.write(dataset, tmp_path / "o", "yolo", {"workers": workers})
    assert not list(tmp_path.iterdir())


def test_in_small_pieces_it_is_read_as_ever(tmp_path, monkeypatch):
    table = Annotations.of(1, boxes=[[0, 0, 5, 5]])
    items = [Item(f"{k}.jpg", (10, 10), table) for k in range(5)]
    formats.write(Dataset.of([Label("cat")], items), tmp_path / "o", "yolo", {"images": "none"})
    monkeypatch.setattr(reader, "LEAN_ITEMS", 2)
    pieces = formats.read(tmp_path / "o", "yolo", {"low_memory": True})
    assert [len(chunk.items) for chunk in pieces.chunks()] == [2, 2, 1]
    whole = formats.read(tmp_path / "o", "yolo")
    assert [encode_item(item) for item in pieces.items] == [encode_item(i) for i in whole.items]
