"""VIA's files of all versions: what they read as, and what is written."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import formats
from formats.annotations import Annotation, Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from formats.tables import table
from formats.via import csv_cells, document
from geometry import masks

GOLDEN = Path(__file__).parent.parent / "golden" / "via"
SIZE = (40, 30)
BOX = {"kinds": Kind.BOX, "labels": 0, "boxes": [1.0, 2, 8, 9.5]}


def rows_of(item: Item) -> list[Annotation]:
    assert item.annotations is not None
    return list(item.annotations.rows())


def dataset(*rows: dict[str, Any], name: str = "a,b.jpg") -> Dataset:
    return Dataset.of([Label("cat"), Label("dog")], [Item(name, SIZE, table(rows), split="val")])


def saved(path: Path, regions: list[dict[str, Any]]) -> Path:
    """The annotations of one picture with regions of these attributes."""
    rect = {"name": "rect", "x": 1, "y": 2, "width": 3, "height": 4}
    told = [{"shape_attributes": rect, "region_attributes": said} for said in regions]
    entry = {"filename": "a.jpg", "size": -1, "regions": told, "file_attributes": {}}
    path.write_text(json.dumps({"a.jpg-1": entry}))
    return path


def test_a_project() -> None:
    found = formats.read(GOLDEN / "project.json")
    first, second = found.items
    names = [label.name for label in found.labels]
    assert names == ["swan", "mute swan", "goose", "object"]
    assert (first.path, first.size, first.extra) == ("sub/a.jpg", None, {"file_size": 62201})
    assert (second.path, second.size) == ("b.jpg", (64, 48))
    assert second.extra == {"file_attributes": {"caption": "nothing here"}}
    rows = rows_of(first)
    assert [(row.kind, names[row.label]) for row in rows] == [
        (Kind.BOX, "swan"),
        (Kind.POLYGON, "mute swan"),
        (Kind.ELLIPSE, "mute swan"),
        (Kind.ELLIPSE, "swan"),
        (Kind.LINE, "swan"),
        (Kind.POINTS, "mute swan"),
        (Kind.BOX, "object"),
    ]
    assert rows[0].box.tolist() == [10, 12, 30, 20]
    quality = {"blurred": True, "dark": False}
    assert rows[0].attributes == {"quality": quality, "note": "near"}
    turned = [row.rotated.tolist() for row in rows[2:4] if row.rotated is not None]
    assert turned == [[30, 20, 9, 9, 0], [30, 20, 16, 8, 0.5]]
    assert [loss.what for loss in found.losses] == [
        "region left out: a shape that is called 'cloud'"
    ]
    assert list(found.losses.warnings) == ["region without a class, read as 'object'"]


def test_version_1() -> None:
    found = formats.read(GOLDEN / "first.json")
    first, second = found.items
    polygon, ellipse = rows_of(first)
    assert polygon.rings is not None
    assert polygon.rings[0][0].tolist() == [[12, 10], [40, 10], [33, 30]]
    assert found.labels[ellipse.label].name == "bird"
    assert second.path == "lake.jpg"
    assert second.extra == {"url": "http://localhost/pictures/lake.jpg?x=1"}


def test_csv() -> None:
    found = formats.read(GOLDEN / "annotations.csv")
    pond, empty = found.items
    assert [label.name for label in found.labels] == ['ellipse "red"', "swan"]
    assert [row.kind for row in rows_of(pond)] == [Kind.ELLIPSE, Kind.BOX]
    assert rows_of(empty) == []
    assert [(loss.what, loss.example[-5:]) for loss in found.losses] == [
        ("line of other than 7 columns left out", "csv:5")
    ]


def test_version_3() -> None:
    found = formats.read(GOLDEN / "third.json")
    second, first = found.items
    assert [label.name for label in found.labels] == ["swan", "goose"]
    assert (second.path, first.path) == ("b.jpg", "a.jpg")
    assert [row.kind for row in rows_of(second)] == [Kind.POINTS]
    boxes = [(row.kind, row.box.tolist()) for row in rows_of(first)]
    assert boxes == [
        (Kind.BOX, [10, 20, 50, 70]),
        (Kind.POLYGON, [1, 1, 9, 8]),
        (Kind.BOX, [1, 1, 9, 7]),
    ]
    assert [loss.what for loss in found.losses] == ["region of a video, a sound or several files"]


@pytest.mark.parametrize("case", ["project.json", "first.json", "annotations.csv", "third.json"])
@pytest.mark.parametrize("form", ["project", "annotations", "v1", "csv"])
def test_every_form_holds_every_form(case: str, form: str, tmp_path: Path) -> None:
    source = formats.read(GOLDEN / case)
    target = tmp_path / ("t.csv" if form == "csv" else "t.json")
    options = {} if form == "csv" else {"form": form}
    formats.write(source, target, "via", options)
    assert formats.sniff(target) == "via"
    back = formats.read(target)
    for before, after in zip(source.items, back.items, strict=True):
        assert (before.path, before.size) == (after.path, after.size)
        told = [[source.labels[row.label].name, row.kind, *row.box] for row in rows_of(before)]
        again = [[back.labels[row.label].name, row.kind, *row.box] for row in rows_of(after)]
        assert told == again
    if form == "project":
        assert [label.name for label in back.labels] == [label.name for label in source.labels]


@pytest.mark.parametrize(
    ("regions", "wanted"),
    [
        ([{"note": "x", "type": "a"}, {"note": "y", "type": "b"}], ["a", "b"]),
        ([{"zone": "x"}, {"zone": "y"}], ["x", "y"]),
        ([{"label": "rare", "kind": "k"}, {"kind": "k"}, {"kind": "l"}], ["k", "l"]),
        ([{"track": 320}, {"track": 321}], ["object"]),
        ([{"class": {"cat": True, "dog": False}}, {"class": {"dog": True}}], ["cat", "dog"]),
        ([{}], ["object"]),
    ],
)
def test_the_class_is_found(
    regions: list[dict[str, Any]], wanted: list[str], tmp_path: Path
) -> None:
    found = formats.read(saved(tmp_path / "a.json", regions))
    assert [label.name for label in found.labels] == wanted


def test_the_class_can_be_named(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.json", [{"label": "x", "track": 4}])
    found = formats.read(path, options={"attribute": "track"})
    assert [label.name for label in found.labels] == ["4"]
    (row,) = rows_of(next(found.items))
    assert row.attributes == {"label": "x"}


@pytest.mark.parametrize("target", ["a.json", "a.csv", "v1.json"])
def test_classes_of_pictures_alone_are_found(target: str, tmp_path: Path) -> None:
    tags = [{"kinds": Kind.TAG, "labels": 0}, {"kinds": Kind.TAG, "labels": 1}]
    form = {"a.json": "annotations", "v1.json": "v1"}.get(target, "project")
    losses = formats.write(dataset(*tags), tmp_path / target, "via", {"form": form})
    assert not list(losses)
    found = formats.read(tmp_path / target)
    assert [label.name for label in found.labels] == ["cat", "dog"]
    assert [row.kind for row in rows_of(next(found.items))] == [Kind.TAG, Kind.TAG]


def test_options_of_a_files_class_are_called_by_their_texts(tmp_path: Path) -> None:
    entry = {"filename": "a.jpg", "size": 1, "regions": [], "file_attributes": {"class": "1"}}
    entry["file_attributes"] |= {"name": "x"}
    told = {"class": {"type": "radio", "options": {"0": "cat", "1": "dog"}}}
    project = {
        "_via_settings": {},
        "_via_img_metadata": {"a.jpg1": entry},
        "_via_attributes": {"region": {}, "file": told},
    }
    (tmp_path / "a.json").write_text(json.dumps(project))
    found = formats.read(tmp_path / "a.json")
    assert [label.name for label in found.labels] == ["cat", "dog"]
    assert [row.label for row in rows_of(next(found.items))] == [1]


def test_what_is_written(tmp_path: Path) -> None:
    rows = [
        {**BOX, "scores": 0.5, "flags": Flag.OCCLUDED, "attributes": {"color": "red"}, "ids": 9},
        {"kinds": Kind.TAG, "labels": 1},
    ]
    formats.write(dataset(*rows), tmp_path / "set", "via", {"attribute": "species"})
    told = json.loads((tmp_path / "set" / "via_project.json").read_text())
    assert told["_via_image_id_list"] == ["a,b.jpg-1"]
    entry = told["_via_img_metadata"]["a,b.jpg-1"]
    assert entry["file_attributes"] == {"width": 40, "height": 30, "split": "val", "species": "dog"}
    (region,) = entry["regions"]
    assert region["shape_attributes"] == {"name": "rect", "x": 1, "y": 2, "width": 7, "height": 7.5}
    said = {"species": "cat", "color": "red", "score": 0.5, "id": 9, "flags": {"occluded": True}}
    assert region["region_attributes"] == said
    declared = told["_via_attributes"]["region"]
    assert declared["species"]["options"] == {"cat": "cat", "dog": "dog"}
    assert declared["flags"]["type"] == "checkbox"
    found = formats.read(tmp_path / "set")
    (item,) = found.items
    assert (item.split, [row.kind for row in rows_of(item)]) == ("val", [Kind.BOX, Kind.TAG])


def test_csv_as_via_writes_it(tmp_path: Path) -> None:
    empty = Item("b.jpg", None, Annotations.empty())
    whole = Dataset.of([Label("cat")], [*dataset(BOX, BOX, name="a.jpg").items, empty])
    formats.write(whole, tmp_path / "t.csv", "via")
    lines = list(csv.reader((tmp_path / "t.csv").read_text().splitlines()))
    assert [line[:2] + line[3:5] for line in lines[1:]] == [
        ["a.jpg", "-1", "2", "0"],
        ["a.jpg", "-1", "2", "1"],
        ["b.jpg", "-1", "0", "0"],
    ]
    assert lines[3][5:] == ["{}", "{}"]


def test_masks_holes_and_parts_become_one_polygon(tmp_path: Path) -> None:
    outer = np.array([[0.0, 0], [20, 0], [20, 20], [0, 20]])
    rings = [[outer, outer / 2 + 5], [outer / 4 + 24]]
    pixels = np.zeros(SIZE[::-1], dtype=bool)
    pixels[3:9, 4:30] = True
    pixels[5, 7] = False
    polygon = {"kinds": Kind.POLYGON, "labels": 0, "rings": rings, "boxes": [0.0, 0, 29, 29]}
    mask = {
        "kinds": Kind.MASK,
        "labels": 0,
        "masks": masks.encode(pixels),
        "boxes": [4.0, 3, 30, 9],
    }
    losses = formats.write(dataset(polygon, mask), tmp_path / "t.json", "via")
    assert {loss.what: loss.count for loss in losses} == {
        "hole, joined with the edge around it by a bridge": 1,
        "polygon of several parts, joined by bridges": 1,
        "mask": 1,
    }
    first, second = rows_of(next(formats.read(tmp_path / "t.json").items))
    assert first.rings is not None
    assert second.rings is not None
    wanted = masks.area(masks.from_rings(rings, SIZE))
    assert masks.area(masks.from_rings(first.rings, SIZE)) == wanted
    np.testing.assert_array_equal(masks.decode(masks.from_rings(second.rings, SIZE)), pixels)


def test_a_rotated_box_that_was_moved_is_a_polygon(tmp_path: Path) -> None:
    five = [20, 15, 8, 4, 0.5]
    turned = {"kinds": Kind.ROTATED, "labels": 0, "rotated": five, "boxes": [0.0] * 4}
    path = tmp_path / "t.json"
    formats.write(dataset(turned), path, "via")
    (row,) = rows_of(next(formats.read(path).items))
    assert row.rotated is not None
    assert row.rotated.tolist() == five
    told = json.loads(path.read_text())
    entry = told["_via_img_metadata"]["a,b.jpg-1"]
    entry["regions"][0]["shape_attributes"]["all_points_x"][0] += 1
    path.write_text(json.dumps(told))
    assert rows_of(next(formats.read(path).items))[0].kind == Kind.POLYGON


def test_a_folder_for_each_split(tmp_path: Path) -> None:
    for split in ("train", "val"):
        (tmp_path / split).mkdir()
        saved(tmp_path / split / "via_region_data.json", [{"name": "balloon"}])
    assert formats.sniff(tmp_path) == "via"
    items = list(formats.read(tmp_path).items)
    assert [(item.path, item.split) for item in items] == [
        ("train/a.jpg", "train"),
        ("val/a.jpg", "val"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("a.json", '{"a.jpg-1": {"filename": }}', "a.json:1"),
        ("a.json", "[]", "a.json"),
        ("a.json", '{"a.jpg-1": ' + "[" * 9000 + "]" * 9000 + "}", "a.json"),
        ("a.csv", "filename,size\na.jpg,1\n", "a.csv:1"),
    ],
)
def test_a_broken_file_is_named(name: str, text: str, place: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(FormatError) as error:
        list(formats.read(tmp_path / name, "via").items)
    assert place in str(error.value)


def test_values_of_other_types_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    shapes: list[Any] = [
        {"name": "rect", "x": "one", "y": 2, "width": 3, "height": 4},
        {"name": "rect", "x": True, "y": 2, "width": 3, "height": 4},
        {"name": "circle", "cx": 10**400, "cy": 2, "r": 3},
        {"name": "polygon", "all_points_x": [1, 2], "all_points_y": [1]},
        {"name": "polygon", "all_points_x": [1, None], "all_points_y": [1, 2]},
        {"name": ["rect"]},
        "rect",
        None,
    ]
    told = [{"shape_attributes": shape, "region_attributes": {"label": "x"}} for shape in shapes]
    entry = {"filename": "a.jpg", "size": 1, "regions": [*told, 5], "file_attributes": []}
    path.write_text(json.dumps({"a": entry, "b": 5, "c": {"filename": 5}}))
    found = formats.read(path)
    assert [len(rows_of(item)) for item in found.items] == [0]
    assert sum(loss.count for loss in found.losses) == len(shapes) + 3


def test_one_picture_twice(tmp_path: Path) -> None:
    items = [Item("a.jpg", SIZE, table([BOX]), annotator=name) for name in ("x", "y")]
    twice = Dataset.of([Label("cat")], items)
    with pytest.raises(FormatError, match=r"both called a.jpg-1 .*on_collision=rename"):
        formats.write(twice, tmp_path / "t.json", "via")
    formats.write(twice, tmp_path / "t.json", "via", {"on_collision": "rename"})
    found = list(formats.read(tmp_path / "t.json").items)
    assert [(item.path, item.annotator) for item in found] == [("a.jpg", "x"), ("a.jpg", "y")]


def test_csv_of_cells_however_long_leaves_the_process_as_it_was(tmp_path: Path) -> None:
    """Python's own reader refuses cells of more than 131,072 characters, everywhere or nowhere."""
    count = 40_000
    ring = {"name": "polygon", "all_points_x": [1, 9, 9] * count, "all_points_y": [1, 1, 8] * count}
    limit = csv.field_size_limit()
    told = [json.dumps(part).replace('"', '""') for part in ({}, ring, {"label": 'a "b"'})]
    line = f'a.jpg,-1,"{told[0]}",1,0,"{told[1]}","{told[2]}"'
    (tmp_path / "a.csv").write_text(",".join(document.HEADER) + f"\n{line}\n")
    found = formats.read(tmp_path / "a.csv")
    (row,) = rows_of(next(found.items))
    assert row.rings is not None
    assert len(row.rings[0][0]) == 3 * count
    assert found.labels[0].name == 'a "b"'
    assert csv.field_size_limit() == limit


