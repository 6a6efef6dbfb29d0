"""Create ML's lists of boxes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import formats
from formats.annotations import Annotations
from formats.columns import Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from formats.tables import table

GOLDEN = Path(__file__).parent.parent / "golden" / "createml"
SIZE = (40, 30)
BOX = {"kinds": Kind.BOX, "labels": 0, "boxes": [1.0, 2, 8, 9.5]}


def boxes_of(dataset: Dataset) -> dict[str, list[tuple[str, list[float]]]]:
    return {
        item.path: [(dataset.labels[row.label].name, row.box.tolist()) for row in rows.rows()]
        for item in dataset.items
        if (rows := item.annotations) is not None
    }


def test_splits_of_roboflow() -> None:
    found = formats.read(GOLDEN / "roboflow")
    assert boxes_of(found) == {
        "train/a_jpg.rf.1.jpg": [("pill", [40, 30, 65, 50]), ("cap", [6.75, 7.5, 13.25, 14.5])],
        "train/b.JPG": [],
        "valid/c.jpg": [("pill", [0, 0, 10, 10])],
    }
    assert [item.split for item in found.items] == ["train", "train", "valid"]


def test_the_keys_of_apple() -> None:
    found = formats.read(GOLDEN / "apple.json")
    first, second = found.items
    assert (first.path, second.path) == ("breakfast_0.png", "tea.png")
    assert first.annotations is not None
    waffle, coffee = first.annotations.rows()
    assert waffle.box == pytest.approx([121.1, 81.62, 269.14, 230.5])
    assert (coffee.score, coffee.extra) == (0.75, {})
    assert [loss.example.partition("#")[2] for loss in found.losses] == ["/0/annotations/1", "/2"]


def test_other_anchors_origins_and_units(tmp_path: Path) -> None:
    """Every way in which Create ML may be told to take coordinates."""
    Image.new("L", SIZE).save(tmp_path / "a.png")
    box = [4.0, 6, 12, 21]
    for anchor in ("center", "topleft"):
        for origin in ("topleft", "bottomleft"):
            for units in ("pixel", "normalized"):
                x, y = (8.0, 13.5) if anchor == "center" else (4.0, 6.0)
                if origin == "bottomleft":
                    y = 30 - 13.5 if anchor == "center" else 30 - 21
                place = {"x": x, "y": y, "width": 8, "height": 15}
                if units == "normalized":
                    sides = {"x": 40, "y": 30, "width": 40, "height": 30}
                    place = {key: value / sides[key] for key, value in place.items()}
                entry = {"image": "a.png", "annotations": [{"label": "x", "coordinates": place}]}
                (tmp_path / "a.json").write_text(json.dumps([entry]))
                options = {"anchor": anchor, "origin": origin, "units": units}
                found = boxes_of(formats.read(tmp_path / "a.json", "createml", options))
                assert found["a.png"][0][1] == pytest.approx(box), options


def test_parts_of_an_unknown_size_are_counted(tmp_path: Path) -> None:
    place = {"x": 0.5, "y": 0.5, "width": 0.1, "height": 0.1}
    entry = {"image": "a.png", "annotations": [{"label": "x", "coordinates": place}]}
    (tmp_path / "a.json").write_text(json.dumps([entry]))
    found = formats.read(tmp_path / "a.json", "createml", {"units": "normalized"})
    assert boxes_of(found) == {"a.png": []}
    assert [loss.count for loss in found.losses] == [1]


def test_what_is_written(tmp_path: Path) -> None:
    items = [
        Item("b.jpg", SIZE, table([BOX]), split="val"),
        Item("val/a.jpg", SIZE, Annotations.empty(), split="val"),
        Item("c.jpg", SIZE, table([{**BOX, "labels": 1}])),
    ]
    whole = Dataset.of([Label("cat"), Label("dog"), Label("unused")], items)
    losses = formats.write(whole, tmp_path / "t", "createml", {"images": "none"})
    assert not losses.by_kind
    name = "_annotations.createml.json"
    below = json.loads((tmp_path / "t" / "val" / name).read_text())
    assert [entry["image"] for entry in below] == ["b.jpg", "a.jpg"]
    assert below[0]["annotations"] == [
        {"label": "cat", "coordinates": {"x": 4.5, "y": 5.75, "width": 7, "height": 7.5}}
    ]
    assert [path.name for path in (tmp_path / "t").glob("*.json")] == [name]
    back = formats.read(tmp_path / "t")
    assert formats.sniff(tmp_path / "t") == "createml"
    assert [label.name for label in back.labels] == ["cat", "dog", "unused"]
    assert [(item.path, item.split) for item in back.items] == [
        ("c.jpg", ""),
        ("val/b.jpg", "val"),
        ("val/a.jpg", "val"),
    ]


def test_what_a_list_does_not_hold_is_told(tmp_path: Path) -> None:
    rows = [
        {**BOX, "scores": 0.5},
        {"kinds": Kind.TAG, "labels": 0},
        {**BOX, "boxes": [float("nan"), 1, 5, 5]},
        {**BOX, "boxes": [float("nan")] * 4},
    ]
    items = [Item("a.jpg", SIZE, table(rows), id=4, split="val"), Item("b.jpg", SIZE)]
    losses = formats.write(Dataset.of([Label("x")], items), tmp_path / "t.json", "createml")
    assert {loss.what: loss.count for loss in losses} == {
        "split": 1,
        "picture id": 1,
        "tag of a whole picture": 1,
        "object with NaN or infinity": 1,
        "object without a place": 1,
        "score": 1,
        "picture that nobody looked at (written as one without boxes)": 1,
    }


def test_one_name_twice(tmp_path: Path) -> None:
    items = [Item(name, SIZE, table([BOX]), split="val") for name in ("a.jpg", "val/a.jpg")]
    twice = Dataset.of([Label("x")], items)
    with pytest.raises(FormatError, match=r"a.jpg and val/a.jpg both map to val/a.jpg"):
        formats.write(twice, tmp_path / "t", "createml")
    formats.write(twice, tmp_path / "t", "createml", {"on_collision": "rename"})
    assert list(boxes_of(formats.read(tmp_path / "t"))) == ["val/a.jpg", "val/a-2.jpg"]


@pytest.mark.parametrize(
    ("value", "place"),
    [("{}", "a.json"), ('[{"image": }]', "a.json:1"), ("[" * 9000 + "]" * 9000, "a.json")],
)
def test_a_broken_file_is_named(value: str, place: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(value)
    with pytest.raises(FormatError) as error:
        list(formats.read(tmp_path / "a.json", "createml").items)
    assert place in str(error.value)


def test_values_of_other_types_are_counted(tmp_path: Path) -> None:
    boxes: list[Any] = [5, {}, {"label": "x"}, {"label": None, "coordinates": {}}, None]
    boxes.append({"label": "x", "coordinates": {"x": "1", "y": 1, "width": 1, "height": [1]}})
    boxes.append({"label": "x", "coordinates": {"x": 10**400, "y": 1, "width": 1, "height": 1}})
    entries = [{"image": "a.jpg", "annotations": boxes}, 5, {"image": 5}, {"image": ".."}]
    (tmp_path / "a.json").write_text(json.dumps(entries))
    found = formats.read(tmp_path / "a.json", "createml")
    assert boxes_of(found) == {"a.jpg": []}
    assert sum(loss.count for loss in found.losses) == len(boxes) + 3
