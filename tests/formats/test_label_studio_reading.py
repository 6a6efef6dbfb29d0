"""Exports of Label Studio as data sets: annotators, pictures, classes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from label_studio_configs import EVERY, POSE, tag, view
from label_studio_tasks import SIZE, annotation, box, region, task
from PIL import Image
from sdk_oracle import Oracle

import formats
from formats.annotations import Kind
from formats.dataset import Dataset, Item
from formats.errors import FormatError
from formats.label_studio.addresses import path_of


def read(folder: Path, tasks: Any, text: str = "", **options: Any) -> Dataset:
    path = folder / "export.json"
    path.write_text(json.dumps(tasks))
    if text:
        (folder / "label_config.xml").write_text(text)
    return formats.read(path, "label-studio", options)


def items(folder: Path, tasks: Any, text: str = "", **options: Any) -> list[Item]:
    return list(read(folder, tasks, text, **options).items)


def rows(item: Item) -> int:
    assert item.annotations is not None
    return len(item.annotations)


def test_every_annotator_of_a_picture_is_an_item(tmp_path: Path) -> None:
    by = [3, {"id": 4, "email": "a@b.c"}, {"id": 5}]
    found = items(tmp_path, [task(1, *(annotation(box(), by=who) for who in by))])
    assert [item.annotator for item in found] == ["3", "a@b.c", "5"]
    assert {item.path for item in found} == {"pictures/1.jpg"}
    assert {item.id for item in found} == {1}
    assert [item.size for item in found] == [SIZE] * 3


def test_what_nobody_looked_at_is_not_what_is_empty(tmp_path: Path) -> None:
    done, empty, fresh = items(
        tmp_path, [task(1, annotation(box())), task(2, annotation()), task(3)]
    )
    assert rows(done) == 1
    assert rows(empty) == 0
    assert fresh.annotations is None


def test_a_cancelled_annotation_says_nothing_about_the_picture(tmp_path: Path) -> None:
    skipped = annotation(box(), by=2, was_cancelled=True)
    dataset = read(tmp_path, [task(1, skipped, annotation(box()))])
    first, second = dataset.items
    assert (first.status, first.annotations, first.annotator) == ("cancelled", None, "2")
    assert second.status == ""
    assert any("cancelled" in loss.what for loss in dataset.losses)


def test_the_newest_annotation_can_be_taken_alone(tmp_path: Path) -> None:
    answers = [
        annotation(by=1, updated_at="2026-01-01T10:00:00Z"),
        annotation(box(), by=2, updated_at="2026-01-03T10:00:00Z"),
        annotation(by=3, updated_at="2026-01-05T10:00:00Z", was_cancelled=True),
        annotation(by=4, created_at="2026-01-02T10:00:00Z"),
    ]
    (item,) = items(tmp_path, [task(1, *answers)], annotators="newest")
    assert item.annotator == "2"
    (item,) = items(tmp_path, [task(1, answers[2])], annotators="newest")
    assert item.status == "cancelled"


def test_predictions_are_read_where_nobody_annotated(tmp_path: Path) -> None:
    told = {"model_version": "m", "score": 0.5, "result": [box(score=0.5)]}
    (item,) = items(tmp_path, [task(1, predictions=[told])])
    assert item.annotator == ""
    assert rows(item) == 1
    two = [told, {**told, "model_version": "n"}]
    found = items(tmp_path, [task(1, predictions=two)])
    assert [item.annotator for item in found] == ["m", "n"]


def test_annotations_come_before_predictions(tmp_path: Path) -> None:
    told = {"model_version": "m", "result": [box(), box(x=40.0)]}
    tasks = [task(1, annotation(box()), predictions=[told]), task(2, predictions=[told])]
    dataset = read(tmp_path, tasks)
    first, second = dataset.items
    assert (rows(first), second.annotations) == (1, None)
    assert any("predictions" in note for note in dataset.losses.notes)
    both = items(tmp_path, tasks, rows="predictions")
    assert [rows(item) for item in both] == [2, 2]


def test_predictions_that_are_numbers_only_are_none(tmp_path: Path) -> None:
    (item,) = items(tmp_path, [task(1, predictions=[12, 13])])
    assert item.annotations is None


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("a/b.jpg", "a/b.jpg"),
        ("/data/upload/3/0a1b2c3d-b%20c.jpg", "3/0a1b2c3d-b c.jpg"),
        ("/data/local-files/?d=set/a%20b.jpg", "set/a b.jpg"),
        ("http://h:8080/data/local-files/?d=set/a.jpg", "set/a.jpg"),
        ("https://h/x/a.jpg?token=secret&d=1", "x/a.jpg"),
        ("s3://bucket/key/a.jpg", "key/a.jpg"),
        ("../../etc/a.jpg", "a.jpg"),
        ("/data/local-files/?d=../../etc/a.jpg", "a.jpg"),
        ("https://h/%2e%2e/%2e%2e/a.jpg", "a.jpg"),
        ("C:\\pictures\\a.jpg", "a.jpg"),
        ("/abs/a.jpg", "abs/a.jpg"),
    ],
)
def test_addresses_become_paths_that_stay_inside(address: str, path: str) -> None:
    assert path_of(address) == path


@pytest.mark.parametrize("address", ["", "..", "/data/local-files/?d=..", "https://h/"])
def test_an_address_without_a_name_is_an_error(address: str) -> None:
    with pytest.raises(FormatError):
        path_of(address)


def test_uploaded_pictures_are_found_by_their_own_name(tmp_path: Path) -> None:
    Image.new("L", (30, 20)).save(tmp_path / "cat.png")
    (item,) = items(tmp_path, [task(1, annotation(), image="/data/upload/9/0a1b2c3d-cat.png")])
    assert (item.path, item.size) == ("cat.png", (30, 20))
    assert item.extra["data"] == {"image": "/data/upload/9/0a1b2c3d-cat.png"}


def test_sizes_can_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "sizes.csv").write_text("a.jpg,70,60\n")
    bare = box()
    del bare["original_width"]
    tasks = [task(1, annotation(bare), image="a.jpg")]
    (item,) = items(tmp_path, tasks, sizes=str(tmp_path / "sizes.csv"))
    assert item.size == (70, 60)
    dataset = read(tmp_path, tasks)
    assert [rows(item) for item in dataset.items] == [0]
    assert any("size" in loss.what for loss in dataset.losses)


def test_classes_come_in_the_order_of_the_config(tmp_path: Path) -> None:
    text = view(tag("RectangleLabels", "rectanglelabels", ("zebra", "car", "ant")))
    dataset = read(tmp_path, [task(1, annotation(box("car"), box("new")))], text)
    assert [label.name for label in dataset.labels] == ["zebra", "car", "ant", "new"]


def test_without_a_config_the_order_is_told(tmp_path: Path) -> None:
    tasks = [task(1, annotation(box("b"), box("a", 30.0)))]
    dataset = read(tmp_path, tasks)
    assert [label.name for label in dataset.labels] == ["a", "b"]
    assert any("alphabet" in note for note in dataset.losses.notes)


def test_skeletons_belong_to_what_they_hang_on(tmp_path: Path) -> None:
    points = [
        region("keypointlabels", {"x": x, "y": 1, "width": 1}, name, parentID="p", id=name)
        for name, x in (("foot", 10), ("head", 20))
    ]
    tasks = [task(1, annotation(box("person", id="p"), *points))]
    named = read(tmp_path, tasks, POSE)
    assert [(label.name, label.keypoints) for label in named.labels] == [
        ("person", ("head", "hand", "foot"))
    ]
    (item,) = named.items
    assert item.annotations is not None
    assert item.annotations.keypoints is not None
    assert item.annotations.keypoints[0, :, 0].tolist() == [40, 0, 20]
    (tmp_path / "label_config.xml").unlink()
    bare = read(tmp_path, tasks)
    assert [(label.name, label.keypoints) for label in bare.labels] == [
        ("person", ("foot", "head"))
    ]


def test_pictures_of_one_task_are_items_of_their_own(tmp_path: Path) -> None:
    text = (
        '<View><Image name="a" value="$one"/><Image name="b" valueList="$many"/>'
        '<RectangleLabels name="rectanglelabels" toName="a,b"><Label value="car"/>'
        "</RectangleLabels></View>"
    )
    told = annotation(
        {**box(), "to_name": "a"},
        {**box(x=30.0), "to_name": "b", "item_index": 1},
        {**box(x=50.0), "to_name": "b"},
    )
    data = {"one": "1.jpg", "many": ["2.jpg", "3.jpg"]}
    found = items(tmp_path, [{"id": 1, "data": data, "annotations": [told]}], text)
    left = []
    for item in found:
        assert item.annotations is not None
        left.append((item.path, item.annotations.boxes[:, 0].tolist()))
    assert left == [("1.jpg", [20.0]), ("2.jpg", [100.0]), ("3.jpg", [60.0])]


def test_broken_tasks_are_counted_and_the_rest_is_read(tmp_path: Path) -> None:
    tasks = [
        task(1, annotation(box())),
        "text",
        {"id": 2, "data": {"text": "no picture"}},
        task(3, {"result": 7}),
        task(4, annotation(box())),
    ]
    dataset = read(tmp_path, tasks)
    found = list(dataset.items)
    assert [item.id for item in found] == [1, 3, 4]
    assert len(dataset.losses.by_kind) == 3


def test_a_data_set_is_walked_twice(tmp_path: Path) -> None:
    dataset = read(tmp_path, [task(1, annotation(box(), "broken"))])
    for _ in range(3):
        assert [rows(item) for item in dataset.items] == [1]
        assert sum(loss.count for loss in dataset.losses) == 1


@pytest.mark.parametrize("text", ["{}", "3", "[1, ", '{"images": []}'])
def test_what_is_no_export_is_an_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(FormatError):
        list(formats.read(tmp_path / "a.json", "label-studio").items)


def test_exports_are_recognised(tmp_path: Path) -> None:
    least = {"image": "a.jpg", "id": 1, "annotator": 1, "annotation_id": 2}
    long = {"id": 1, "annotations": [{"result": [{"value": {"rle": [1] * 40_000}}]}], "data": {}}
    for number, first in enumerate([task(1), least, long, {"data": {"image": "a.jpg"}}]):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps([first]))
        assert formats.sniff(path) == "label-studio"
    results = tmp_path / "results.json"
    results.write_text(json.dumps([{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1]}]))
    assert formats.sniff(results) == "coco-results"


def export(oracle: Oracle, text: str, tasks: list[dict[str, Any]], folder: Path, kind: str) -> Path:
    """What label-studio-sdk makes of tasks."""
    for name, content in oracle("export", text, tasks, kind).items():
        path = folder / kind / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder / kind / "result.json"


@pytest.mark.label_studio
@pytest.mark.parametrize("beside", [True, False])
def test_json_min_says_the_same_as_json(sdk: Oracle, tmp_path: Path, beside: bool) -> None:
    tasks = [
        task(1, annotation(box(), box("person", 40.0, 30.0), by=1), annotation(by=2)),
        task(2),
        task(
            3,
            annotation(
                region("ellipselabels", {"x": 5, "y": 6, "radiusX": 3, "radiusY": 4}, "person"),
                region("polygonlabels", {"points": [[0, 0], [9, 0], [9, 9]], "closed": True}),
                region("choices", {"choices": ["person"]}),
            ),
        ),
    ]
    path = export(sdk, EVERY, tasks, tmp_path, "JSON_MIN")
    full = tmp_path / "full.json"
    full.write_text(json.dumps(tasks))
    if beside:
        for place in (path, full):
            place.with_name("label_config.xml").write_text(EVERY)
    assert formats.sniff(path) == "label-studio"
    for wanted, found in zip(formats.read(full).items, formats.read(path).items, strict=True):
        assert (found.path, found.id, found.annotator) == (wanted.path, wanted.id, wanted.annotator)
        same(wanted, found)


def same(wanted: Item, found: Item) -> None:
    if wanted.annotations is None:
        assert found.annotations is None
        return
    assert found.annotations is not None
    order = found.annotations.kinds.argsort(kind="stable")
    mine = wanted.annotations.kinds.argsort(kind="stable")
    a, b = wanted.annotations[mine], found.annotations[order]
    assert b.kinds.tolist() == a.kinds.tolist()
    assert b.labels.tolist() == a.labels.tolist()
    shaped = a.kinds != Kind.TAG
    assert b.boxes[shaped].tolist() == a.boxes[shaped].tolist()


@pytest.mark.label_studio
def test_bare_shapes_of_json_min_find_their_labels(sdk: Oracle, tmp_path: Path) -> None:
    text = view(
        '<Labels name="names" toName="image"><Label value="car"/><Label value="person"/></Labels>',
        '<Rectangle name="shape" toName="image"/>',
    )
    shape = {"x": 10, "y": 20, "width": 20, "height": 50, "rotation": 0}
    told = [
        {"id": str(number), "to_name": "image", "original_width": 200, "original_height": 50, **own}
        for number, label in enumerate(["car", "person", "car"])
        for own in (
            {"from_name": "shape", "type": "rectangle", "value": shape},
            {"from_name": "names", "type": "labels", "value": {**shape, "labels": [label]}},
        )
    ]
    path = export(sdk, text, [task(1, annotation(*told))], tmp_path, "JSON_MIN")
    dataset = formats.read(path)
    (item,) = dataset.items
    assert item.annotations is not None
    names = [dataset.labels[k].name for k in item.annotations.labels]
    assert names == ["car", "person", "car"]
    assert item.annotations.boxes.tolist() == [[20, 10, 60, 35]] * 3
    assert not dataset.losses


def test_regions_of_a_picture_that_was_turned_in_the_editor_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        json.dumps([task(1, annotation(box(), {**box(), "id": "t", "image_rotation": 90}))])
    )
    found = formats.read(tmp_path / "a.json")
    assert [rows(item) for item in found.items] == [2]
    (odd,) = found.losses.warnings.values()
    assert odd.count == 1
    assert "turned in the editor" in odd.what


def test_several_choices_of_json_min_without_a_config(tmp_path: Path) -> None:
    told = {"annotator": 1, "annotation_id": 1, "weather": {"choices": ["sunny", "windy"]}}
    told |= {"note": {"text": ["a", "b"]}}
    record = {"image": "x.jpg", "info": {"choices": [1]}, "id": 1, **told}
    (tmp_path / "a.json").write_text(json.dumps([record]))
    found = formats.read(tmp_path / "a.json", "label-studio")
    (item,) = found.items
    assert item.annotations is not None
    assert [found.labels[k].name for k in item.annotations.labels] == ["sunny", "windy"]
    assert item.extra["data"] == {"image": "x.jpg", "info": {"choices": [1]}}
    assert [loss.what for loss in found.losses] == ["answer about the picture that is no choice"]


@pytest.mark.parametrize("first", ["id", "image", "label"])
def test_records_of_json_min_whose_keys_were_sorted(first: str, tmp_path: Path) -> None:
    value = {"x": 10, "y": 20, "width": 30, "height": 40, "rotation": 0, "rectanglelabels": ["cat"]}
    shape = {**value, "original_width": 100, "original_height": 50}
    known = {"id": 1, "image": "/data/upload/1/x.jpg", "label": [shape], "quality": "good"}
    order = sorted(known, key=lambda key: (key != first, key))
    told = {key: known[key] for key in order} | {"annotator": 1, "annotation_id": 5}
    (item,) = items(tmp_path, [told])
    assert item.path == "1/x.jpg"
    assert item.annotations is not None
    assert item.annotations.boxes[0].tolist() == [10, 10, 40, 30]


def test_an_export_in_a_folder_is_found_by_whatever_name(tmp_path: Path) -> None:
    Image.new("RGB", SIZE).save(tmp_path / "1.png")
    export = tmp_path / "project-1-at-2024-05-06.json"
    export.write_text(json.dumps([task(1, annotation(box()))]))
    assert [rows(item) for item in formats.read(tmp_path).items] == [1]
    (tmp_path / "second.json").write_text(export.read_text())
    with pytest.raises(FormatError, match=r"^[^\n]* no format claims it"):
        formats.read(tmp_path)
    with pytest.raises(FormatError, match="no other JSON alone"):
        formats.read(tmp_path, "label-studio")


def test_a_task_alone_is_told_from_coco(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text(json.dumps(task(1, annotation(box()))))
    assert [rows(item) for item in formats.read(tmp_path / "1.json").items] == [1]


def test_tasks_that_cannot_be_read_are_counted_once_each(tmp_path: Path) -> None:
    dataset = read(tmp_path, [task(1, annotation(box())), 5, {"data": 5}])
    assert [rows(item) for _ in range(2) for item in dataset.items] == [1, 1]
    assert dataset.losses.by_kind["task that cannot be read"].count == 2


def test_sizes_of_whole_floats_are_sizes(tmp_path: Path) -> None:
    """Importers in Python and JavaScript write ``200.0``."""
    one = box(original_width=200.0, original_height=50.0)
    (item,) = items(tmp_path, [task(1, annotation(one))])
    assert (item.size, rows(item)) == (SIZE, 1)
    (none,) = items(tmp_path, [task(1, annotation(box(original_width=200.5)))])
    assert none.size is None


def test_a_second_shape_of_one_id_is_counted(tmp_path: Path) -> None:
    same = [box(id="a"), {**box(id="a"), "type": "rectangle", "from_name": "r"}]
    other = [box(id="a"), box(id="a", x=50.0)]
    for results, expected in ((same, []), (other, [1])):
        found = read(tmp_path, [task(1, annotation(*results))])
        assert [rows(item) for item in found.items] == [1]
        assert [loss.count for loss in found.losses if "several shapes" in loss.what] == expected


def test_texts_on_regions_are_counted_and_ground_truth_is_carried(tmp_path: Path) -> None:
    noted = annotation(box(meta={"text": ["look again"]}), ground_truth=True)
    found = read(tmp_path, [task(1, noted)])
    (item,) = found.items
    assert item.extra["ground_truth"] is True
    assert [(loss.count, loss.what) for loss in found.losses] == [(1, "text on a region")]
    repeated = annotation(box(id="bbox-0", meta={"text": ["bbox-0"]}))
    assert not read(tmp_path, [task(1, repeated)]).losses