@given(st.lists(st.lists(st.text('a",\n '), min_size=1), max_size=4), st.booleans())
@settings(max_examples=50)
def test_cells_are_those_that_pythons_own_reader_finds(rows: list[list[str]], every: bool) -> None:
    stream = io.StringIO()
    quoting = csv.QUOTE_ALL if every else csv.QUOTE_MINIMAL
    csv.writer(stream, quoting=quoting, lineterminator="\n").writerows(rows)
    lines = stream.getvalue().removesuffix("\n").split("\n")
    found = [cells for _, cells in csv_cells.rows(enumerate(lines, 1))]
    assert found == list(csv.reader(stream.getvalue().splitlines(keepends=True))) or not rows


@pytest.mark.parametrize("name", ["t.csv", "t.json"])
def test_what_only_a_project_tells_of_classes_is_counted(name: str, tmp_path: Path) -> None:
    labels = [Label("dog"), Label("unused"), Label("cat")]
    rows = table([{**BOX, "labels": 0}, {**BOX, "labels": 2}])
    found = Dataset.of(labels, [Item("a.jpg", SIZE, rows)])
    options = {"form": "annotations"} if name == "t.json" else {}
    losses = formats.write(found, tmp_path / name, "via", options)
    assert [(e.what, e.count, e.example) for e in losses] == [
        ("class that no region is of", 1, "unused"),
        ("order of classes, which is read as that of names", 1, "dog"),
    ]
    assert [label.name for label in formats.read(tmp_path / name).labels] == ["cat", "dog"]
    assert not formats.write(found, tmp_path / "p.json", "via")


def test_numbers_of_pixels_as_texts(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.json", [{"label": "cat"}, {"label": "cat"}])
    told = json.loads(path.read_text())
    first, second = (region["shape_attributes"] for region in told["a.jpg-1"]["regions"])
    first |= {"x": "1", "y": "-2.5"}
    second["x"] = "1e3"
    path.write_text(json.dumps(told))
    found = formats.read(path)
    ((row,),) = map(rows_of, found.items)
    assert row.box.tolist() == [1, -2.5, 4, 1.5]
    assert [loss.count for loss in found.losses] == [1]


def test_a_project_loses_nothing_of_what_it_says_of_the_whole(tmp_path: Path) -> None:
    found = formats.read(GOLDEN / "project.json")
    assert {"_via_settings", "_via_attributes"} <= found.extra.keys()
    lost = formats.write(found, tmp_path / "t.json", "via")
    assert not [loss for loss in lost if "whole" in loss.what]
    lost = formats.write(found, tmp_path / "t.csv", "via")
    assert [(e.count, e.example) for e in lost if "whole" in e.what] == [(2, "_via_attributes")]
