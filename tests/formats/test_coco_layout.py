"""Which files make up a COCO data set, and which split each of them is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from coco_files import coco
from PIL import Image

import formats
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError


def save(path: Path, ids: list[int], names: list[str] | None = None, **further: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    images = [{"id": k, "file_name": f"{k}.jpg", "width": 4, "height": 4} for k in ids]
    rows = [{"id": k, "image_id": k, "category_id": 0, "bbox": [0, 0, 1, 1]} for k in ids]
    categories = [{"id": k, "name": name} for k, name in enumerate(names or ["x"])]
    value = {"images": images, "annotations": rows, "categories": categories, **further}
    path.write_text(json.dumps(value))


def splits(path: Path) -> list[tuple[str, str]]:
    return [(item.split, item.path) for item in formats.read(path, "coco").items]


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("annotations/instances_train2017.json", "train2017"),
        ("annotations/person_keypoints_val2017.json", "val2017"),
        ("annotations/instances_default.json", ""),
        ("annotations/instances_my_part.json", "my_part"),
        ("valid/_annotations.coco.json", "valid"),
        ("test.json", "test"),
        ("pills-validation.json", "validation"),
        ("labels.json", ""),
    ],
)
def test_the_split_of_a_lone_file(name: str, split: str, tmp_path: Path) -> None:
    save(tmp_path / name, [1])
    assert splits(tmp_path / name) == [(split, "1.jpg")]


def test_a_folder_of_annotations_is_read_in_the_order_train_val_test(tmp_path: Path) -> None:
    for split, number in (("test", 3), ("val", 2), ("train", 1)):
        save(tmp_path / f"annotations/instances_{split}.json", [number])
    save(tmp_path / "annotations/person_keypoints_val.json", [9])
    (tmp_path / "annotations/captions_val.json").write_text('{"x": 1}')
    assert splits(tmp_path) == [("train", "1.jpg"), ("val", "2.jpg"), ("test", "3.jpg")]
    assert splits(tmp_path / "annotations") == splits(tmp_path)
    chosen = formats.read(tmp_path, "coco", {"task": "person_keypoints"})
    assert [item.id for item in chosen.items] == [9]


def test_roboflow_splits_whose_ids_collide_stay_apart(tmp_path: Path) -> None:
    for split in ("train", "valid"):
        save(tmp_path / split / "_annotations.coco.json", [0, 1])
    assert formats.sniff(tmp_path) == "coco"
    formats.convert(tmp_path, tmp_path / "out", "coco")
    written = sorted((tmp_path / "out" / "annotations").iterdir())
    assert [p.name for p in written] == ["instances_train.json", "instances_valid.json"]
    for path in written:
        assert [i["id"] for i in json.loads(path.read_text())["images"]] == [0, 1]


def test_splits_in_one_file_need_ids_that_differ(tmp_path: Path) -> None:
    save(tmp_path / "train" / "_annotations.coco.json", [0])
    save(tmp_path / "valid" / "_annotations.coco.json", [0])
    path = tmp_path / "valid" / "_annotations.coco.json"
    path.write_text(path.read_text().replace("0.jpg", "other.jpg"))
    with pytest.raises(FormatError, match=r"image id 0 is that of 0.jpg too.*--fix"):
        formats.convert(tmp_path, tmp_path / "one.json", "coco")
    losses = formats.convert(tmp_path, tmp_path / "one.json", "coco", writing={"fix": True})
    found = json.loads((tmp_path / "one.json").read_text())
    assert len({i["id"] for i in found["images"]}) == 2
    assert len({r["id"] for r in found["annotations"]}) == 2
    assert {r["image_id"] for r in found["annotations"]} == {i["id"] for i in found["images"]}
    assert losses.by_kind["split"].count == 2


def test_one_list_of_classes_for_all_splits(tmp_path: Path) -> None:
    save(tmp_path / "annotations/instances_train.json", [1], ["a", "b"])
    save(tmp_path / "annotations/instances_val.json", [2], ["b", "c"])
    dataset = formats.read(tmp_path)
    assert [(e.name, e.id) for e in dataset.labels] == [("a", 0), ("b", 1), ("c", None)]
    labels = [item.annotations.labels.tolist() for item in dataset.items]
    assert labels == [[0], [1]]
    assert dataset.losses.notes
    formats.write(dataset, tmp_path / "out", "coco")
    found = json.loads((tmp_path / "out/annotations/instances_val.json").read_text())
    assert [(c["name"], c["id"]) for c in found["categories"]] == [("a", 0), ("b", 1), ("c", 2)]
    assert found["annotations"][0]["category_id"] == 1


def test_info_of_each_split_is_kept(tmp_path: Path) -> None:
    save(tmp_path / "annotations/instances_train.json", [1], info={"year": 1}, licenses=[])
    save(tmp_path / "annotations/instances_val.json", [2], info={"year": 2}, licenses=[])
    formats.convert(tmp_path, tmp_path / "out", "coco")
    for split, year in (("train", 1), ("val", 2)):
        found = json.loads((tmp_path / f"out/annotations/instances_{split}.json").read_text())
        assert (found["info"], found["licenses"]) == ({"year": year}, [])


def test_a_folder_without_any_is_told(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no COCO file in the folder"):
        formats.read(tmp_path, "coco")


@pytest.mark.parametrize("folder", ["", "images", "train", "images/train"])
def test_missing_sizes_come_from_the_pictures(folder: str, tmp_path: Path) -> None:
    save(tmp_path / "annotations/instances_train.json", [1])
    path = tmp_path / "annotations/instances_train.json"
    path.write_text(path.read_text().replace('"width": 4, "height": 4', '"width": null'))
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    Image.new("L", (30, 20)).save(tmp_path / folder / "1.jpg")
    assert [item.size for item in formats.read(tmp_path).items] == [(30, 20)]


def test_the_stored_size_of_a_turned_picture_is_warned_about(tmp_path: Path) -> None:
    save(tmp_path / "train.json", [1])
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (4, 3)).save(tmp_path / "1.jpg", exif=exif)
    text = (tmp_path / "train.json").read_text()
    for stated, what in (((4, 3), "stored size"), ((9, 9), "a size it has not"), ((3, 4), "")):
        sized = f'"width": {stated[0]}, "height": {stated[1]}'
        (tmp_path / "train.json").write_text(text.replace('"width": 4, "height": 4', sized))
        dataset = formats.read(tmp_path / "train.json", "coco")
        assert [item.size for item in dataset.items] == [stated]
        assert [item.size for item in dataset.items] == [stated]
        counts = [w.count for w in dataset.losses.warnings.values()]
        assert counts == ([1] if what else [])
        assert all(what in text for text in dataset.losses.warnings)
        trusted = formats.read(tmp_path / "train.json", "coco", {"pictures": "trust"})
        assert [item.size for item in trusted.items] == [stated]
        assert not trusted.losses.warnings


def test_sizes_come_from_a_file(tmp_path: Path) -> None:
    save(tmp_path / "train.json", [1])
    path = tmp_path / "train.json"
    path.write_text(path.read_text().replace('"width": 4, "height": 4', '"x": 1'))
    (tmp_path / "sizes.csv").write_text("path,width,height\n1.jpg,640,480\n")
    dataset = formats.read(path, "coco", {"sizes": str(tmp_path / "sizes.csv")})
    assert [item.size for item in dataset.items] == [(640, 480)]


def test_what_coco_cannot_say_about_pictures_is_reported(tmp_path: Path) -> None:
    items = [Item("a.jpg", (4, 4), None, annotator="ann", frame=3, status="done")]
    dataset = Dataset.of([Label("x")], items)
    losses = formats.write(dataset, tmp_path / "t.json", "coco")
    told = " ".join(loss.what for loss in losses)
    assert all(word in told for word in ("not looked at", "annotator", "frame", "status"))


INFO: dict[str, Any] = {"images": [{"id": 9, "file_name": "9.jpg", "width": 4, "height": 4}]}
CAPTIONS = {"images": INFO["images"], "annotations": [{"id": 1, "image_id": 9, "caption": "x"}]}


def put(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def test_of_all_kinds_of_files_objects_are_read_and_the_others_told(tmp_path: Path) -> None:
    folder = tmp_path / "annotations"
    save(folder / "instances_val2017.json", [1])
    save(folder / "person_keypoints_val2017.json", [1, 2])
    put(folder / "image_info_test-dev2017.json", INFO)
    put(folder / "captions_val2017.json", CAPTIONS)
    put(folder / "panoptic_val2017.json", {"annotations": [{"segments_info": []}]})
    put(folder / "mine.json", {})
    dataset = formats.read(tmp_path)
    assert [(item.split, item.path) for item in dataset.items] == [("val2017", "1.jpg")]
    (note,) = dataset.losses.notes
    names = ("captions_val2017", "image_info_test-dev2017", "panoptic_val2017")
    told = ", ".join(f"{name}.json" for name in (*names, "person_keypoints_val2017"))
    assert note == f"not read, unless they are named: {told}"


def test_pictures_without_a_list_of_annotations_were_not_looked_at(tmp_path: Path) -> None:
    put(tmp_path / "annotations/image_info_test-dev2017.json", INFO)
    (item,) = formats.read(tmp_path, "coco").items
    assert (item.path, item.split, item.annotations) == ("9.jpg", "test-dev2017", None)
    formats.convert(tmp_path, tmp_path / "out", "yolo", "coco")
    assert not (tmp_path / "out/labels").exists()
    for lean in (False, True):
        file = tmp_path / "annotations/image_info_test-dev2017.json"
        (item,) = formats.read(file, "coco", {"low_memory": lean}).items
        assert item.annotations is None


def test_image_info_and_captions_do_not_hide_what_tells_of_objects(tmp_path: Path) -> None:
    put(tmp_path / "annotations/image_info_test2017.json", INFO)
    put(tmp_path / "annotations/captions_val2017.json", CAPTIONS)
    save(tmp_path / "annotations/stuff_val2017.json", [1])
    assert splits(tmp_path) == [("val2017", "1.jpg")]
    (tmp_path / "annotations/stuff_val2017.json").unlink()
    segments = {"image_id": 9, "file_name": "9.png", "segments_info": []}
    found = {**INFO, "annotations": [segments], "categories": []}
    put(tmp_path / "annotations/panoptic_val2017.json", found)
    assert formats.sniff(tmp_path) == "coco-panoptic"


def test_captions_are_no_objects(tmp_path: Path) -> None:
    put(tmp_path / "annotations/captions_val2017.json", CAPTIONS)
    with pytest.raises(FormatError, match="captions, expected objects"):
        formats.read(tmp_path)


def test_of_several_kinds_of_lone_files_objects_are_read(tmp_path: Path) -> None:
    put(tmp_path / "images_info_examples.json", INFO)
    segments = {"image_id": 9, "file_name": "9.png", "segments_info": []}
    put(tmp_path / "panoptic_examples.json", {**INFO, "annotations": [segments], "categories": []})
    save(tmp_path / "panoptic_coco_detection_format.json", [9])
    assert formats.sniff(tmp_path) == "coco"
    dataset = formats.read(tmp_path)
    assert [(i.split, i.path, i.annotations is None) for i in dataset.items] == [
        ("", "9.jpg", False)
    ]
    (note,) = dataset.losses.notes
    assert note.endswith(": images_info_examples.json, panoptic_examples.json")
    (tmp_path / "panoptic_coco_detection_format.json").unlink()
    assert formats.sniff(tmp_path) == "coco-panoptic"


@pytest.mark.parametrize("inner", ["annotations.json", "annotations/labels.json"])
def test_a_file_in_each_folder_of_a_split(inner: str, tmp_path: Path) -> None:
    for split, number in (("valid", 2), ("train", 1)):
        save(tmp_path / split / inner, [number])
        Image.new("L", (4, 4)).save(tmp_path / split / f"{number}.jpg")
    assert formats.sniff(tmp_path) == "coco"
    assert splits(tmp_path) == [("train", "1.jpg"), ("valid", "2.jpg")]
    formats.convert(tmp_path, tmp_path / "out", "yolo")
    assert len(list((tmp_path / "out").rglob("*.jpg"))) == 2


@pytest.mark.parametrize("task", ["instances", "person_keypoints"])
def test_files_keep_the_name_of_their_task(task: str, tmp_path: Path) -> None:
    told = coco({"bbox": [1, 2, 3, 4]}, categories=[{"id": 3, "name": "a", "keypoints": ["nose"]}])
    place = tmp_path / "a/annotations" / f"{task}_val.json"
    place.parent.mkdir(parents=True)
    place.write_text(json.dumps(told))
    formats.convert(tmp_path / "a", tmp_path / "b", "coco")
    assert [f.name for f in (tmp_path / "b/annotations").iterdir()] == [f"{task}_val.json"]
