"""Data sets as tasks for Label Studio: addresses, who said it, which control holds it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dataset_strategies import Wanted, datasets
from hypothesis import given
from hypothesis import strategies as st
from label_studio_configs import EVERY, tag, view
from label_studio_tasks import annotation, box, task
from sdk_oracle import Oracle
from strategies import FEW

import formats
from formats.annotations import Annotations, Flag, Kind
from formats.dataset import Dataset, Item, Label, Source
from formats.errors import FormatError
from formats.label_studio import config, generated
from formats.losses import Losses
from geometry import masks
from geometry.rings import Rings

SIZE = (200, 50)


def boxes(*labels: int, **columns: Any) -> Annotations:
    n = len(labels)
    return Annotations.of(n, boxes=[[20, 10, 60, 35]] * n, labels=labels, **columns)


def item(path: str = "a/b c.jpg", table: Annotations | None = None, **more: Any) -> Item:
    return Item(path, SIZE, boxes(0) if table is None else table, **more)


def dataset(*found: Item, **more: Any) -> Dataset:
    return Dataset.of([Label("car"), Label("person")], found, **more)


def written(folder: Path, data: Dataset, **options: Any) -> tuple[list[dict[str, Any]], Losses]:
    target = folder / "out.json"
    losses = formats.write(data, target, "label-studio", {"overwrite": True, **options})
    return json.loads(target.read_text()), losses


def config_file(folder: Path, text: str) -> str:
    path = folder / "project.xml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("prefix", "address"),
    [
        ("", "a/b c.jpg"),
        ("https://h/x/", "https://h/x/a/b%20c.jpg"),
        ("/data/local-files/?d=", "/data/local-files/?d=a/b%20c.jpg"),
    ],
)
def test_pictures_have_the_address_that_is_asked_for(
    tmp_path: Path, prefix: str, address: str
) -> None:
    (told,), _ = written(tmp_path, dataset(item(split="val", id=5)), image_prefix=prefix)
    assert told["data"] == {"image": address}
    assert told["id"] == 5
    (back,) = formats.read(tmp_path / "out.json").items
    assert (back.path, back.size, back.split, back.id) == ("a/b c.jpg", SIZE, "val", 5)


def test_a_model_predicts_and_a_person_annotates(tmp_path: Path) -> None:
    model = dataset(item(), sources=(Source("model", "net", "12ab"),))
    (told,), _ = written(tmp_path, model)
    (found,) = told["predictions"]
    assert found["model_version"] == "net 12ab"
    assert "annotations" not in told
    truth = dataset(item(), sources=(Source("truth", "x"),))
    (told,), _ = written(tmp_path, truth)
    assert len(told["annotations"]) == 1
    (told,), _ = written(tmp_path, truth, rows="predictions", model_version="mine")
    assert told["predictions"][0]["model_version"] == "mine"


def test_rows_of_unknown_origin_finish_no_task(tmp_path: Path) -> None:
    (told,), _ = written(tmp_path, dataset(item()))
    assert set(told) == {"data", "meta", "predictions"}
    assert told["predictions"][0]["model_version"] == "prelabel"


def test_sources_of_the_rows_come_before_those_of_the_set(tmp_path: Path) -> None:
    sources = (Source("model", "m"), Source("person", "p"))
    person = item("1.jpg", boxes(0, sources=[1]))
    model = item("2.jpg", boxes(0, sources=[0]))
    told, _ = written(tmp_path, dataset(person, model, sources=sources))
    assert ["annotations" in task for task in told] == [True, False]


def test_annotators_of_a_picture_share_a_task(tmp_path: Path) -> None:
    found = [
        item("1.jpg", annotator="a@b.c"),
        item("1.jpg", annotator="7"),
        Item("1.jpg", SIZE, annotator="9", status="cancelled"),
        item("2.jpg", annotator="someone"),
    ]
    told, losses = written(tmp_path, dataset(*found))
    assert [len(task["annotations"]) for task in told] == [3, 1]
    who = [entry.get("completed_by") for task in told for entry in task["annotations"]]
    assert who == [{"email": "a@b.c"}, 7, 9, None]
    assert told[0]["annotations"][2]["was_cancelled"] is True
    assert [loss.what for loss in losses] == ["annotator that Label Studio would not know"]
    back = list(formats.read(tmp_path / "out.json").items)
    assert [(i.path, i.annotator, i.status) for i in back[:3]] == [
        ("1.jpg", "a@b.c", ""),
        ("1.jpg", "7", ""),
        ("1.jpg", "9", "cancelled"),
    ]


def test_a_skipped_picture_needs_no_annotator(tmp_path: Path) -> None:
    skipped = Item("1.jpg", SIZE, status="cancelled")
    told, losses = written(tmp_path, dataset(skipped))
    assert told[0]["annotations"] == [{"was_cancelled": True, "result": []}]
    assert not list(losses)
    (back,) = formats.read(tmp_path / "out.json").items
    assert (back.status, back.annotations) == ("cancelled", None)


def test_annotators_and_statuses_without_a_place_are_counted(tmp_path: Path) -> None:
    found = [
        item("1.jpg", annotator="a@b.c"),
        item("2.jpg", status="cancelled"),
        Item("3.jpg", SIZE, annotator="7"),
    ]
    _, losses = written(tmp_path, dataset(*found), rows="predictions")
    assert {loss.what: (loss.count, loss.example) for loss in losses} == {
        "annotator of a picture": (2, "1.jpg"),
        "status of a picture": (1, "2.jpg"),
    }


def test_nobody_looked_is_a_task_without_answers(tmp_path: Path) -> None:
    looked = item("2.jpg", Annotations.empty())
    told, _ = written(tmp_path, dataset(Item("1.jpg", SIZE), looked))
    assert "predictions" not in told[0]
    assert told[1]["predictions"][0]["result"] == []


def test_without_a_size_there_are_no_percents(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="size") as error:
        written(tmp_path, dataset(Item("1.jpg", None, boxes(0))))
    assert error.value.where == "1.jpg"
    assert not (tmp_path / "out.json").exists()
    told, _ = written(tmp_path, dataset(Item("1.jpg", None, Annotations.empty())))
    assert len(told) == 1


def test_a_projects_config_decides_names_controls_and_key(tmp_path: Path) -> None:
    text = (
        '<View><Image name="photo" value="$picture"/><RectangleLabels name="box" toName="photo">'
        '<Label value="Vehicle" predicted_values="car,bus"/></RectangleLabels></View>'
    )
    table = boxes(0, 1)
    given = config_file(tmp_path, text)
    (told,), losses = written(tmp_path, dataset(item(table=table)), label_config=given)
    assert told["data"] == {"picture": "a/b c.jpg"}
    (region,) = told["predictions"][0]["result"]
    assert (region["from_name"], region["to_name"]) == ("box", "photo")
    assert region["value"]["rectanglelabels"] == ["Vehicle"]
    (loss,) = losses
    assert (loss.count, loss.example) == (1, "a/b c.jpg: box 'person'")
    assert (tmp_path / "out.label_config.xml").read_text() == text


def one_of_each() -> Annotations:
    dense = np.zeros((50, 200), bool)
    dense[10:30, 40:80] = True
    found = masks.encode(dense)
    five = np.full((4, 5), np.nan)
    five[1:3] = [50, 25, 20, 10, 0.4]
    kinds = [Kind.BOX, Kind.ROTATED, Kind.ELLIPSE, Kind.MASK]
    drawn = np.array([None, None, None, found], object)
    frame = np.tile(masks.bounds(found), (4, 1))
    return Annotations.of(4, kinds=kinds, boxes=frame, rotated=five, masks=drawn)


@pytest.mark.parametrize(
    ("controls", "types", "changed"),
    [
        (
            ("RectangleLabels", "BrushLabels", "BitmaskLabels", "EllipseLabels"),
            ["rectanglelabels", "rectanglelabels", "ellipselabels", "bitmasklabels"],
            0,
        ),
        (("PolygonLabels",), ["polygonlabels"] * 4, 4),
        (("BrushLabels",), ["brushlabels"] * 4, 3),
        (("RectangleLabels",), ["rectanglelabels"] * 4, 2),
    ],
)
def test_each_row_goes_to_the_control_that_holds_it_best(
    tmp_path: Path, controls: tuple[str, ...], types: list[str], changed: int
) -> None:
    given = config_file(tmp_path, view(*(tag(kind, kind) for kind in controls)))
    (told,), losses = written(tmp_path, dataset(item(table=one_of_each())), label_config=given)
    assert [r["type"] for r in told["predictions"][0]["result"]] == types
    assert sum(loss.count for loss in losses if "written as" in loss.what) == changed
    assert all("written as" in loss.what or "stated box" in loss.what for loss in losses)


def test_keypoints_without_a_control_are_counted(tmp_path: Path) -> None:
    given = config_file(tmp_path, view(tag("RectangleLabels", "b")))
    points = np.array([[[10, 5, 2], [20, 10, 1]]], float)
    data = dataset(item(table=boxes(0, keypoints=points)))
    _, losses = written(tmp_path, data, label_config=given)
    told = [loss.what for loss in losses]
    assert told == ["keypoints that no control of the label config can hold"]


def test_keypoints_without_names_are_numbered(tmp_path: Path) -> None:
    points = np.array([[[10, 5, 2], [20, 10, 1]]], float)
    _, losses = written(tmp_path, dataset(item(table=boxes(1, keypoints=points))))
    assert not losses
    back = formats.read(tmp_path / "out.json")
    assert [label.keypoints for label in back.labels] == [(), ("keypoint 1", "keypoint 2")]
    (found,) = back.items
    assert found.annotations is not None
    assert found.annotations.keypoints is not None
    np.testing.assert_allclose(found.annotations.keypoints, points, atol=1e-9)


def test_ignore_regions_can_be_left_out(tmp_path: Path) -> None:
    data = dataset(item(table=boxes(0, 1, flags=[0, Flag.CROWD])))
    (told,), losses = written(tmp_path, data)
    assert len(told["predictions"][0]["result"]) == 2
    assert [loss.what for loss in losses] == ["flags"]
    (told,), losses = written(tmp_path, data, crowd="skip")
    assert len(told["predictions"][0]["result"]) == 1
    assert [loss.what for loss in losses] == ["crowd region"]


def test_strict_writes_nothing_that_would_change(tmp_path: Path) -> None:
    given = config_file(tmp_path, view(tag("BrushLabels", "b")))
    with pytest.raises(FormatError, match="written as brushlabels"):
        written(tmp_path, dataset(item()), label_config=given, strict=True)
    assert not (tmp_path / "out.json").exists()
    assert not (tmp_path / "out.label_config.xml").exists()


def test_a_generated_config_has_what_the_rows_need(tmp_path: Path) -> None:
    written(tmp_path, dataset(item(table=one_of_each())))
    text = (tmp_path / "out.label_config.xml").read_text()
    found = config.parse(text)
    assert [c.kind for c in found.controls] == [
        "rectanglelabels",
        "bitmasklabels",
        "ellipselabels",
    ]
    assert 'smoothing="false"' in text
    assert [c.name for c in found.controls[0].labels] == ["car", "person"]


def test_names_that_xml_has_other_plans_for_come_back(tmp_path: Path) -> None:
    names = ["<a>&b;", "quo\"te's", "ümläut 車", " blank ", "a\tb"]
    data = Dataset.of([Label(name) for name in names], [item(table=boxes(0, 1, 2, 3, 4))])
    written(tmp_path, data)
    back = formats.read(tmp_path / "out.json")
    assert [label.name for label in back.labels] == names
    (found,) = back.items
    assert found.annotations is not None
    assert found.annotations.labels.tolist() == [0, 1, 2, 3, 4]


def test_an_export_keeps_its_addresses_and_other_data(tmp_path: Path) -> None:
    source = tmp_path / "export.json"
    data = {"image": "https://h/x/1.jpg?token=1", "note": "kept"}
    source.write_text(json.dumps([{**task(4, annotation(box())), "data": data}]))
    losses = formats.convert(source, tmp_path / "again", "label-studio")
    (told,) = json.loads((tmp_path / "again/tasks.json").read_text())
    assert told["data"] == data
    assert told["id"] == 4
    assert told["annotations"][0]["completed_by"] == 1
    assert not losses
    assert formats.sniff(tmp_path / "again") == "label-studio"


def test_the_same_set_gives_the_same_bytes(tmp_path: Path) -> None:
    data = dataset(item(table=one_of_each()), item("2.jpg", boxes(0, 0)))
    for name in ("one", "two"):
        formats.write(data, tmp_path / name, "label-studio")
    for name in ("tasks.json", "label_config.xml"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


WANTED = Wanted(
    columns=frozenset(
        {"images", "kinds", "boxes", "labels", "scores", "rotated", "rings", "masks"}
        | {"keypoints", "keypoint_scores"}
    ),
)


@pytest.mark.label_studio
@FEW
@given(data=st.data())
def test_the_sdk_takes_tasks_with_a_generated_config(
    sdk: Oracle, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("set")
    told, _ = written(folder, data.draw(datasets(WANTED)))
    text = (folder / "out.label_config.xml").read_text()
    answers = [answer for task in told for answer in task.get("predictions", [])]
    sdk.accepts(text, *answers)


@pytest.mark.label_studio
def test_the_sdk_takes_every_kind_in_every_config(sdk: Oracle, tmp_path: Path) -> None:
    labels = (Label("car", keypoints=("head", "tail")), Label("person"))
    points = np.array([[[10, 5, 2], [20, 10, 1]]] * 4, float)
    table = one_of_each().with_columns(keypoints=points, scores=np.full(4, 0.5))
    tags = Annotations.of(1, kinds=[Kind.TAG], scores=[0.5])
    found = [item(table=table), item("2.jpg", tags)]
    data = replace(dataset(*found), labels=labels)
    for text in ("", EVERY):
        given = config_file(tmp_path, text) if text else ""
        told, _ = written(tmp_path, data, label_config=given)
        known = text or (tmp_path / "out.label_config.xml").read_text()
        sdk.accepts(known, *(answer for task in told for answer in task["predictions"]))
    assert generated.xml(labels, ()).count("<KeyPointLabels") == 1


def test_what_is_left_out_or_cut_is_named_by_its_picture(tmp_path: Path) -> None:
    table = Annotations.of(2, boxes=[[200, 2, 209, 8], [-3, 2, 6, 8]])
    dataset = Dataset.of([Label("x")], [Item("a/1.jpg", (100, 80), table)])
    losses = formats.write(dataset, tmp_path / "o", "label-studio")
    assert {loss.what: (loss.count, loss.example) for loss in losses} == {
        "shape reaching beyond its picture, cut": (1, "a/1.jpg"),
        "shape outside of its picture, left out": (1, "a/1.jpg"),
    }


def test_a_part_that_an_object_has_twice_comes_back_twice(tmp_path: Path) -> None:
    ring = np.array([[1.0, 1], [9, 1], [9, 9]])
    rings = Rings.of([[[ring], [ring]]])
    table = Annotations.of(1, kinds=[Kind.POLYGON], boxes=[[1, 1, 9, 9]], rings=rings)
    formats.write(
        Dataset.of([Label("x")], [Item("1.jpg", (20, 10), table)]), tmp_path / "o", "label-studio"
    )
    (item,) = formats.read(tmp_path / "o").items
    assert [len(row) for row in item.annotations.rings] == [2]
