"""KITTI's object detection: what is read of its label files, and what is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label
from formats.losses import Losses

GOLDEN = Path(__file__).parents[1] / "golden" / "kitti"


def tables(dataset: Dataset) -> dict[str, Annotations]:
    """The rows of the pictures that were looked at."""
    known = ((item.path, item.annotations) for item in dataset.items)
    return {path: table for path, table in known if table is not None}


def what(losses: Losses) -> dict[str, int]:
    return {loss.what: loss.count for loss in losses}


def lines(dataset: Dataset, folder: Path, **options: object) -> tuple[list[str], dict[str, int]]:
    losses = formats.write(dataset, folder / "out", "kitti", options)
    return (folder / "out/training/label_2/a.txt").read_text().splitlines(), what(losses)


def one(table: Annotations, *names: str) -> Dataset:
    return Dataset.of([Label(name) for name in names], [Item("a.png", (99, 99), table)])


def test_the_benchmark_is_read() -> None:
    found = formats.read(GOLDEN / "object")
    names = [label.name for label in found.labels]
    assert names == ["Car", "Pedestrian", "Person_sitting", "Cyclist", "DontCare"]
    known = tables(found)
    table = known["training/image_2/000000.png"]
    assert [names[k] for k in table.labels] == ["Pedestrian", "Car", "Person_sitting", "DontCare"]
    assert table.boxes[0].tolist() == [12.4, 13.0, 20.73, 37.92]
    assert table.flags is not None
    assert table.flags.tolist() == [0, Flag.TRUNCATED, Flag.OCCLUDED, Flag.CROWD]
    assert len(known["training/image_2/000001.png"]) == 0
    assert what(found.losses) == {"line that cannot be read": 2}


def test_what_flags_do_not_tell_and_3d_boxes_are_kept() -> None:
    table = tables(formats.read(GOLDEN / "object"))["training/image_2/000000.png"]
    assert table.extra is not None
    assert dict(table.extra[1]) == {
        "truncated": 0.88,
        "occluded": 3,
        "alpha": -0.69,
        "dimensions": [1.6, 1.57, 3.23],
        "location": [-2.7, 1.74, 3.68],
        "rotation_y": -1.29,
    }
    assert dict(table.extra[3]) == {}


def test_lists_and_folders_tell_the_splits(tmp_path: Path) -> None:
    found = formats.read(GOLDEN / "object")
    assert {item.path: item.split for item in found.items} == {
        "testing/image_2/000000.png": "test",
        "training/image_2/000000.png": "train",
        "training/image_2/000001.png": "val",
        "training/image_2/000002.png": "train",
    }
    (item,) = formats.read(GOLDEN / "fiftyone").items
    assert item.split == ""


def test_scores_and_classes_of_several_words() -> None:
    found = formats.read(GOLDEN / "results")
    (table,) = tables(found).values()
    assert [label.name for label in found.labels] == ["Car", "traffic light"]
    assert table.scores.tolist() == [0.875, 1.0]


@pytest.mark.parametrize(
    "case", ["object", "object/training", "results", "results/label_2", "fiftyone"]
)
def test_sets_are_recognised(case: str) -> None:
    assert formats.sniff(GOLDEN / case) == "kitti"


def test_the_benchmark_is_written_number_for_number(tmp_path: Path) -> None:
    losses = formats.convert(GOLDEN / "object", tmp_path / "out", "kitti")
    assert what(losses) == {"line that cannot be read": 2}
    for name in ("000000", "000001", "000002"):
        place = f"training/label_2/{name}.txt"
        before, after = (root / place for root in (GOLDEN / "object", tmp_path / "out"))
        wanted = [numbers(line) for line in before.read_text().splitlines()]
        found = [numbers(line) for line in after.read_text().splitlines()]
        assert found == [row for row in wanted if len(row) == 15 and "nan" not in row]
    lists = {p.name: p.read_text().split() for p in (tmp_path / "out/ImageSets").iterdir()}
    assert lists == {
        "train.txt": ["000000", "000002"],
        "val.txt": ["000001"],
        "test.txt": ["000000"],
    }
    again = formats.read(tmp_path / "out")
    assert sorted((i.path, i.split) for i in again.items) == sorted(
        (i.path, i.split) for i in formats.read(GOLDEN / "object").items
    )


def numbers(line: str) -> list[object]:
    word, *cells = line.split()
    return [word, *(cell if cell == "nan" else float(cell) for cell in cells)]


def test_what_is_unknown_is_written_as_the_kit_has_it(tmp_path: Path) -> None:
    table = Annotations.of(1, boxes=[[1.5, 2, 3, 4.25]])
    found, lost = lines(one(table, "cat"), tmp_path)
    assert found == ["cat 0 0 -10 1.5 2 3 4.25 -1 -1 -1 -1000 -1000 -1000 -10"]
    assert not lost


def test_ignore_regions_lose_their_class(tmp_path: Path) -> None:
    crowd = int(Flag.CROWD)
    table = Annotations.of(2, boxes=[[1.0, 2, 3, 4]] * 2, labels=[0, 1], flags=[crowd, crowd])
    found, lost = lines(one(table, "cat", "DontCare"), tmp_path)
    assert [line.split()[:4] for line in found] == [["DontCare", "-1", "-1", "-10"]] * 2
    assert lost == {"class of an ignore region, which is DontCare": 1}
    assert lines(one(table, "cat", "DontCare"), tmp_path / "b", crowd="skip")[0] == []


def test_an_object_called_dontcare_is_told(tmp_path: Path) -> None:
    table = Annotations.of(1, boxes=[[1.0, 2, 3, 4]])
    _, lost = lines(one(table, "DontCare"), tmp_path)
    assert lost == {"object of the class DontCare, which is read as an ignore region": 1}


def test_boxes_that_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    table = Annotations.of(2, boxes=[[1.0, 2, np.nan, 4], [1, 2, 3, 4]])
    found, lost = lines(one(table, "cat"), tmp_path)
    assert len(found) == 1
    assert lost == {"object without a usable box": 1}


@pytest.mark.parametrize("to", ["kitti", "dota"])
def test_losses_name_the_first_picture_that_has_them(to: str, tmp_path: Path) -> None:
    tables = [
        Annotations.of(1, boxes=[[1.0, 2, 3, 4]]),
        Annotations.of(1, boxes=[[1.0, 2, np.nan, 4]], flags=[0]),
        Annotations.of(1, boxes=[[1.0, 2, 3, 4]], flags=[Flag.OUTSIDE], extra=[{"note": 1}]),
        Annotations.of(1, boxes=[[np.nan] * 4], kinds=[Kind.TAG]),
    ]
    items = [Item(f"{name}.png", (9, 9), table) for name, table in zip("abcd", tables, strict=True)]
    losses = formats.write(Dataset.of([Label("cat")], items), tmp_path / "out", to)
    told = {loss.what: loss.example for loss in losses}
    assert "b.png" in {example for text, example in told.items() if text.startswith("object ")}
    assert {told["unknown keys"], told["outside flag"]} == {"c.png"}
    assert told["tag of a whole picture"] == "d.png"


def test_further_keys_of_the_wrong_kind_are_not_written(tmp_path: Path) -> None:
    extra = [{"alpha": "left", "dimensions": [1, 2], "truncated": 0.5, "note": 1}]
    table = Annotations.of(1, boxes=[[1.0, 2, 3, 4]], extra=extra)
    found, lost = lines(one(table, "cat"), tmp_path)
    assert found[0].split()[:4] == ["cat", "0.5", "0", "-10"]
    assert lost == {"unknown keys": 1}


@pytest.mark.parametrize(
    "told",
    [
        {"location": "Berlin"},
        {"location": [1, 2]},
        {"location": [1, [2], 3]},
        {"alpha": True},
        {"alpha": 1e300},
        {"truncated": "0.3"},
    ],
)
def test_values_that_no_column_holds_are_counted(told: dict[str, Any], tmp_path: Path) -> None:
    table = Annotations.of(1, boxes=[[1, 2, 3, 4]], extra=[told])
    found, losses = lines(one(table, "Car"), tmp_path)
    assert found == ["Car 0 0 -10 1 2 3 4 -1 -1 -1 -1000 -1000 -1000 -10"]
    assert losses == {"unknown keys": 1}


def test_the_same_data_set_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        formats.convert(GOLDEN / "object", tmp_path / name, "kitti")
    files = [sorted(p for p in (tmp_path / n).rglob("*") if p.is_file()) for n in "ab"]
    assert len(files[0]) > 5
    assert [p.read_bytes() for p in files[0]] == [p.read_bytes() for p in files[1]]
