"""Supervisely projects: what the golden ones read as, odd files, places, tags and pixels."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from formats.supervisely import bitmap
from geometry import masks
from geometry.rings import Rings

GOLDEN = Path(__file__).parents[1] / "golden/supervisely"
NAME = "supervisely"
SIZE = (40, 30)
LABELS = (Label("cat", 7, "animal"), Label("dog"))


def rows(dataset: Dataset) -> Annotations:
    return Annotations.concat([chunk.annotations for chunk in dataset.chunks()])


def what(dataset: Dataset) -> dict[str, int]:
    list(dataset.chunks())
    return {loss.what: loss.count for loss in dataset.losses}


@pytest.fixture
def export() -> Dataset:
    return formats.read(GOLDEN / "export")


def test_classes_of_an_export(export: Dataset) -> None:
    names = [(label.name, label.id) for label in export.labels]
    assert names == [("no", 31), ("wild boar", 28), ("unused", 40), ("person", 41)]
    assert export.labels[3].keypoints == ("nose", "tail")
    assert export.labels[3].bones == ((0, 1),)
    assert export.extra["projectSettings"]["multiView"]["enabled"] is False


def test_pictures_of_an_export(export: Dataset) -> None:
    first, second = export.items
    assert [(i.path, i.split, i.size, i.id) for i in (first, second)] == [
        ("valid/img/ü 1.v2.JPG", "val", (80, 60), 77),
        ("valid/datasets/night/img/2", "val", (80, 60), None),
    ]
    assert first.extra["description"] == "taken at night"
    assert first.extra["customBigData"] == {"a": 1}
    assert [tag["name"] for tag in first.extra["tags"]] == ["side"]


def test_objects_of_an_export(export: Dataset) -> None:
    table = next(iter(export.items)).annotations
    assert table is not None
    assert table.kinds.tolist() == [Kind.TAG, Kind.BOX, Kind.POLYGON, Kind.MASK, Kind.POINTS]
    assert table.labels.tolist() == [1, 0, 1, 1, 3]
    assert table.ids is not None
    assert table.ids.tolist() == [-1, 1001, 1002, 1003, 1004]
    assert table.boxes[1].tolist() == [9, 10, 21, 31]
    box, polygon, mask, points = (table.row(i) for i in range(1, 5))
    assert dict(box.attributes) == {"side": "right"}
    assert box.flags == Flag.OCCLUDED
    assert box.extra["labelerLogin"] == "anna"
    assert polygon.rings is not None
    assert [ring[0].tolist() for ring in polygon.rings[0]] == [[1.5, 2.5], [10.5, 5.5]]
    assert polygon.group == mask.group == 1
    assert mask.mask is not None
    assert masks.bounds(mask.mask).tolist() == [78, 4, 80, 6]
    assert masks.area(mask.mask) == 3  # one pixel lies right of the picture
    assert mask.score == 0.75
    assert mask.extra["nnUpdated"] is False
    assert points.keypoints is not None
    assert points.keypoints.tolist() == [[7.5, 8.5, 1], [5.5, 6.5, 2]]


def test_further_geometries_of_an_export(export: Dataset) -> None:
    table = list(export.items)[1].annotations
    assert table is not None
    assert table.kinds.tolist() == [Kind.POLYGON, Kind.ROTATED, Kind.LINE, Kind.POINTS]
    assert table.rings is not None
    assert [len(part) for part in table.rings.row(0)] == [1, 1]
    assert table.rotated is not None
    assert table.rotated[1].tolist() == [20, 25, 20, 10, 0.5]
    assert dict(table.row(2).attributes) == {"old": True}


def test_what_cannot_be_kept_of_an_export_is_counted_with_its_place(export: Dataset) -> None:
    assert what(export) == {
        "object of the geometry 'cuboid'": 1,
        "object of a class that meta.json does not have": 1,
        "object that cannot be read": 1,
        "mask cut at the border": 1,
    }
    *_, last = export.losses
    assert str(last).endswith("JPG.json#/objects/6: expected at least 2 points [x, y])")
    assert what(export)["object that cannot be read"] == 1


def test_an_export_comes_back(export: Dataset, tmp_path: Path) -> None:
    losses = formats.write(export, tmp_path / "out", NAME)
    assert set(losses.by_kind) == set(what(export))
    again = formats.read(tmp_path / "out")
    assert again.labels == export.labels
    assert again.extra["projectSettings"] == export.extra["projectSettings"]
    assert [i.path for i in again.items] == [i.path for i in export.items]
    assert [i.extra for i in again.items] == [i.extra for i in export.items]
    a, b = rows(again), rows(export)
    for name in ("kinds", "labels", "boxes", "scores", "ids", "groups", "flags", "masks"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
    for name in ("attributes", "extra"):
        cells = zip(getattr(a, name), getattr(b, name), strict=True)
        assert all(dict(x) == dict(y) for x, y in cells), name
    assert a.rings == b.rings


def test_fractions_are_places_between_pixels(tmp_path: Path) -> None:
    dataset = formats.read(GOLDEN / "subpixels")
    assert rows(dataset).boxes.tolist() == [[1.25, 2, 9, 8.5]]
    forced = formats.read(GOLDEN / "subpixels", options={"coordinates": "pixels"})
    assert rows(forced).boxes.tolist() == [[1.25, 2, 10, 9.5]]
    formats.write(dataset, tmp_path / "out", NAME, {"coordinates": "subpixels"})
    assert rows(formats.read(tmp_path / "out")).boxes.tolist() == [[1.25, 2, 9, 8.5]]


@pytest.mark.parametrize("case", ["export", "subpixels"])
def test_projects_are_recognised(case: str) -> None:
    assert formats.sniff(GOLDEN / case) == NAME
    assert formats.sniff(GOLDEN / case / "meta.json") == NAME


def boxes(*corners: Sequence[float], **columns: Any) -> Annotations:
    return Annotations.of(len(corners), boxes=np.reshape(corners, (-1, 4)), **columns)


def put(items: list[Item], path: Path, **options: Any) -> dict[str, int]:
    losses = formats.write(Dataset.of(LABELS, items), path, NAME, {"images": "none", **options})
    return {loss.what: loss.count for loss in losses}


PLACES = {
    "train/datasets/a/img/1.jpg": ("a/1.jpg", "train"),
    "train2017/img/1.jpg": ("images/train2017/1.jpg", "train2017"),
    "dataset/img/1.jpg": ("1.jpg", ""),
    "odd/img/15.v2.final.JPG": ("15.v2.final.JPG", "odd"),
    "val/datasets/b/img/ü 1.jpg": ("val/datasets/b/img/ü 1.jpg", "val"),
}


@pytest.mark.parametrize("place", PLACES)
def test_folders_become_datasets(place: str, tmp_path: Path) -> None:
    path, split = PLACES[place]
    told = put([Item(path, SIZE, Annotations.empty(), split=split)], tmp_path / "out")
    (item,) = formats.read(tmp_path / "out").items
    assert item.path == place
    known = split in ("", "train", "val", "train2017")
    assert item.split == (split if known else "")
    assert told == ({} if known else {"split other than train, val and test": 1})


@pytest.mark.parametrize("name", ["../a.jpg", "/a.jpg", "C:/a.jpg", "..\\a.jpg"])
def test_names_never_leave_the_project(name: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="leaves the data set's folder"):
        put([Item(name, SIZE, None)], tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_two_pictures_of_one_place(tmp_path: Path) -> None:
    twins = [Item(name, SIZE, Annotations.empty()) for name in ("1.jpg", "images/1.jpg", "1.png")]
    with pytest.raises(FormatError, match=r"1\.jpg and images/1\.jpg both map to dataset/img/1"):
        put(twins, tmp_path / "out")
    put(twins, tmp_path / "out", on_collision="rename")
    found = {Path(i.path).name for i in formats.read(tmp_path / "out").items}
    assert found == {"1.jpg", "1-2.jpg", "1.png"}


def test_pictures_and_their_sizes(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.new("L", SIZE).save(tmp_path / "in/1.png")
    items = [Item("1.png", None, boxes([1, 2, 3, 4]), split="train")]
    dataset = Dataset.of(LABELS, items, root=str(tmp_path / "in"))
    formats.write(dataset, tmp_path / "out", NAME)
    assert (tmp_path / "out/train/img/1.png").is_symlink()
    file = tmp_path / "out/train/ann/1.png.json"
    assert json.loads(file.read_text())["size"] == {"height": 30, "width": 40}
    file.unlink()
    (item,) = formats.read(tmp_path / "out").items
    assert (item.annotations, item.size) == (None, SIZE)


def test_values_that_no_tag_holds_come_back_exactly(tmp_path: Path) -> None:
    values = [{"a": 1, "b": False, "c": "x"}, {"a": "one", "b": True, "d": [1, None]}, {"cat": 2}]
    table = boxes(*[[0, 0, 5, 5]] * 3, attributes=values)
    assert put([Item("1.jpg", SIZE, table)], tmp_path / "out") == {}
    meta = json.loads((tmp_path / "out/meta.json").read_text())
    kinds = {tag["name"]: tag["value_type"] for tag in meta["tags"]}
    text = "any_string"
    assert kinds == {"a": text, "b": text, "c": text, "d": text, "cat": "any_number"}
    found = rows(formats.read(tmp_path / "out")).attributes
    assert found is not None
    assert [dict(cell) for cell in found] == values


@pytest.mark.parametrize(
    "told",
    [
        {"classTitle": "dog"},
        {"geometryType": "bitmap"},
        {"shape": "round"},
        {"points": [1, 2]},
        {"attributes": "x"},
        {"group": 5},
        {"tags": ["old"]},
        {"tags": [{"name": "old"}, 5]},
        {"tags": True},
    ],
)
def test_further_keys_with_names_of_supervisely_are_counted(
    told: dict[str, Any], tmp_path: Path
) -> None:
    table = boxes([1, 2, 5, 6], extra=[told])
    losses = put([Item("a.png", SIZE, annotations=table)], tmp_path / "set")
    assert losses == {"unknown key with a name of Supervisely's own": 1}
    (found,) = formats.read(tmp_path / "set").items
    assert rows(formats.read(tmp_path / "set")).labels.tolist() == [0]
    assert found.annotations is not None
    assert found.annotations.extra is None


def test_further_keys_of_pictures_with_names_of_supervisely_are_counted(tmp_path: Path) -> None:
    told = {"size": "large", "objects": 3, "description": "dusk", "scene": "day"}
    item = Item("a.png", SIZE, annotations=boxes([1, 2, 5, 6]), extra=told)
    assert put([item], tmp_path / "set") == {"picture with unknown keys": 1}
    (found,) = formats.read(tmp_path / "set").items
    assert dict(found.extra) == {"description": "dusk", "scene": "day"}


def test_a_box_that_is_far_too_large_has_no_place(tmp_path: Path) -> None:
    item = Item("a.png", SIZE, annotations=boxes([1, 1, 1e308, 1e308], [1, 1, 4, 4]))
    assert put([item], tmp_path / "set") == {"object without a place": 1}
    assert len(rows(formats.read(tmp_path / "set"))) == 1


def test_further_keys_of_the_whole_with_names_of_supervisely_are_counted(tmp_path: Path) -> None:
    told = {"tags": ["a"], "classes": 3, "year": 2020}
    losses = formats.write(Dataset.of(LABELS, [], extra=told), tmp_path / "set", NAME)
    assert {loss.what: loss.count for loss in losses} == {"key of the whole data set": 2}
    assert formats.read(tmp_path / "set").extra["year"] == 2020


def test_tags_of_pictures_that_are_not_declared_yet(tmp_path: Path) -> None:
    told = ["night", {"name": "lux", "value": 0.5}, {"name": "by", "value": "ann"}, 5, {"value": 1}]
    item = Item("a.png", SIZE, annotations=boxes([1, 2, 5, 6]), extra={"tags": told})
    losses = put([item], tmp_path / "set")
    assert losses == {"tag of a picture that has no name": 2}
    meta = json.loads((tmp_path / "set/meta.json").read_text())
    kinds = {tag["name"]: tag["value_type"] for tag in meta["tags"]}
    assert kinds == {"night": "none", "lux": "any_number", "by": "any_string"}
    (found,) = formats.read(tmp_path / "set").items
    assert found.extra["tags"] == [{"name": "night"}, *told[1:3]]


def test_tags_that_are_flags_and_scores_keep_their_further_keys(tmp_path: Path) -> None:
    told = [
        {"name": "occluded", "value": None, "labelerLogin": "ann"},
        {"name": "confidence", "value": 0.5, "createdAt": "2024"},
    ]
    whole = {"title": "cat", "shape": "rectangle"}
    box = {"classTitle": "cat", "geometryType": "rectangle", "tags": told}
    box["points"] = {"exterior": [[1, 1], [4, 4]], "interior": []}
    ann = tmp_path / "in/ds/ann/a.png.json"
    ann.parent.mkdir(parents=True)
    size = {"width": 40, "height": 30}
    ann.write_text(json.dumps({"size": size, "objects": [box], "tags": []}))
    (tmp_path / "in/meta.json").write_text(json.dumps({"classes": [whole], "tags": []}))
    formats.convert(tmp_path / "in", tmp_path / "out", NAME)
    (found,) = json.loads((tmp_path / "out/ds/ann/a.png.json").read_text())["objects"]
    assert found["tags"] == told


@pytest.mark.parametrize(
    ("kind", "values", "stays"),
    [
        ("oneof_string", ["left", "right"], True),
        ("oneof_string", ["left", "up"], False),
        ("oneof_string", ["left", True], False),
        ("date", ["2024-01-31"], True),
        ("date", ["soon"], False),
    ],
)
def test_a_declared_list_of_choices_stays_where_it_holds_all_values(
    kind: str, values: list[Any], stays: bool, tmp_path: Path
) -> None:
    choices = {"values": ["left", "right"]} if kind == "oneof_string" else {}
    tag = {"id": 5, "name": "side", "value_type": kind, "color": "#A0A0A0", **choices}
    table = boxes(*[[0, 0, 5, 5]] * len(values), attributes=[{"side": v} for v in values])
    dataset = Dataset.of(
        LABELS, [Item("a.png", SIZE, annotations=table)], extra={"tag_metas": [tag]}
    )
    formats.write(dataset, tmp_path / "set", NAME)
    (told,) = json.loads((tmp_path / "set/meta.json").read_text())["tags"]
    assert (told == tag) is stays
    assert stays or told["value_type"] == "any_string"


def test_what_no_geometry_holds_is_counted(tmp_path: Path) -> None:
    line = Rings.of([[[[[1, 1], [5, 5]]], [[[8, 8], [9, 9]]]], [], []])
    table = Annotations.of(
        3,
        kinds=[Kind.LINE, Kind.ELLIPSE, Kind.BOX],
        rings=line,
        rotated=[[np.nan] * 5, [20, 15, 10, 6, 0.3], [np.nan] * 5],
        boxes=[[1, 1, 9, 9], [15, 12, 25, 18], [np.nan] * 4],
    )
    items = [Item("1.jpg", SIZE, table, annotator="anna"), Item("2.jpg", SIZE, None)]
    assert put(items, tmp_path / "out") == {
        "ellipse not kept as such": 1,
        "annotator of a picture": 1,
        "further part of a line": 1,
        "object without a place": 1,
        "picture not looked at, written as empty": 1,
    }
    found = rows(formats.read(tmp_path / "out"))
    assert found.kinds.tolist() == [Kind.LINE, Kind.POLYGON]
    np.testing.assert_allclose(found.boxes[1], [15, 12, 25, 18], atol=0.8)


def test_crowd_regions_are_left_out_or_flagged(tmp_path: Path) -> None:
    table = boxes([0, 0, 5, 5], [1, 1, 9, 9], flags=[Flag.CROWD, 0])
    assert put([Item("1.jpg", SIZE, table)], tmp_path / "a", crowd="skip") == {"crowd region": 1}
    put([Item("1.jpg", SIZE, table)], tmp_path / "b")
    assert rows(formats.read(tmp_path / "b")).flagged(Flag.CROWD).tolist() == [True, False]


BAD = {
    "meta.json": ("[]", "meta.json: no list 'classes'"),
    "meta.json ": ('{"classes": [{}]}', "meta.json#/classes/0: a class without a title"),
    "meta.json  ": ("{", "meta.json: not JSON"),
    "d/ann/1.jpg.json": ("{", "1.jpg.json: not JSON"),
    "d/ann/1.jpg.json ": ("[]", "1.jpg.json: a list, expected an object"),
    "d/ann/1.jpg.json  ": ('{"frames": []}', "1.jpg.json: the annotation of a clip"),
}


@pytest.mark.parametrize("name", BAD)
def test_errors_name_the_file(name: str, tmp_path: Path) -> None:
    text, told = BAD[name]
    (tmp_path / "d/ann").mkdir(parents=True)
    (tmp_path / "meta.json").write_text('{"classes": [{"title": "cat", "shape": "any"}]}')
    (tmp_path / name.strip()).write_text(text)
    with pytest.raises(FormatError) as error:
        list(formats.read(tmp_path, NAME).items)
    assert told in str(error.value)


def test_an_object_that_is_not_finite_costs_only_itself(tmp_path: Path) -> None:
    """As Python writes it, although it is no JSON."""
    told = '{"classTitle": "cat", "shape": "rectangle", "points": {"exterior": [[%s, 1], [5, 6]]}}'
    put([Item("1.jpg", SIZE, Annotations.empty())], tmp_path / "out")
    text = f'{{"objects": [{told % "NaN"}, {told % "2"}], "customBigData": {{"NaN": 1}}}}'
    (tmp_path / "out/dataset/ann/1.jpg.json").write_text(text)
    dataset = formats.read(tmp_path / "out")
    assert what(dataset) == {"object that cannot be read": 1}
    assert rows(dataset).boxes.tolist() == [[2, 1, 6, 7]]


BROKEN = {
    "no data": {"origin": [0, 0]},
    "no origin": {"data": "eA=="},
    "fraction": {"data": "eA==", "origin": [0.5, 0]},
    "not base64": {"data": "%%", "origin": [0, 0]},
    "not packed": {"data": base64.b64encode(b"abc").decode(), "origin": [0, 0]},
    "no PNG": {"data": base64.b64encode(zlib.compress(b"abc")).decode(), "origin": [0, 0]},
    "bomb": {"data": base64.b64encode(zlib.compress(bytes(1 << 17))).decode(), "origin": [0, 0]},
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_bitmaps_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bitmap, "LARGEST", 1 << 16)
    with pytest.raises(
        FormatError, match="a bitmap" if name != "bomb" else "of more than 65536 bytes"
    ):
        bitmap.decode(BROKEN[name], SIZE)


def test_a_bitmap_that_reaches_beyond_its_picture_is_cut_and_counted(tmp_path: Path) -> None:
    whole = masks.paste(np.ones((2, 4)), (3, 3), SIZE)
    row = Annotations.of(kinds=[Kind.MASK], labels=[0], masks=np.array([whole], dtype=object))
    put([Item("a.jpg", SIZE, row)], tmp_path / "t")
    (file,) = (tmp_path / "t").rglob("a.jpg.json")
    told = json.loads(file.read_text())
    told["objects"][0]["bitmap"]["origin"] = [38, 29]
    file.write_text(json.dumps(told))
    found = formats.read(tmp_path / "t")
    assert what(found) == {"mask cut at the border": 1}
    assert masks.area(rows(found).row(0).mask) == 2


def test_a_png_that_states_a_huge_picture_is_refused() -> None:
    mask = masks.encode(np.ones((2, 2), bool))
    data = bytearray(zlib.decompress(base64.b64decode(bitmap.encode(mask)["data"])))
    data[16:24] = (1 << 30).to_bytes(4) * 2
    told = {"origin": [0, 0], "data": base64.b64encode(zlib.compress(bytes(data))).decode()}
    with pytest.raises(FormatError, match="far too large"):
        bitmap.decode(told, SIZE)


@pytest.mark.parametrize("coordinates", ["pixels", "subpixels"])
def test_a_box_of_swapped_corners(coordinates: str, tmp_path: Path) -> None:
    found = put([Item("a.jpg", SIZE, boxes([8, 6, 3, 2]))], tmp_path / "t", coordinates=coordinates)
    assert found == {"box of negative width or height, its corners swapped": 1}
    again = formats.read(tmp_path / "t", NAME, {"coordinates": coordinates})
    assert rows(again).boxes.tolist() == [[3, 2, 8, 6]]


def test_objects_of_older_exports_have_blank_keys_of_other_geometries(tmp_path: Path) -> None:
    square = {"exterior": [[1, 1], [5, 1], [5, 5]], "interior": []}
    blank = {"exterior": [], "interior": []}
    drawn = bitmap.encode(masks.paste(np.ones((2, 3)), (4, 5), SIZE))
    told = {"description": "", "tags": [], "instance": None, "id": None}
    objects = [
        {**told, "classTitle": "cat", "bitmap": None, "points": square},
        {**told, "classTitle": "dog", "bitmap": drawn, "points": blank},
    ]
    classes = [{"title": "cat", "shape": "polygon"}, {"title": "dog", "shape": "bitmap"}]
    file = tmp_path / "ds" / "ann" / "a.json"
    file.parent.mkdir(parents=True)
    (tmp_path / "meta.json").write_text(json.dumps({"classes": classes, "tags": []}))
    file.write_text(json.dumps({"size": {"width": 40.0, "height": 30}, "objects": objects}))
    found = formats.read(tmp_path, NAME)
    assert [item.size for item in found.items] == [SIZE]
    table = rows(found)
    assert table.boxes.tolist() == [[1.5, 1.5, 5.5, 5.5], [4, 5, 7, 7]]
    assert table.extra is None
