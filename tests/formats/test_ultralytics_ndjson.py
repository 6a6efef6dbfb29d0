"""Ultralytics NDJSON: what the golden files read as, odd lines, names and places of pictures."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import formats
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from geometry.rings import Rings

GOLDEN = Path(__file__).parents[1] / "golden/ultralytics-ndjson"
NAME = "ultralytics-ndjson"
SIZE = (200, 100)


def tables(dataset: Dataset) -> list[Annotations | None]:
    return [item.annotations for item in dataset.items]


def rows(dataset: Dataset) -> Annotations:
    return Annotations.concat([chunk.annotations for chunk in dataset.chunks()])


def names(dataset: Dataset) -> list[str]:
    return [label.name for label in dataset.labels]


def saved(folder: Path, *lines: Any) -> Path:
    path = folder / "set.ndjson"
    path.write_text("".join(f"{x if isinstance(x, str) else json.dumps(x)}\n" for x in lines))
    return path


def head(**more: Any) -> dict[str, Any]:
    return {"type": "dataset", "task": "detect", "class_names": {"0": "cat", "1": "dog"}, **more}


def picture(objects: Any = None, key: str = "boxes", **more: Any) -> dict[str, Any]:
    told = {"type": "image", "file": "1.jpg", "split": "train", "width": 200, "height": 100}
    return {**told, "annotations": {key: objects or []}, **more}


def test_boxes_of_an_export() -> None:
    dataset = formats.read(GOLDEN / "detect.ndjson")
    wanted = ["person", "class1", "wild boar", *(f"class{k}" for k in range(3, 10)), "no"]
    assert names(dataset) == wanted
    items = list(dataset.items)
    assert [(item.path, item.split, item.size) for item in items] == [
        ("image1.jpg", "train", (640, 480)),
        ("ünï/image 2.JPG", "val", (320, 240)),
        ("image3.jpg", "test", (320, 240)),
        ("image4.jpg", "val", (100, 50)),
    ]
    first, second, third, fourth = tables(dataset)
    assert first is not None
    assert first.boxes.tolist() == [[256, 60, 416, 300], [0, 0, 640, 480]]
    assert first.labels.tolist() == [0, 10]
    assert third is None
    assert [len(t) for t in (second, fourth) if t is not None] == [0, 0]
    assert items[0].extra == {"url": "https://pictures.example/path/to/image1.jpg"}
    assert dataset.extra["version"] == 3
    assert not dataset.losses


def test_texts_for_numbers_and_null_for_nothing(tmp_path: Path) -> None:
    head = '{"type":"dataset","task":"detect","class_names":{"0":"a"}}'
    line = '{"file":"a.jpg","split":null,"width":"40","height":20.0,"annotations":{"boxes":%s}}'
    (tmp_path / "a.ndjson").write_text(f"{head}\n{line % '[[0,0.5,0.5,0.5,0.5]]'}\n")
    dataset = formats.read(tmp_path / "a.ndjson")
    assert rows(dataset).boxes.tolist() == [[10, 5, 30, 15]]
    assert next(dataset.items).split == ""
    assert not dataset.losses


def test_polygons_and_a_list_of_another_task() -> None:
    dataset = formats.read(GOLDEN / "segment.ndjson")
    found = rows(dataset)
    assert found.kinds.tolist() == [Kind.POLYGON, Kind.BOX]
    assert found.rings is not None
    assert found.rings.row(0)[0][0].tolist() == [[20, 10], [100, 10], [100, 90]]
    assert found.boxes[1].tolist() == [50, 25, 150, 75]
    told = [str(loss) for loss in dataset.losses]
    assert len(told) == 1
    assert "segment.ndjson:2#/annotations/segments:2: 6 values (a polygon" in told[0]
    assert list(dataset.losses.warnings) == ["box line in a set of polygons"]


def test_keypoints_whose_shape_is_not_stated() -> None:
    dataset = formats.read(GOLDEN / "pose.ndjson")
    assert dataset.labels[0].mirror == (0, 2, 1)
    found = rows(dataset)
    assert found.boxes.round(9).tolist() == [[30, 20, 70, 80]]
    assert found.keypoints is not None
    assert found.keypoints.tolist() == [[[50, 30, 2], [40, 50, 1], [0, 0, 0]]]


def test_oriented_boxes() -> None:
    found = rows(formats.read(GOLDEN / "obb.ndjson"))
    assert found.rotated is not None
    side = 20 * np.sqrt(2)
    np.testing.assert_allclose(found.rotated[0], [40, 40, 2 * side, side, np.pi / 4])


def test_classes_of_pictures() -> None:
    dataset = formats.read(GOLDEN / "classify.ndjson")
    found = [None if t is None else t.labels.tolist() for t in tables(dataset)]
    assert found == [[1], [0, 1], None]
    assert set(rows(dataset).kinds.tolist()) == {Kind.TAG}


@pytest.mark.parametrize("path", sorted(GOLDEN.iterdir()), ids=lambda path: path.stem)
def test_a_file_is_claimed_by_its_task_and_comes_back(path: Path, tmp_path: Path) -> None:
    ending = {"detect": "", "segment": "-seg", "classify": "-cls"}
    name = formats.sniff(path)
    assert name == NAME + ending.get(path.stem, f"-{path.stem}")
    first = formats.read(path)
    losses = formats.write(first, tmp_path / "again.ndjson", name)
    again = formats.read(tmp_path / "again.ndjson", name)
    assert names(again) == names(first)
    assert [i.path for i in again.items] == [i.path for i in first.items]
    assert [i.extra for i in again.items] == [i.extra for i in first.items]
    assert dict(again.extra) == {k: v for k, v in first.extra.items() if k in again.extra}
    for a, b in zip(tables(again), tables(first), strict=True):
        assert (a is None) == (b is None)
        if a is not None and b is not None:
            np.testing.assert_array_equal(a.labels, b.labels)
            np.testing.assert_allclose(a.boxes, b.boxes, atol=1e-3)
    assert set(losses.by_kind) == set(first.losses.by_kind) | (
        {"box written as a polygon of its 4 corners"} if path.stem == "segment" else set()
    )


ODD: dict[str, tuple[list[Any], str | None]] = {
    "null": ([[0, None, 0.5, 0.1, 0.1]], "a value is no finite number"),
    "NaN": ([[0, float("nan"), 0.5, 0.1, 0.1]], "a value is no finite number"),
    "text": ([[0, "x", 0.5, 0.1, 0.1]], "a value is no finite number"),
    "class": ([[7, 0.5, 0.5, 0.1, 0.1]], "class 7, the data set has 2 classes"),
    "short": ([[0, 0.5, 0.5]], "3 values (a box line has 5)"),
    "nothing": ([[]], None),
    "nested": ([[[0.5]]], "1 value (a box line has 5)"),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_object_is_left_out_and_told(name: str, tmp_path: Path) -> None:
    objects, told = ODD[name]
    good = [1, 0.5, 0.5, 0.5, 0.5]
    dataset = formats.read(saved(tmp_path, head(), picture([*objects, good])))
    assert rows(dataset).labels.tolist() == [1]
    found = [str(loss) for loss in dataset.losses]
    if told is None:
        assert found == []
    else:
        assert f"set.ndjson:2#/annotations/boxes:1: {told}" in found[0]


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        ([], "set.ndjson:1: not the first line"),
        (["[]"], "set.ndjson:1: not the first line"),
        ([{"type": "image"}], "set.ndjson:1: a line of the type 'image'"),
        ([head(task="depth")], "set.ndjson:1: the task 'depth'"),
        ([head(class_names={"x": "cat"})], "class_names: the class number 'x'"),
        ([head(class_names={"9" * 30: "cat"})], "class_names: the class number"),
        ([head(class_names=["cat"])], "set.ndjson:1: not the first line"),
        ([head(task="pose", kpt_shape=[0, 3])], "set.ndjson:1: kpt_shape"),
        ([head(task="pose")], "set.ndjson:1: no kpt_shape"),
        ([head(), "{"], "set.ndjson:2: not the line of a picture"),
        ([head(), picture(file="../1.jpg")], "set.ndjson:2: the name '../1.jpg' leaves"),
        ([head(), {"type": "image"}], "set.ndjson:2: not the line of a picture"),
    ],
)
def test_errors_name_the_line(lines: list[Any], place: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as error:
        list(formats.read(saved(tmp_path, *lines), NAME).items)
    assert place in str(error.value)
    assert "\n" not in str(error.value)


def test_classes_without_names_are_counted(tmp_path: Path) -> None:
    path = saved(
        tmp_path, head(class_names={}), picture([[4, 0.5, 0.5, 1, 1], [1, 0.5, 0.5, 1, 1]])
    )
    dataset = formats.read(path)
    assert names(dataset) == [f"class{k}" for k in range(5)]
    assert rows(dataset).labels.tolist() == [4, 1]


def test_a_line_of_another_type_and_scores_that_do_not_fit_are_told_once(tmp_path: Path) -> None:
    odd = picture([[0, 0.5, 0.5, 1, 1]], scores=[0.5, 0.6])
    dataset = formats.read(saved(tmp_path, head(), {"type": "video", "file": "a.mp4"}, odd))
    for _ in range(2):
        assert np.isnan(rows(dataset).scores).all()
    assert {loss.what: loss.count for loss in dataset.losses} == {
        "line left out": 1,
        "list of scores or tracks that is not one number per object": 1,
    }


def test_sizes_come_from_the_picture_or_the_option(tmp_path: Path) -> None:
    bare = {k: v for k, v in picture([[0, 0.5, 0.5, 1, 1]]).items() if k not in ("width", "height")}
    path = saved(tmp_path, head(), bare)
    assert "no width and height" in str(next(iter(told(formats.read(path)))))
    (tmp_path / "sizes.csv").write_text("1.jpg,30,20\n")
    stated = formats.read(path, options={"sizes": str(tmp_path / "sizes.csv")})
    assert rows(stated).boxes.tolist() == [[0, 0, 30, 20]]
    Image.new("L", (10, 20)).save(tmp_path / "1.jpg")
    assert rows(formats.read(path)).boxes.tolist() == [[0, 0, 10, 20]]


def told(dataset: Dataset) -> list[str]:
    list(dataset.chunks())
    return [str(loss) for loss in dataset.losses]


def scene(root: Path) -> Dataset:
    table = Annotations.of(1, boxes=[[20, 10, 60, 40]], labels=[1], scores=[0.1 + 0.2], tracks=[7])
    items = [
        Item("a/1.jpg", SIZE, table, id=9, split="train", extra={"url": "https://x.example/1.jpg"}),
        Item("images/val/2.jpg", None, Annotations.empty(), split="val"),
        Item("3.jpg", SIZE, None),
    ]
    for item in items:
        path = root / item.path
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", SIZE).save(path)
    labels = [Label("cat", 7, "animal"), Label("dog")]
    return Dataset.of(labels, items, root=str(root), extra={"licences": [1]})


def test_a_folder_has_the_pictures_where_ultralytics_looks(tmp_path: Path) -> None:
    losses = formats.write(scene(tmp_path / "in"), tmp_path / "out", NAME)
    assert {loss.what: loss.count for loss in losses} == {
        "folder of a picture": 1,
        "picture without a split, written as train": 1,
    }
    text = (tmp_path / "out/dataset.ndjson").read_text().splitlines()
    assert text[1] == (
        '{"type":"image","file":"1.jpg","split":"train","id":9,"width":200,"height":100,'
        '"url":"https://x.example/1.jpg","scores":[0.30000000000000004],"tracks":[7],'
        '"annotations":{"boxes":[[1,0.200000,0.250000,0.200000,0.300000]]}}'
    )
    assert formats.sniff(tmp_path / "out") == NAME
    back = formats.read(tmp_path / "out")
    assert [i.path for i in back.items] == [
        "images/train/1.jpg",
        "images/val/2.jpg",
        "images/train/3.jpg",
    ]
    assert all((Path(back.root) / i.path).is_file() for i in back.items)
    assert (back.labels[0].name, back.labels[0].id, back.labels[0].supercategory) == (
        "cat",
        7,
        "animal",
    )
    assert back.extra["licences"] == [1]
    assert [i.id for i in back.items] == [9, None, None]
    found = rows(back)
    assert (found.scores[0], found.tracks.tolist()) == (0.1 + 0.2, [7])  # type: ignore[union-attr]
    assert [t is None for t in tables(back)] == [False, False, True]


def test_two_pictures_of_one_place(tmp_path: Path) -> None:
    twins = [Item(f"{k}/1.jpg", SIZE, Annotations.empty(), split="train") for k in "ab"]
    dataset = Dataset.of([Label("cat")], twins)
    with pytest.raises(FormatError, match=r"a/1\.jpg and b/1\.jpg both map to the picture 1\.jpg"):
        formats.write(dataset, tmp_path / "out", NAME)
    assert list(tmp_path.iterdir()) == []
    formats.write(dataset, tmp_path / "out", NAME, {"on_collision": "rename"})
    found = [i.path for i in formats.read(tmp_path / "out").items]
    assert found == ["images/train/1.jpg", "images/train/1-2.jpg"]
    formats.write(dataset, tmp_path / "out.ndjson", NAME)
    assert [i.path for i in formats.read(tmp_path / "out.ndjson").items] == ["a/1.jpg", "b/1.jpg"]


def test_what_a_task_does_not_hold_is_counted(tmp_path: Path) -> None:
    rings = Rings.of([[[[[10, 10], [60, 10], [60, 50]]]], []])
    kinds = [Kind.POLYGON, Kind.TAG]
    table = Annotations.of(2, kinds=kinds, rings=rings, boxes=[[10, 10, 60, 50]] * 2)
    dataset = Dataset.of([Label("cat")], [Item("1.jpg", SIZE, table, id=3, split="odd")])
    losses = formats.write(dataset, tmp_path / "a.ndjson", NAME)
    assert {loss.what for loss in losses} == {
        "polygon",
        "tag of a whole picture",
        "split other than train, val and test",
    }
    losses = formats.write(replace(dataset), tmp_path / "b.ndjson", f"{NAME}-seg")
    assert "polygon" not in losses.by_kind
    with pytest.raises(FormatError, match="--strict"):
        formats.write(dataset, tmp_path / "c.ndjson", NAME, {"strict": True})
    assert not (tmp_path / "c.ndjson").exists()


@pytest.mark.parametrize(("split", "told"), [("val", True), ("train", False), ("", False)])
def test_a_set_that_ultralytics_does_not_load_is_told(
    split: str, told: bool, tmp_path: Path
) -> None:
    items = [Item("1.jpg", SIZE, Annotations.empty(), split=split)]
    losses = formats.write(Dataset.of([Label("cat")], items), tmp_path / "a.ndjson", NAME)
    assert any("no picture is for training" in note for note in losses.notes) == told


def test_further_keys_with_names_of_ultralytics_are_counted(tmp_path: Path) -> None:
    told = {"type": "photo", "scores": [0.5], "annotations": 3, "scene": "day"}
    item = Item("a.jpg", (9, 9), Annotations.of(1, boxes=[[1, 1, 2, 2]]), split="train", extra=told)
    whole = {"type": "instances", "path": "/data", "year": 2020}
    found = Dataset.of([Label("cat")], [item], extra=whole)
    losses = formats.write(found, tmp_path / "a.ndjson", "ultralytics-ndjson")
    counts = {loss.what: loss.count for loss in losses}
    assert counts == {"key of the whole data set": 2, "picture with unknown keys": 1}
    again = formats.read(tmp_path / "a.ndjson")
    assert again.extra == {"year": 2020}
    assert [item.extra for item in again.items] == [{"scene": "day"}]


def test_an_unknown_size_names_the_picture(tmp_path: Path) -> None:
    table = Annotations.of(1, boxes=[[0, 0, 9, 9]])
    dataset = Dataset.of([Label("cat")], [Item("1.jpg", None, table)])
    with pytest.raises(FormatError, match=r"1\.jpg: the picture's size is unknown"):
        formats.write(dataset, tmp_path / "a.ndjson", NAME)


def test_lines_that_cannot_be_read_are_counted_and_the_others_read(tmp_path: Path) -> None:
    box = [0, 0.5, 0.5, 1, 1]
    path = saved(
        tmp_path, head(), "{", picture([box]), {"type": "image"}, picture([box], file="b.jpg")
    )
    dataset = formats.read(path, NAME)
    for _ in range(2):
        assert len(list(dataset.items)) == 2
    (loss,) = dataset.losses
    assert (loss.what, loss.count) == ("line left out", 2)
    assert loss.example.startswith(f"{path}:2: not the line of a picture")
    with pytest.raises(FormatError, match=r":2: not the line"):
        list(formats.read(path, NAME, {"strict": True}).items)
