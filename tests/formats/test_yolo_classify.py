"""Classify: folders of classes, read and written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from formats import get, read, write
from formats.annotations import Annotations, Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from formats.losses import Losses
from formats.yolo.folders import folder_name

LABELS = (Label("zebra", 24), Label("N/A", 5), Label("train", 7))


def tags(*labels: int, **columns: Any) -> Annotations:
    n = len(labels)
    return Annotations.of(n, kinds=np.full(n, Kind.TAG), labels=np.array(labels), **columns)


def put(items: list[Item], path: Path, **options: Any) -> Losses:
    return write(Dataset.of(LABELS, items), path, "yolo-cls", {"images": "none", **options})


def test_tags_come_back_with_their_scores_splits_and_order(tmp_path: Path) -> None:
    items = [
        Item("2.jpg", (9, 8), tags(2, scores=[0.1 + 0.2]), split="train"),
        Item("a/1.PNG", (9, 8), tags(0), split="val"),
        Item("1.PNG", (9, 8), tags(1), split="val"),
        Item("0.jpg", (9, 8), tags(0)),
    ]
    assert not put(items, tmp_path / "o")
    again = read(tmp_path / "o", "yolo-cls")
    assert again.labels == LABELS
    found = [
        (i.path, i.size, i.split, a.labels.tolist(), a.scores.tolist()) for i, a in looked(again)
    ]
    nan = [pytest.approx(np.nan, nan_ok=True)]
    assert sorted(found) == [
        ("train/train/2.jpg", (9, 8), "train", [2], [0.1 + 0.2]),
        ("train/zebra/0.jpg", (9, 8), "", [0], nan),
        ("val/N%2FA/1.PNG", (9, 8), "val", [1], nan),
        ("val/zebra/a/1.PNG", (9, 8), "val", [0], nan),
    ]


def looked(dataset: Dataset) -> list[tuple[Item, Annotations]]:
    return [(i, i.annotations) for i in dataset.items if i.annotations is not None]


def test_a_set_that_is_read_and_written_keeps_its_paths(tmp_path: Path) -> None:
    put([Item("a/1.jpg", (9, 8), tags(1), split="val")], tmp_path / "a")
    write(read(tmp_path / "a", "yolo-cls"), tmp_path / "b", "yolo-cls", {"images": "none"})
    for name in ("val.txt", "classes.json", "sizes.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_what_folders_do_not_hold_is_counted(tmp_path: Path) -> None:
    shape = Annotations.of(1, boxes=[[0, 0, 5, 5]])
    items = [
        Item("1.jpg", (9, 8), Annotations.concat([tags(0, 1, scores=[0.2, 0.7]), shape])),
        Item("2.jpg", (9, 8), Annotations.empty()),
        Item("3.jpg", (9, 8), None),
    ]
    losses = put(items, tmp_path / "o")
    assert {loss.what: loss.count for loss in losses} == {
        "shape in a picture": 1,
        "further class of a picture": 1,
        "picture without a class": 1,
    }
    found = {item.path: item.annotations for item in read(tmp_path / "o", "yolo-cls").items}
    assert list(found) == ["train/N%2FA/1.jpg", "train/2.jpg", "train/3.jpg"]
    assert [table is None for table in found.values()] == [False, True, True]


@pytest.mark.parametrize("images", ["link", "copy"])
def test_pictures_lie_in_the_folders_of_their_classes(images: str, tmp_path: Path) -> None:
    source = tmp_path / "pics"
    source.mkdir()
    Image.new("RGB", (9, 8)).save(source / "1.png")
    items = [Item("1.png", None, tags(0), split="val")]
    dataset = Dataset.of(LABELS, items, root=str(source))
    write(dataset, tmp_path / "o", "yolo-cls", {"images": images})
    placed = tmp_path / "o/val/zebra/1.png"
    assert placed.read_bytes() == (source / "1.png").read_bytes()
    assert placed.is_symlink() == (images == "link")
    (item,) = read(tmp_path / "o", "yolo-cls").items
    assert item.size == (9, 8)


def test_plain_folders_have_their_classes_by_name(tmp_path: Path) -> None:
    for name in ("dog/1.png", "cat/2.png", "cat/sub/3.png", "readme.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 8)).save(tmp_path / name, "PNG")
    dataset = read(tmp_path, "yolo-cls")
    assert [label.name for label in dataset.labels] == ["cat", "dog"]
    assert [(i.path, a.labels.tolist()) for i, a in looked(dataset)] == [
        ("cat/2.png", [0]),
        ("cat/sub/3.png", [0]),
        ("dog/1.png", [1]),
    ]


def test_two_pictures_of_one_place(tmp_path: Path) -> None:
    items = [Item(name, (9, 8), tags(0)) for name in ("1.jpg", "zebra/1.jpg")]
    with pytest.raises(FormatError, match=r"both map to train/zebra/1\.jpg"):
        put(items, tmp_path / "o")
    assert not (tmp_path / "o").exists()
    put(items, tmp_path / "o", on_collision="rename")
    paths = [item.path for item in read(tmp_path / "o", "yolo-cls").items]
    assert paths == ["train/zebra/1.jpg", "train/zebra/1-2.jpg"]


@pytest.mark.parametrize("name", ["../x.jpg", "/x.jpg"])
def test_names_never_leave_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="leaves the data set's folder"):
        put([Item(name, (9, 8), tags(0))], tmp_path / "o")


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "a\\b", "c:", "x ", "a\n", "100%", "ü 犬"])
def test_class_names_make_folders_that_exist_and_differ(name: str, tmp_path: Path) -> None:
    folder = folder_name(name)
    assert "/" not in folder
    assert "\\" not in folder
    assert folder == folder.rstrip(". ")
    assert folder
    assert folder != folder_name(name + "x")


def test_sniffing_claims_split_class_picture_alone(tmp_path: Path) -> None:
    sniff = get("yolo-cls").sniff
    assert sniff is not None
    put([Item("1.jpg", (9, 8), tags(0), split="train")], tmp_path / "o")
    assert sniff(tmp_path / "o") is not None
    (tmp_path / "photos/summer").mkdir(parents=True)
    assert sniff(tmp_path / "photos") is None
    (tmp_path / "coco/train/images").mkdir(parents=True)
    assert sniff(tmp_path / "coco") is None


def test_folders_of_pictures_without_a_class_are_no_classes(tmp_path: Path) -> None:
    items = [
        Item("val2017/a/1.jpg", (9, 8), tags(2), split="val2017"),
        Item("val2017/a/2.jpg", (9, 8), Annotations.empty(), split="val2017"),
        Item("b/c/3.jpg", (9, 8), None),
    ]
    put(items, tmp_path / "o")
    again = read(tmp_path / "o", "yolo-cls")
    assert again.labels == LABELS
    found = {item.path: (item.split, item.annotations is None) for item in again.items}
    assert found == {
        "val/train/a/1.jpg": ("val2017", False),
        "images/val/a/2.jpg": ("val2017", True),
        "images/train/b/c/3.jpg": ("", True),
    }
    for split in ("train", "val"):  # the loader numbers the folders of each
        assert {f.name for f in (tmp_path / "o" / split).iterdir()} == {"train", "zebra", "N%2FA"}


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (9, 8)).save(path)


def test_empty_folders_of_classes_keep_their_numbers(tmp_path: Path) -> None:
    for split in ("train2017", "val2017"):
        picture(tmp_path / split / "cat/1.png")
        (tmp_path / split / "bat").mkdir()
    dataset = read(tmp_path, "yolo-cls")
    assert [label.name for label in dataset.labels] == ["bat", "cat"]
    assert [(i.split, a.labels.tolist()) for i, a in looked(dataset)] == [
        ("train", [1]),
        ("val", [1]),
    ]


def test_a_new_folder_moves_no_class_of_the_map(tmp_path: Path) -> None:
    put([Item("1.jpg", (9, 8), tags(0), split="train")], tmp_path)
    picture(tmp_path / "train/ape/2.png")
    dataset = read(tmp_path, "yolo-cls")
    assert [label.name for label in dataset.labels] == ["zebra", "N/A", "train", "ape"]


def test_pictures_outside_the_folders_of_splits_are_told(tmp_path: Path) -> None:
    for name in ("train/cat/1.png", "bus/2.png", "bus/3.png"):
        picture(tmp_path / name)
    dataset = read(tmp_path, "yolo-cls")
    assert len(list(dataset.items)) == 1
    assert [(loss.what, loss.count) for loss in dataset.losses] == [("picture left out", 2)]


@pytest.mark.parametrize("name", ["100%", "N%2FA", "a:b", "end."])
def test_folders_are_classes_whatever_other_tools_call_them(name: str, tmp_path: Path) -> None:
    for split, folder in (("train", name), ("val", "cat")):
        picture(tmp_path / split / folder / "1.png")
    dataset = read(tmp_path, "yolo-cls")
    found = [dataset.labels[int(k)].name for _, table in looked(dataset) for k in table.labels]
    assert found == [name, "cat"]
