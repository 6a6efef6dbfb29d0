"""Writing of label sets: what goes where, under which names, and what stands beside."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image
from yolo_sets import LABELS, NONE, H, W, boxes, lines, put, what

from formats import read, write
from formats.annotations import Annotations, Flag, Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from geometry.rings import Rings


def test_a_box_is_centre_and_sides_in_shares(tmp_path: Path) -> None:
    losses = put([Item("1.jpg", (W, H), boxes([20, 10, 60, 40], labels=[2]))], tmp_path / "o")
    assert (tmp_path / "o/labels/1.txt").read_bytes() == b"2 0.200000 0.250000 0.200000 0.300000\n"
    assert not losses


def test_classes_are_ranks_in_the_whole_list_with_a_map_beside(tmp_path: Path) -> None:
    items = [Item("1.jpg", (W, H), boxes([0, 0, 9, 9], labels=[2]), split="val")]
    put(items, tmp_path / "o")
    data = yaml.safe_load((tmp_path / "o/data.yaml").read_text())
    assert data["names"] == {0: "cat", 1: "unused", 2: "dog"}
    assert data["nc"] == 3
    assert "path" not in data
    kept = json.loads((tmp_path / "o/classes.json").read_text())
    assert [(e["index"], e["name"], e.get("id")) for e in kept] == [
        (0, "cat", 7),
        (1, "unused", 9),
        (2, "dog", 3),
    ]
    assert read(tmp_path / "o", "yolo").labels == LABELS


def test_names_are_quoted_as_yaml_needs_it(tmp_path: Path) -> None:
    names = ["yes", "1", "null", "a: b", "# c", "naïve 犬", "it's", ""]
    write(Dataset.of([Label(n) for n in names], []), tmp_path / "o", "yolo")
    data = yaml.safe_load((tmp_path / "o/data.yaml").read_text(encoding="utf-8"))
    assert list(data["names"].values()) == names
    (tmp_path / "o/classes.json").unlink()
    assert [label.name for label in read(tmp_path / "o", "yolo").labels] == names


def test_pictures_keep_their_order_splits_names_and_whether_one_looked(tmp_path: Path) -> None:
    some, none = boxes([0, 0, 9, 9]), Annotations.empty()
    items = [
        Item("b.v2.final.JPG", (W, H), some, split="train"),
        Item('a b/ü,"x".png', (W, H), none, split="train"),
        Item("images/train/0.jpg", (W, H), None, split="train"),
        Item("val2017/1.jpg", (50, 60), some, split="val"),
        Item("7.jpg", (W, H), some, split="unlabelled"),
    ]
    put(items, tmp_path / "o")
    train = (tmp_path / "o/train.txt").read_bytes().decode()
    assert train == (
        './images/train/b.v2.final.JPG\n./images/train/a b/ü,"x".png\n./images/train/0.jpg\n'
    )
    assert (tmp_path / 'o/labels/train/a b/ü,"x".txt').read_bytes() == b""
    assert (tmp_path / "o/labels/train/b.v2.final.txt").is_file()
    assert (tmp_path / "o/labels/val2017/1.txt").is_file()
    assert not (tmp_path / "o/labels/train/0.txt").exists()
    again = list(read(tmp_path / "o", "yolo").items)
    assert [
        (i.split, i.size, None if i.annotations is None else len(i.annotations)) for i in again
    ] == [
        ("train", (W, H), 1),
        ("train", (W, H), 0),
        ("train", (W, H), None),
        ("val", (50, 60), 1),
        ("unlabelled", (W, H), 1),
    ]
    assert [i.path.split("/")[-1] for i in again] == [i.path.split("/")[-1] for i in items]


@pytest.mark.parametrize("split", ["", "train", "val", "test", "train2017"])
def test_a_lone_split_comes_back(split: str, tmp_path: Path) -> None:
    items = [Item(f"{k}.jpg", (W, H), boxes([0, 0, 9, 9]), split=split) for k in (2, 1)]
    put(items, tmp_path / "o")
    found = list(read(tmp_path / "o", "yolo").items)
    assert {item.split for item in found} == {split}
    assert [item.path[-5:] for item in found] == ["2.jpg", "1.jpg"]


def test_a_set_that_is_read_and_written_keeps_its_paths(tmp_path: Path) -> None:
    items = [Item("sub/1.jpg", (W, H), boxes([0, 0, 9, 9]), split="train")]
    put(items, tmp_path / "a")
    write(read(tmp_path / "a", "yolo"), tmp_path / "b", "yolo", NONE)
    for name in ("train.txt", "data.yaml", "sizes.csv", "classes.json", "labels/train/sub/1.txt"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_labels_beside_their_pictures(tmp_path: Path) -> None:
    items = [Item("sub/1.jpg", (W, H), boxes([0, 0, 9, 9]))]
    put(items, tmp_path / "o", tree="beside")
    assert (tmp_path / "o/sub/1.txt").is_file()
    assert [i.path for i in read(tmp_path / "o", "yolo").items] == ["sub/1.jpg"]


TWINS = [("a.jpg", "a.png"), ("images/a.jpg", "a.jpg"), ("./a.jpg", "a.jpg"), ("a.jpg", "a.jpg")]


@pytest.mark.parametrize("names", TWINS)
def test_two_pictures_of_one_label_file(names: tuple[str, str], tmp_path: Path) -> None:
    items = [Item(name, (W, H), boxes([0, 0, 9, 9 + k])) for k, name in enumerate(names)]
    with pytest.raises(FormatError, match=r"both map to the label file labels/a\.txt"):
        put(items, tmp_path / "o")
    assert list(tmp_path.iterdir()) == []
    put(items, tmp_path / "o", on_collision="rename")
    (entry,) = json.loads((tmp_path / "o/renamed.json").read_text()).items()
    assert entry == (f"images/a-2.{names[1][-3:]}", names[1])
    heights = [lines(tmp_path / "o", f"labels/{name}.txt")[0][4] for name in ("a", "a-2")]
    assert heights == [0.09, 0.1]


@pytest.mark.parametrize("name", ["../a.jpg", "/a.jpg", "C:/a.jpg", "x/../../a.jpg", "..\\a.jpg"])
def test_names_never_leave_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="leaves the data set's folder"):
        put([Item(name, (W, H), None)], tmp_path / "o")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mark", ["\n", "\r", "\v", "\x85", "\u2028"])
def test_a_line_break_in_a_name_is_refused(mark: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="line break"):
        put([Item(f"a{mark}b.jpg", (W, H), None)], tmp_path / "o")
    with pytest.raises(FormatError, match="line break"):
        put([Item("a.jpg", (W, H), None), Item(f"a{mark}b.jpg", (W, H), None)], tmp_path / "o")


@pytest.mark.parametrize(("crowd", "rows"), [("skip", 1), ("keep", 2), ("mask", 1)])
def test_ignore_regions(crowd: str, rows: int, tmp_path: Path) -> None:
    flags = np.array([0, Flag.CROWD], np.uint16)
    table = boxes([20, 10, 60, 40], [90, 30, 110, 70], flags=flags)
    losses = put([Item("1.jpg", (W, H), table)], tmp_path / "o", crowd=crowd)
    assert len(lines(tmp_path / "o")) == rows
    assert any("ignore region" in loss.what and loss.count == 1 for loss in losses)
    picture = tmp_path / "o/ignore/images/1.png"
    assert picture.is_file() == (crowd == "mask")
    if crowd == "mask":
        wanted = np.zeros((H, W), np.uint8)
        wanted[30:70, 90:110] = 255
        assert np.array_equal(np.asarray(Image.open(picture)), wanted)


def test_ignore_regions_are_left_out_by_default(tmp_path: Path) -> None:
    table = boxes([20, 10, 60, 40], flags=np.array([Flag.CROWD], np.uint16))
    assert what(put([Item("1.jpg", (W, H), table)], tmp_path / "o")) == {
        "ignore region (crowd) left out": 1
    }


def test_scores_and_tracks_come_back_exactly_from_beside(tmp_path: Path) -> None:
    scores, tracks = np.array([0.1 + 0.2, np.nan, 1 / 3]), np.array([5, -1, 2**40])
    table = boxes([0, 0, 9, 9], [0, 0, 0, 0], [5, 5, 9, 9], scores=scores, tracks=tracks)
    items = [
        Item("1.jpg", (W, H), table, split="train"),
        Item("2.jpg", (W, H), boxes([0, 0, 5, 5])),
    ]
    put(items, tmp_path / "o")
    assert all(len(line) == 5 for line in lines(tmp_path / "o", "labels/train/1.txt"))
    again = [i.annotations for i in read(tmp_path / "o", "yolo").items]
    assert again[0] is not None
    assert again[0].tracks is not None
    assert again[0].scores.tolist() == scores[[0, 2]].tolist()
    assert again[0].tracks.tolist() == [5, 2**40]
    (tmp_path / "o/labels/train/1.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    dataset = read(tmp_path / "o", "yolo")
    first = next(iter(dataset.items)).annotations
    assert first is not None
    assert np.isnan(first.scores).all()
    assert [loss.what for loss in dataset.losses] == [
        "label file changed since its scores were written"
    ]


def test_what_label_files_do_not_hold_is_counted(tmp_path: Path) -> None:
    table = boxes([0, 0, 9, 9], ids=[4], areas=[81.0], attributes=[{"color": "red"}])
    tagged = Annotations.concat([table, boxes([np.nan] * 4, kinds=[Kind.TAG])])
    losses = put([Item("1.jpg", (W, H), tagged)], tmp_path / "o")
    assert what(losses) == {
        "tag of a whole picture": 1,
        "stated area": 1,
        "annotation id": 1,
        "attributes": 1,
    }


def test_an_unknown_size_names_the_picture_unless_a_file_states_it(tmp_path: Path) -> None:
    items = [Item("1.jpg", None, boxes([0, 0, 9, 9]))]
    with pytest.raises(FormatError, match=r"^1\.jpg: the picture's size is unknown"):
        put(items, tmp_path / "o")
    stated = tmp_path / "coco.json"
    stated.write_text('{"images": [{"file_name": "1.jpg", "width": 90, "height": 9}]}')
    put(items, tmp_path / "o", sizes=str(stated))
    assert lines(tmp_path / "o")[0] == [0, 0.05, 0.5, 0.1, 1]


@pytest.mark.parametrize("images", ["link", "copy", "none"])
def test_pictures_are_put_in_their_places(images: str, tmp_path: Path) -> None:
    source = tmp_path / "pics"
    source.mkdir()
    exif = Image.Exif()
    exif[274] = 8
    Image.new("RGB", (H, W)).save(source / "1.jpg", exif=exif)
    items = [Item("1.jpg", None, boxes([0, 0, 20, 10])), Item("gone.jpg", (W, H), None)]
    dataset = Dataset.of(LABELS, items, root=str(source))
    losses = write(dataset, tmp_path / "o", "yolo", {"images": images})
    placed = tmp_path / "o/images/1.jpg"
    assert placed.exists() == (images != "none")
    assert placed.is_symlink() == (images == "link")
    if images != "none":
        assert placed.read_bytes() == (source / "1.jpg").read_bytes()
        assert any("gone.jpg" in note for note in losses.notes)
    assert lines(tmp_path / "o")[0] == [0, 0.05, 0.05, 0.1, 0.1]
    found = next(iter(read(tmp_path / "o", "yolo").items))
    assert found.size == (W, H)


def test_an_existing_target_is_refused_or_replaced_whole(tmp_path: Path) -> None:
    items = [Item("1.jpg", (W, H), boxes([0, 0, 9, 9]))]
    put(items, tmp_path / "o")
    (tmp_path / "o/labels/old.txt").write_text("0 0 0 0 0")
    with pytest.raises(FormatError, match="the target exists"):
        put(items, tmp_path / "o")
    put(items, tmp_path / "o", overwrite=True)
    assert not (tmp_path / "o/labels/old.txt").exists()


def test_a_fault_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    items = [Item(f"{k}.jpg", (W, H) if k < 3 else None, boxes([0, 0, 9, 9])) for k in range(4)]
    with pytest.raises(FormatError):
        put(items, tmp_path / "o")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["yolo", "yolo-seg", "yolo-pose", "yolo-obb", "yolo-cls"])
@pytest.mark.parametrize("split", ["../../evil", "..", "/evil", "a/b", "a\\b", "c:", "x\0"])
def test_a_split_never_leads_out_of_the_folder(name: str, split: str, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    Image.new("L", (9, 8)).save(tmp_path / "source/1.jpg")
    table = Annotations.of(1, boxes=[[1, 1, 5, 5]], labels=[0])
    items = [Item("1.jpg", (9, 8), table, split=split)]
    dataset = Dataset.of((Label("cat"),), items, root=str(tmp_path / "source"))
    with pytest.raises(FormatError, match=r"leaves the data set's folder|no name of a folder"):
        write(dataset, tmp_path / "a/b/out", name)
    assert sorted(p.name for p in tmp_path.rglob("*")) in (
        ["1.jpg", "source"],
        ["1.jpg", "a", "b", "source"],
    )


@pytest.mark.parametrize("name", ["yolo", "yolo-pose"])
def test_an_object_without_a_box_of_an_area_has_that_of_its_shape(
    name: str, tmp_path: Path
) -> None:
    ring = np.array([[10.0, 10], [30, 10], [30, 20]])
    boxes = np.array([[0.0, 0, 0, 0], [np.nan] * 4, [5.0, 5, 40, 40]])
    rings = Rings.of([[[ring]]] * 3)
    table = Annotations.of(
        3, kinds=np.full(3, Kind.POLYGON), boxes=boxes, labels=[0] * 3, rings=rings
    )
    dataset = Dataset.of((Label("cat", keypoints=("a",)),), [Item("1.jpg", (100, 100), table)])
    losses = write(dataset, tmp_path / "o", name)
    found = [line.split()[1:5] for line in (tmp_path / "o/labels/1.txt").read_text().splitlines()]
    assert [[float(value) for value in line] for line in found] == [
        [0.2, 0.15, 0.2, 0.1],
        [0.2, 0.15, 0.2, 0.1],
        [0.225, 0.225, 0.35, 0.35],
    ]
    counts = {loss.what: loss.count for loss in losses}
    assert counts["box without area, replaced by that around its shape"] == 2


FURTHER = """\
channels: 1
roboflow: {license: MIT, version: 3, url: 'https://example.org/1'}
date: 2024-05-01
ok: yes
none: ~
map: {0: a}
"""


def test_further_keys_of_a_data_yaml_come_along(tmp_path: Path) -> None:
    source = tmp_path / "source"
    put([Item("1.jpg", (W, H), boxes([0, 0, 9, 9]))], source)
    plain = (source / "data.yaml").read_text()
    (source / "data.yaml").write_text(plain + FURTHER)
    dataset = read(source, "yolo")
    assert dataset.extra["data_yaml"]["date"] == "2024-05-01"
    assert not write(dataset, tmp_path / "t", "yolo")
    written = yaml.load((tmp_path / "t/data.yaml").read_text(), Loader=yaml.BaseLoader)
    assert written == yaml.load(plain + FURTHER, Loader=yaml.BaseLoader) | {
        "ok": "true",
        "none": "null",
    }
    write(dataset, tmp_path / "c.json", "coco")
    assert read(tmp_path / "c.json", "coco").extra["data_yaml"] == dataset.extra["data_yaml"]
    assert what(write(dataset, tmp_path / "d", "yolo", {"tree": "darknet"})) == {
        "key of a data.yaml": 6
    }
    assert what(write(dataset, tmp_path / "n", "yolo-cls"))["key of the whole data set"] == 1


def test_where_a_set_was_downloaded_from_is_not_where_another_is(tmp_path: Path) -> None:
    extra = {"data_yaml": {"download": "https://example.org/set.zip", "train": "x", "author": "a"}}
    dataset = replace(Dataset.of([Label("a")], []), extra=extra)
    assert what(write(dataset, tmp_path / "t", "yolo")) == {"key of a data.yaml": 2}
    data = yaml.safe_load((tmp_path / "t/data.yaml").read_text())
    assert (data["author"], "download" in data, data["train"]) == ("a", False, ["images.txt"])
    odd = replace(dataset, extra={"data_yaml": 3})
    assert what(write(odd, tmp_path / "o", "yolo")) == {"key of a data.yaml": 1}
