"""Darknet's layout: obj.data, obj.names, lists, and labels beside the pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from yolo_sets import LABELS, H, W, boxes, paths, put, tree, what

from formats import read, sniff, write
from formats.annotations import Annotations
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError

TREE = {"tree": "darknet"}


def items() -> list[Item]:
    one = boxes([20, 10, 60, 40], labels=[2])
    return [
        Item("images/train/b/2.jpg", (W, H), one, split="train"),
        Item("1.v2.jpg", (W, H), Annotations.empty(), split="val"),
        Item("a/1.jpg", (W, H), one, split="test"),
    ]


def test_the_files_are_those_that_darknet_reads(tmp_path: Path) -> None:
    put(items(), tmp_path / "o", **TREE)
    texts = {p.name: p.read_text() for p in (tmp_path / "o").iterdir() if p.is_file()}
    assert texts["obj.data"] == (
        "classes = 3\ntrain = train.txt\nvalid = valid.txt\ntest = test.txt\n"
        "names = obj.names\nbackup = backup/\n"
    )
    assert texts["obj.names"] == "cat\nunused\ndog\n"
    assert texts["train.txt"] == "obj_train_data/b/2.jpg\n"
    assert texts["valid.txt"] == "obj_valid_data/1.v2.jpg\n"
    assert "data.yaml" not in texts
    label = (tmp_path / "o/obj_train_data/b/2.txt").read_text()
    assert label == "2 0.200000 0.250000 0.200000 0.300000\n"


def test_a_set_comes_back(tmp_path: Path) -> None:
    put(items(), tmp_path / "o", **TREE)
    assert sniff(tmp_path / "o") == "yolo"
    back = read(tmp_path / "o")
    assert [(e.name, e.id) for e in back.labels] == [(e.name, e.id) for e in LABELS]
    assert paths(back) == [
        ("obj_train_data/b/2.jpg", "train"),
        ("obj_valid_data/1.v2.jpg", "val"),
        ("obj_test_data/a/1.jpg", "test"),
    ]
    tables = [item.annotations for item in back.items]
    assert [None if t is None else t.boxes.round(9).tolist() for t in tables] == [
        [[20, 10, 60, 40]],
        [],
        [[20, 10, 60, 40]],
    ]
    write(back, tmp_path / "again", "yolo", {"images": "none", **TREE})
    assert paths(read(tmp_path / "again")) == paths(back)


@pytest.mark.parametrize(("split", "came"), [("", "train"), ("odd", "odd"), ("val2017", "val")])
def test_other_splits(split: str, came: str, tmp_path: Path) -> None:
    put([Item("1.jpg", (W, H), Annotations.empty(), split=split)], tmp_path / "o", **TREE)
    assert [s for _, s in paths(read(tmp_path / "o", "yolo"))] == [came]


def test_an_empty_set_names_its_classes(tmp_path: Path) -> None:
    put([], tmp_path / "o", **TREE)
    assert [label.name for label in read(tmp_path / "o", "yolo").labels] == ["cat", "unused", "dog"]


def test_pictures_are_put_beside_their_labels(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.new("L", (W, H)).save(tmp_path / "in/1.jpg")
    found = Dataset.of(LABELS, [Item("1.jpg", None, boxes([0, 0, 20, 20]), split="train")])
    write(replace(found, root=str(tmp_path / "in")), tmp_path / "o", "yolo", TREE)
    names = sorted(p.name for p in (tmp_path / "o/obj_train_data").iterdir())
    assert names == ["1.jpg", "1.txt"]
    assert (tmp_path / "o/obj_train_data/1.jpg").is_symlink()


def test_two_splits_may_have_pictures_of_one_name(tmp_path: Path) -> None:
    twins = [Item("1.jpg", (W, H), None, split=split) for split in ("train", "val")]
    put(twins, tmp_path / "o", **TREE)
    assert len(paths(read(tmp_path / "o", "yolo"))) == 2
    with pytest.raises(FormatError, match="both map to the label file obj_train_data/1"):
        put([twins[0], replace(twins[0], path="images/1.png")], tmp_path / "p", **TREE)


@pytest.mark.parametrize("name", ["a\nb", " cat", ""])
def test_names_that_no_line_keeps_are_counted(name: str, tmp_path: Path) -> None:
    dataset = Dataset.of([Label(name), Label("dog")], [])
    losses = write(dataset, tmp_path / "o", "yolo", {"images": "none", **TREE})
    assert what(losses) == {"class name that no line keeps": 1}
    assert len(read(tmp_path / "o", "yolo").labels) == 2


@pytest.mark.parametrize("task", ["yolo-seg", "yolo-pose", "yolo-obb"])
def test_darknet_holds_boxes_alone(task: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="holds boxes alone"):
        put(items(), tmp_path / "o", task, **TREE)
    assert not (tmp_path / "o").exists()


def test_an_export_whose_paths_start_further_up_is_read(tmp_path: Path) -> None:
    """As CVAT writes YOLO 1.1: everything is stated from a folder `data` that is not there."""
    root = tree(
        tmp_path / "set",
        {
            "obj.data": "classes = 2\nnames = data/obj.names\ntrain = data/train.txt\n"
            "backup = backup/\n",
            "obj.names": "cat\ndog\n",
            "train.txt": "data/obj_train_data/1.jpg\ndata/obj_train_data/sub/2.jpg\n",
            "obj_train_data/1.jpg": "",
            "obj_train_data/1.txt": "1 0.5 0.5 0.5 0.5\n",
            "obj_train_data/sub/2.jpg": "",
        },
    )
    dataset = read(root)
    assert paths(dataset) == [
        ("obj_train_data/1.jpg", "train"),
        ("obj_train_data/sub/2.jpg", "train"),
    ]
    assert [item.annotations is None for item in dataset.items] == [False, True]
