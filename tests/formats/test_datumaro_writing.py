"""Datumaro's JSON as it is written, and what it counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label, Source
from formats.errors import FormatError
from formats.losses import Losses
from geometry import masks
from geometry.rings import Rings

GOLDEN = Path(__file__).parents[1] / "golden" / "datumaro"
SIZE = (12, 8)
SQUARE = np.array([[0, 0], [4, 0], [4, 4], [0, 4.0]])


def one(**columns: Any) -> Annotations:
    """A table of one row, a box where nothing else is said."""
    return Annotations.of(1, **{"boxes": [[1, 2, 5, 6]], **columns})


def dataset(table: Annotations | None, *labels: Label, **rest: Any) -> Dataset:
    item = Item("a.jpg", rest.pop("size", SIZE), table, **rest)
    return Dataset.of(labels or (Label("x"),), [item], sources=(Source("person", "Ann"),))


def written(found: Dataset, folder: Path, **options: Any) -> tuple[dict[str, Any], Losses]:
    losses = formats.write(found, folder / "a.json", "datumaro", options)
    return json.loads((folder / "a.json").read_text()), losses


def annotations(table: Annotations, folder: Path, **rest: Any) -> list[dict[str, Any]]:
    return written(dataset(table, **rest), folder)[0]["items"][0]["annotations"]


def test_a_file_in_the_form_of_datumaro(tmp_path: Path) -> None:
    table = one(ids=[4], groups=[2], tracks=[9], scores=[0.5], flags=[Flag.OCCLUDED | Flag.CROWD])
    label = Label("x", keypoints=("a", "b"), bones=((0, 1),), extra={"color": "#0102ff"})
    found, losses = written(dataset(table, label, id=7, extra={"scene": "day"}), tmp_path)
    assert list(found) == ["dm_format_version", "media_type", "infos", "categories", "items"]
    assert found["categories"] == {
        "label": {
            "labels": [{"name": "x", "parent": "", "attributes": []}],
            "label_groups": [],
            "attributes": [],
        },
        "mask": {"colormap": [{"label_id": 0, "r": 1, "g": 2, "b": 255}]},
        "points": {
            "items": [{"label_id": 0, "labels": ["a", "b"], "joints": [[1, 2]], "positions": []}]
        },
    }
    told = {"is_crowd": True, "occluded": True, "score": 0.5}
    assert found["items"] == [
        {
            "id": "a",
            "annotations": [
                {
                    "id": 4, "type": "bbox", "attributes": told, "group": 2, "object_id": 9,
                    "label_id": 0, "z_order": 0, "bbox": [1, 2, 4, 4],
                }
            ],
            "attr": {"id": 7, "scene": "day"},
            "image": {"path": "a.jpg", "size": [8, 12]},
        }
    ]  # fmt: skip
    assert not losses


def test_a_turned_box_is_told_in_degrees_as_cvat_does(tmp_path: Path) -> None:
    for angle, degrees in ((np.pi / 6, 30.0), (0.0, 360.0)):
        table = one(kinds=[Kind.ROTATED], rotated=[[6, 4, 4, 2, angle]])
        (found,) = annotations(table, tmp_path / str(degrees))
        assert found["bbox"] == [4, 3, 4, 2]
        assert found["attributes"]["rotation"] == pytest.approx(degrees)


def test_numbers_come_back_without_dust(tmp_path: Path) -> None:
    listed = [
        {"type": "bbox", "bbox": [10.1, 0.7, 20.3, 8.1], "attributes": {}},
        {"type": "bbox", "bbox": [10.1, 0.7, 20.3, 8.1], "attributes": {"rotation": 30.1}},
        {"type": "ellipse", "points": [0.1, 0.2, 0.7, 12.3], "attributes": {"rotation": 29.9}},
    ]
    labels = {"labels": [{"name": "x", "parent": "", "attributes": []}]}
    items = [{"id": "a", "annotations": [{**one, "label_id": 0} for one in listed]}]
    told = {"categories": {"label": labels}, "items": items}
    (tmp_path / "in.json").write_text(json.dumps(told))
    found, _ = written(formats.read(tmp_path / "in.json", "datumaro"), tmp_path)
    assert [
        {key: entry[key] for key in one}
        for entry, one in zip(found["items"][0]["annotations"], listed, strict=True)
    ] == listed


def test_parts_are_polygons_of_one_group(tmp_path: Path) -> None:
    row = [[SQUARE], [SQUARE + [6, 0]]]
    table = one(kinds=[Kind.POLYGON], rings=Rings.of([row]), boxes=[[0, 0, 10, 4]])
    found, losses = written(dataset(table), tmp_path)
    parts = found["items"][0]["annotations"]
    assert [(part["type"], part["group"], part["points"][0]) for part in parts] == [
        ("polygon", 1, 0),
        ("polygon", 1, 6),
    ]
    what = "polygon of several parts, written as polygons of one group"
    assert [loss.what for loss in losses] == [what]


def test_outlines_of_too_few_points_are_left_out(tmp_path: Path) -> None:
    """datumaro refuses a set for one of them."""
    kinds = [Kind.POLYGON] * 2
    rings = Rings.of([[[SQUARE[:2]]], [[SQUARE], [SQUARE[:2]]]])
    table = Annotations.of(2, kinds=kinds, boxes=[[0, 0, 4, 4]] * 2, rings=rings)
    told, losses = written(dataset(table), tmp_path)
    (made,) = told["items"][0]["annotations"]
    assert made["points"] == SQUARE.ravel().tolist()
    assert {loss.what: loss.count for loss in losses} == {
        "object without a usable shape": 1,
        "part of too few points": 1,
    }


def test_holes_make_a_mask_where_the_size_is_known(tmp_path: Path) -> None:
    row = [[SQUARE, SQUARE / 2 + 1]]
    table = one(kinds=[Kind.POLYGON], rings=Rings.of([row]), boxes=[[0, 0, 4, 4]])
    found, losses = written(dataset(table), tmp_path)
    (mask,) = found["items"][0]["annotations"]
    runs = mask["rle"]
    assert masks.area(masks.from_coco_string(runs["counts"], SIZE)) == 12
    assert [loss.what for loss in losses] == ["polygon with holes, written as a mask"]
    found, losses = written(dataset(table, size=None), tmp_path, overwrite=True)
    assert found["items"][0]["annotations"][0]["type"] == "polygon"
    assert [str(loss) for loss in losses] == ["1 hole (first: a.jpg)"]


def test_keypoints_beside_a_box_are_points_of_its_group(tmp_path: Path) -> None:
    table = one(keypoints=[[[1, 2, 2], [0, 0, 0]]], groups=[5])
    box, points = annotations(table, tmp_path)
    assert (box["type"], points["type"]) == ("bbox", "points")
    assert (box["group"], points["group"]) == (5, 5)
    assert (points["points"], points["visibility"]) == ([1, 2, 0, 0], [2, 0])


def test_ids_that_would_be_one_are_told_apart(tmp_path: Path) -> None:
    items = [Item(name, SIZE, one()) for name in ("1.jpg", "1.png", "15.v2.final.jpg", "frame")]
    found, _ = written(Dataset.of([Label("x")], items), tmp_path)
    assert [item["id"] for item in found["items"]] == ["1", "1.png", "15.v2.final", "frame"]


def test_one_picture_twice_is_an_error_or_gets_a_new_id(tmp_path: Path) -> None:
    twice = Dataset.of([Label("x")], [Item("a.jpg", SIZE, one()) for _ in range(2)])
    with pytest.raises(FormatError, match="two items are the picture"):
        written(twice, tmp_path)
    assert not list(tmp_path.iterdir())
    found, _ = written(twice, tmp_path, on_collision="rename")
    assert [item["id"] for item in found["items"]] == ["a", "a.jpg"]


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ({"areas": [7.5]}, "stated area"),
        ({"sources": [0]}, "source of the annotation"),
        ({"groups": [0]}, "group 0, which is none in Datumaro"),
        ({"ids": [0]}, "annotation id 0, which is none in Datumaro"),
        ({"flags": [Flag.OUTSIDE]}, "object that is outside its picture"),
        ({"boxes": [[1, 2, np.nan, 4]]}, "object without a usable shape"),
        ({"attributes": [{"score": "high"}], "scores": [0.5]},
         "attribute with a name of Datumaro's own"),
        ({"extra": [{"rle": 5}]}, "unknown key with a name of Datumaro's own"),
        ({"extra": [{"z_order": "top"}]}, "unknown key with a name of Datumaro's own"),
        ({"keypoints": [[[1, 2, 2]]], "keypoint_scores": [[0.5]], "kinds": [Kind.POINTS]},
         "keypoint scores"),
    ],
)  # fmt: skip
def test_what_is_not_held_is_counted(tmp_path: Path, columns: dict[str, Any], what: str) -> None:
    _, losses = written(dataset(one(**columns)), tmp_path)
    assert [(loss.what, loss.count) for loss in losses] == [(what, 1)]


@pytest.mark.parametrize(
    ("table", "rest", "what"),
    [
        (None, {}, "picture not looked at (written without objects)"),
        (one(), {"annotator": "Ann"}, "annotator of a picture"),
        (one(), {"status": "done"}, "status of a picture"),
        (one(), {"split": "val"}, "split"),
    ],
)
def test_what_a_picture_has_beside_its_shapes_is_counted(
    tmp_path: Path, table: Annotations | None, rest: dict[str, Any], what: str
) -> None:
    _, losses = written(dataset(table, **rest), tmp_path)
    assert [loss.what for loss in losses] == [what]


def test_how_a_row_of_a_clip_was_made_goes_without_a_word(tmp_path: Path) -> None:
    _, losses = written(dataset(one(flags=[Flag.KEYFRAME | Flag.INTERPOLATED])), tmp_path)
    assert not losses


def test_strict_leaves_the_target_alone(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="1 stated area"):
        formats.write(dataset(one(areas=[5])), tmp_path / "out", "datumaro", {"strict": True})
    assert not list(tmp_path.iterdir())


def test_a_split_that_is_no_name_of_a_file_is_refused(tmp_path: Path) -> None:
    for split in ("a/b", "..", "a\\b"):
        with pytest.raises(FormatError):
            formats.write(dataset(one(), split=split), tmp_path / "out", "datumaro")
    assert not list(tmp_path.iterdir())


def test_pictures_lie_where_datumaro_looks_for_them(tmp_path: Path) -> None:
    (tmp_path / "in/sub").mkdir(parents=True)
    for name in ("a.png", "sub/a.png"):
        Image.new("L", SIZE).save(tmp_path / "in" / name)
    items = [Item("a.png", None, one()), Item("sub/a.png", None, one(), split="val")]
    source = Dataset.of([Label("x")], items, root=str(tmp_path / "in"))
    formats.write(source, tmp_path / "out", "datumaro", {"images": "copy"})
    assert (tmp_path / "out/images/default/a.png").is_file()
    assert (tmp_path / "out/images/val/sub/a.png").is_file()
    found = formats.read(tmp_path / "out")
    assert [(item.path, item.size, item.split) for item in found.items] == [
        ("a.png", SIZE, ""),
        ("sub/a.png", SIZE, "val"),
    ]


def test_a_set_without_pictures_has_its_classes(tmp_path: Path) -> None:
    formats.write(Dataset.of([Label("x")], []), tmp_path / "out", "datumaro")
    assert [label.name for label in formats.read(tmp_path / "out").labels] == ["x"]


@pytest.mark.parametrize("case", ["project", "cvat", "odd"])
def test_golden_files_come_back_as_they_were_read(tmp_path: Path, case: str) -> None:
    found = formats.read(GOLDEN / case)
    formats.write(found, tmp_path / "out", "datumaro")
    back = formats.read(tmp_path / "out")
    assert back.labels == found.labels
    assert back.extra.get("datumaro") == found.extra.get("datumaro")
    for before, after in zip(found.items, back.items, strict=True):
        assert (after.path, after.size, after.split) == (before.path, before.size, before.split)
        assert (after.id, after.extra) == (before.id, before.extra)
        assert before.annotations is not None
        assert after.annotations is not None
        for a, b in zip(before.annotations.rows(), after.annotations.rows(), strict=True):
            assert (a.kind, a.label, a.flags, a.group) == (b.kind, b.label, b.flags, b.group)
            assert (a.id, a.track, a.attributes) == (b.id, b.track, b.attributes)
            assert a.extra == b.extra
            np.testing.assert_allclose(b.box, a.box, rtol=0, atol=1e-9)


def test_the_same_data_set_gives_the_same_bytes(tmp_path: Path) -> None:
    found = formats.read(GOLDEN / "project")
    for name in ("a", "b"):
        formats.write(found, tmp_path / name, "datumaro")
    for file in ("train.json", "val.json"):
        texts = [(tmp_path / name / "annotations" / file).read_bytes() for name in ("a", "b")]
        assert texts[0] == texts[1]


def test_what_is_said_of_the_classes_and_the_whole_is_counted(tmp_path: Path) -> None:
    item = Item("a.jpg", SIZE, one())
    extra = {"splits": {"train": {"info": 1}}, "interpolation": "cvat"}
    found = Dataset.of(
        [Label("x", 7, "animal", ("a", "b"), (), (1, 0), {"a": {"b": 1}}, {"c": 1})],
        [item],
        extra=extra,
    )
    _, losses = written(found, tmp_path)
    assert {loss.what for loss in losses} == {
        "category id",
        "class with mirrored keypoints",
        "class with unknown keys",
        "class with attributes",
        "key of the whole data set",
    }
