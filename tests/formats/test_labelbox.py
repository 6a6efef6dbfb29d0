"""Labelbox: what exports and annotations to import read as, names, answers, masks, losses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from formats.labelbox import raster
from geometry import masks, polygons
from geometry.rings import Rings

GOLDEN = Path(__file__).parents[1] / "golden/labelbox"
NAME = "labelbox"
SIZE = (40, 30)


def names(dataset: Dataset) -> list[str]:
    return [label.name for label in dataset.labels]


def what(report: Any) -> dict[str, int]:
    return {loss.what: loss.count for loss in report}


@pytest.fixture
def export() -> Dataset:
    return formats.read(GOLDEN / "export.ndjson")


def test_each_label_is_the_picture_as_one_annotator_saw_it(export: Dataset) -> None:
    items = [(i.path, i.size, i.split, i.annotator, i.status) for i in export.items]
    first = ("ünï 1.v2.JPG", (80, 60), "val")
    assert items == [
        (*first, "anna@example.org", "IN_REVIEW"),
        (*first, "ben@example.org", "IN_REVIEW"),
        ("2.jpg", (40, 30), "", "anna@example.org", ""),
        ("photo.jpg", (40, 30), "", "", ""),
    ]
    tables = [item.annotations for item in export.items]
    assert [None if t is None else len(t) for t in tables] == [6, 0, 0, None]


def test_classes_come_as_they_are_met(export: Dataset) -> None:
    assert names(export) == ["wild boar", "field", "blob", "way", "spot", "sunny"]


def test_objects_of_an_export(export: Dataset) -> None:
    item = next(iter(export.items))
    table = item.annotations
    assert table is not None
    assert table.kinds.tolist() == [
        Kind.BOX, Kind.POLYGON, Kind.MASK, Kind.LINE, Kind.POINTS, Kind.TAG,
    ]  # fmt: skip
    assert table.labels.tolist() == [0, 1, 2, 3, 4, 5]
    assert table.boxes[0].tolist() == [20.5, 10, 60.5, 40.25]
    box = table.row(0)
    assert dict(box.attributes) == {"side": "left", "side/sure": "yes", "seen": ["ear", "tail"]}
    assert box.extra["feature_id"] == "f1"
    assert table.rings is not None
    assert table.rings.row(1)[0][0].tolist() == [[1, 2], [30.5, 2], [30.5, 40]]
    assert table.masks is not None
    assert masks.decode(table.masks[2]).tolist() == (np.eye(60, 80) > 0).tolist()
    assert [entry["name"] for entry in item.extra["classifications"]] == ["note"]
    assert item.extra["data_row"]["global_key"] == "key-1"


def test_what_cannot_be_kept_of_an_export_is_counted(export: Dataset) -> None:
    assert what(export.losses) == {
        "mask that is only an address": 1,
        "annotation that cannot be read": 1,
        "annotation without a place in a picture": 1,
        "experiment with predictions": 1,
    }
    told = next(str(loss) for loss in export.losses if "cannot be read" in loss.what)
    assert "export.ndjson:2#/projects/p2/labels/0/annotations/objects/0: a box without" in told
    list(export.items)
    assert what(export.losses)["mask that is only an address"] == 1


def test_one_project_of_several() -> None:
    other = formats.read(GOLDEN / "export.ndjson", options={"project": "Other"})
    assert names(other) == []
    boars = formats.read(GOLDEN / "export.ndjson", options={"project": "p1"})
    assert [i.annotations is None for i in boars.items] == [False, False, True, True]


@pytest.mark.parametrize(
    ("naming", "path"),
    [("external_id", "ünï 1.v2.JPG"), ("global_key", "key-1"), ("row_data", "photo.jpg")],
)
def test_what_pictures_are_called(naming: str, path: str) -> None:
    dataset = formats.read(GOLDEN / "export.ndjson", options={"naming": naming})
    item = next(iter(dataset.items))
    assert item.path == path


def test_a_list_of_data_rows_is_read_as_lines_are(tmp_path: Path) -> None:
    lines = (GOLDEN / "export.ndjson").read_text().splitlines()
    (tmp_path / "export.json").write_text(f"[{','.join(lines)}]")
    assert formats.sniff(tmp_path / "export.json") == NAME
    dataset = formats.read(tmp_path / "export.json")
    assert len(list(dataset.items)) == 4


def test_annotations_to_import() -> None:
    dataset = formats.read(GOLDEN / "import.ndjson")
    assert names(dataset) == ["cat", "ckrazcuec16oi0z66dzrd8pfl", "sunny"]
    first, second = dataset.items
    assert (first.path, second.path) == ("b/1.jpg", "ckrazctum0z8a0ybc0b0o0g0v")
    assert first.annotations is not None
    assert second.annotations is not None
    assert first.annotations.kinds.tolist() == [Kind.BOX, Kind.TAG]
    assert first.annotations.boxes[0].tolist() == [2, 1, 6, 4]
    assert first.annotations.scores.tolist() == [0.5, 0.25]
    assert dict(second.annotations.row(0).attributes) == {"side": "left"}
    assert what(dataset.losses) == {
        "mask that is only an address": 1,
        "answer to another question than that of classes": 1,
    }


@pytest.mark.parametrize("name", ["export.ndjson", "import.ndjson"])
def test_files_are_recognised(name: str) -> None:
    assert formats.sniff(GOLDEN / name) == NAME


def put(table: Annotations, path: Path, **options: Any) -> dict[str, int]:
    labels = [Label("cat", 7, "animal"), Label("unused"), Label("dog")]
    dataset = Dataset.of(labels, [Item("a/1.jpg", SIZE, table, split="val")])
    return what(formats.write(dataset, path, NAME, options))


def test_what_is_written_beside_the_annotations(tmp_path: Path) -> None:
    table = Annotations.of(1, boxes=[[1, 2, 3, 4]], labels=[2])
    assert put(table, tmp_path / "out") == {}
    rows = json.loads((tmp_path / "out/data_rows.json").read_text())
    assert rows == [
        {
            "row_data": "a/1.jpg",
            "global_key": "a/1.jpg",
            "media_type": "IMAGE",
            "metadata_fields": [{"name": "split", "value": "valid"}],
        }
    ]
    tools = json.loads((tmp_path / "out/ontology.json").read_text())["tools"]
    assert [(t["tool"], t["name"]) for t in tools] == [
        ("rectangle", "cat"), ("rectangle", "unused"), ("rectangle", "dog"),
    ]  # fmt: skip
    back = formats.read(tmp_path / "out")
    assert [(e.name, e.id, e.supercategory) for e in back.labels] == [
        ("cat", 7, "animal"), ("unused", None, ""), ("dog", None, ""),
    ]  # fmt: skip
    (item,) = back.items
    assert (item.path, item.size, item.split) == ("a/1.jpg", SIZE, "val")
    assert formats.sniff(tmp_path / "out") == NAME


def test_ids_are_those_of_the_place_and_differ(tmp_path: Path) -> None:
    table = Annotations.of(2, boxes=[[1, 2, 3, 4]] * 2)
    put(table, tmp_path / "a")
    put(table, tmp_path / "b")
    texts = [(tmp_path / name / "annotations.ndjson").read_bytes() for name in "ab"]
    assert texts[0] == texts[1]
    assert len({json.loads(line)["uuid"] for line in texts[0].splitlines()}) == 2


def test_parts_and_holes_keep_their_area(tmp_path: Path) -> None:
    square = np.array([[1, 1], [11, 1], [11, 11], [1, 11.0]])
    hole = np.array([[4, 4], [8, 4], [8, 8], [4, 8.0]])
    rings = Rings.of([[[square, hole], [square + 15]]])
    table = Annotations.of(1, kinds=[Kind.POLYGON], rings=rings, boxes=[[1, 1, 26, 26]])
    assert put(table, tmp_path / "out") == {
        "part of a polygon written as a polygon of its own": 1,
        "hole cut open by a bridge to the outline": 1,
    }
    (item,) = formats.read(tmp_path / "out").items
    assert item.annotations is not None
    assert item.annotations.rings is not None
    assert polygons.area(item.annotations.rings).tolist() == [84, 100]


def test_what_labelbox_does_not_hold_is_counted(tmp_path: Path) -> None:
    points = np.array([[[1, 1, 2], [5, 5, 2.0]], [[1, 1, 2], [5, 5, 0]], [[np.nan] * 3] * 2])
    table = Annotations.of(
        3,
        kinds=[Kind.POINTS, Kind.POINTS, Kind.ROTATED],
        boxes=[[1, 1, 5, 5]] * 3,
        keypoints=points,
        rotated=[[np.nan] * 5, [np.nan] * 5, [10, 10, 6, 4, 0.3]],
        tracks=[3, -1, -1],
        flags=[0, 0, Flag.CROWD],
        attributes=[{"a": 1}, {}, {}],
    )
    found = put(table, tmp_path / "a")
    assert found["object with attributes written as texts"] == 1
    assert found["keypoints"] == found["track id"] == found["rotated box"] == found["flags"] == 1
    assert found["set of points not kept as such"] == 1
    (item,) = formats.read(tmp_path / "a").items
    assert item.annotations is not None
    assert item.annotations.kinds.tolist() == [Kind.POINTS] * 3 + [Kind.POLYGON]
    assert put(table, tmp_path / "b", crowd="skip")["crowd region"] == 1


def test_two_pictures_of_one_key(tmp_path: Path) -> None:
    items = [Item("1.jpg", SIZE, Annotations.empty(), annotator=name) for name in "ab"]
    dataset = Dataset.of([Label("cat")], items)
    with pytest.raises(FormatError, match=r"both map to the global key 1\.jpg"):
        formats.write(dataset, tmp_path / "out", NAME)
    losses = formats.write(dataset, tmp_path / "out", NAME, {"on_collision": "rename"})
    assert what(losses) == {"annotator of a picture": 2}
    assert [i.path for i in formats.read(tmp_path / "out").items] == ["1.jpg", "1-2.jpg"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "set.ndjson:1: not JSON"),
        ('{"a": NaN', "set.ndjson:1: not JSON"),
        ('{"data_row": 1}', "set.ndjson:1: data_row is no object"),
        ('{"data_row": {}}', "set.ndjson:1: data_row has none of"),
        ('{"data_row": {"external_id": "../1.jpg"}}', "set.ndjson:1: the name '../1.jpg' leaves"),
        ('{"dataRow": {}}', "set.ndjson:1: no dataRow with a globalKey or id"),
        ("[1]", "set.ndjson#/0: expected an object"),
        ("1", "set.ndjson:1: expected an object"),
    ],
)
def test_errors_name_the_line(text: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "set.ndjson").write_text(text)
    with pytest.raises(FormatError) as error:
        formats.read(tmp_path / "set.ndjson", NAME)
    assert told in str(error.value)


def test_broken_lists_beside_annotations_are_named(tmp_path: Path) -> None:
    put(Annotations.empty(), tmp_path / "out")
    (tmp_path / "out/data_rows.json").write_text('[{"global_key": 3}]')
    with pytest.raises(FormatError, match=r"data_rows\.json#/0: the global key 3"):
        formats.read(tmp_path / "out")


def test_broken_masks_are_refused() -> None:
    data = raster.encode(masks.encode(np.ones((3, 5), bool)))
    assert masks.area(raster.decode(data, (5, 3))) == 15
    huge = data[:16] + (1 << 30).to_bytes(4) * 2 + data[24:]
    for broken, size in ((b"abc", None), (huge, None), (data, (3, 5)), (data[:45], (5, 3))):
        with pytest.raises(FormatError, match="a mask"):
            raster.decode(broken, size)


def test_lines_that_cannot_be_read_are_counted_and_the_others_read(tmp_path: Path) -> None:
    good = [{"data_row": {"external_id": f"{k}.jpg"}} for k in range(2)]
    texts = [json.dumps(good[0]), "{", '{"data_row": 1}', json.dumps(good[1]), "7"]
    place = tmp_path / "set.ndjson"
    place.write_text("\n".join(texts))
    dataset = formats.read(place, NAME)
    for _ in range(2):
        assert [item.path for item in dataset.items] == ["0.jpg", "1.jpg"]
    (loss,) = dataset.losses
    assert (loss.what, loss.count) == ("line that tells of no picture, left out", 3)
    assert loss.example.startswith(f"{place}:2: not JSON")


def test_an_export_in_a_folder_is_found_by_whatever_name(tmp_path: Path) -> None:
    row = {"data_row": {"external_id": "1.jpg"}, "media_attributes": {"width": 9, "height": 8}}
    (tmp_path / "export-result.ndjson").write_text(json.dumps(row))
    (item,) = formats.read(tmp_path).items
    assert (item.path, item.size) == ("1.jpg", (9, 8))


@pytest.mark.parametrize(
    ("told", "lost"),
    [
        ({"data_row": {"row_data": "https://example.org/1"}}, False),
        ({"data_row": {"row_data": "https://example.org/1", "id": "ck1"}}, True),
        ({"data_row": "x"}, True),
        ({"label": "indoor"}, True),
    ],
)
def test_keys_of_pictures_that_no_data_row_holds_are_counted(
    told: dict[str, Any], lost: bool, tmp_path: Path
) -> None:
    item = Item("a.jpg", (9, 9), Annotations.of(1, boxes=[[1, 1, 2, 2]]), extra=told)
    losses = formats.write(Dataset.of([Label("cat")], [item]), tmp_path / "out", "labelbox")
    assert what(losses) == ({"picture with unknown keys": 1} if lost else {})
