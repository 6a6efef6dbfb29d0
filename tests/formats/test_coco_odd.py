"""What is wrong in a COCO file: carried, counted and named, or refused with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from coco_files import SQUARE, coco, table

import formats
from formats.columns import Flag
from formats.errors import FormatError


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("segmentation", [[1, 2, 3]]),
        ("segmentation", [["a", 2, 3, 4, 5, 6]]),
        ("segmentation", "none"),
        ("segmentation", {"counts": [1, 2], "size": [10, 10]}),
        ("segmentation", {"counts": "~~~", "size": [10, 10]}),
        ("segmentation", {"counts": [100]}),
        ("segmentation", {"counts": [99.5, 0.5], "size": [10, 10]}),
        ("keypoints", [1, 2]),
        ("keypoints", {"a": 1}),
        ("bbox", [1, 2, 3]),
        ("bbox", ["x", 1, 2, 3]),
        ("area", "large"),
        ("score", [1]),
        ("attributes", ["red"]),
        ("iscrowd", 2),
    ],
)
def test_one_bad_value_aborts_nothing_and_is_carried(
    key: str, value: Any, back: Callable[..., dict[str, Any]]
) -> None:
    good = {"bbox": [0, 0, 2, 2], "segmentation": [SQUARE]}
    found = back(coco(good, {**good, key: value}, good))["annotations"]
    assert [row["id"] for row in found] == [1, 2, 3]
    assert found[1][key] == value
    assert found[0]["segmentation"] == found[2]["segmentation"] == [SQUARE]


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ({"image_id": 99}, "image_id is not in the file"),
        ({"category_id": 99}, "category_id is not in the file"),
        ({"image_id": None}, "without a usable image_id"),
        ({"category_id": "cat"}, "without a usable category_id"),
    ],
)
def test_objects_that_point_to_nothing_are_counted_and_named(
    row: dict[str, Any], what: str, saved: Callable[[Any], Path], tmp_path: Path
) -> None:
    source = saved(coco({"bbox": [0, 0, 2, 2]}, {"bbox": [0, 0, 2, 2], **row}))
    losses = formats.convert(source, tmp_path / "t.json", "coco")
    (loss,) = losses
    assert what in loss.what
    assert loss.count == 1
    assert "/annotations/1" in loss.example
    with pytest.raises(FormatError, match=what):
        formats.convert(source, tmp_path / "u.json", "coco", writing={"strict": True})
    assert not (tmp_path / "u.json").exists()


def test_numbers_as_texts_booleans_and_whole_floats_are_understood(
    saved: Callable[[Any], Path],
) -> None:
    row = {"image_id": 7.0, "category_id": "3", "bbox": ["1", 2, 3, 4], "iscrowd": True}
    found = table(saved(coco(row)))
    np.testing.assert_array_equal(found.boxes, [[1, 2, 4, 6]])
    assert found.flagged(Flag.CROWD).all()


def test_run_lengths_may_be_whole_floats(saved: Callable[[Any], Path]) -> None:
    form = {"counts": [11.0, 2, 187.0], "size": [10.0, 20]}
    found = table(saved(coco({"segmentation": form})))
    np.testing.assert_array_equal(found.boxes, [[1, 1, 2, 3]])


def test_nan_in_a_file_is_told(saved: Callable[[Any], Path], tmp_path: Path) -> None:
    text = json.dumps(coco({"bbox": [float("nan"), 0, 1, 1], "segmentation": [SQUARE]}))
    losses = formats.convert(saved(text), tmp_path / "t.json", "coco")
    assert any("NaN" in what for what in losses.warnings)
    found = json.loads((tmp_path / "t.json").read_text())["annotations"]
    assert found[0]["segmentation"] == [SQUARE]


def test_a_byte_order_mark_is_read_and_not_written(tmp_path: Path) -> None:
    source, target = tmp_path / "s.json", tmp_path / "t.json"
    source.write_bytes(b"\xef\xbb\xbf" + json.dumps(coco()).encode())
    formats.convert(source, target, "coco")
    assert target.read_bytes().startswith(b"{")
    assert b"\r" not in target.read_bytes()


@pytest.mark.parametrize(
    "name",
    ["../a.jpg", "/etc/a.jpg", "C:/a.jpg", "c:a.jpg", "x/../../a.jpg", r"..\a.jpg", r"\\h\a"],
)
def test_names_that_leave_the_folder_are_refused(name: str, saved: Callable[[Any], Path]) -> None:
    value = coco()
    value["images"][0]["file_name"] = name
    with pytest.raises(FormatError, match=r"/images/0/file_name.*leaves"):
        formats.read(saved(value), "coco")
    kept = formats.read(saved(value), "coco", {"names": "keep"})
    assert next(kept.items).path == name


@pytest.mark.parametrize("name", ["15.v2.final.JPG", "ä ö/ü.png", "a..b.jpg", ".hidden.jpg"])
def test_other_names_are_kept(name: str, back: Callable[..., dict[str, Any]]) -> None:
    value = coco()
    value["images"][0]["file_name"] = name
    assert back(value)["images"][0]["file_name"] == name


TWICE = [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"images": [', r"source.json:1: not JSON"),
        ("", "neither a JSON object nor a list"),
        ("[]", "a list, expected an object"),
        ('{"images": [], "annotations": []}', "no list 'categories'"),
        ('{"images": {}, "annotations": [], "categories": []}', "#/images: Expected `array`"),
        (json.dumps(coco(images=[{"id": 1}])), r"#/images/0: .*file_name"),
        (json.dumps(coco(categories=[{"id": "a", "name": "b"}])), "#/categories/0: the id"),
        (json.dumps(coco(categories=[{"id": 1}])), "#/categories/0: the name"),
        (json.dumps(coco(categories=TWICE)), "#/categories/1.*twice"),
    ],
)
def test_errors_name_the_place(text: str, what: str, saved: Callable[[Any], Path]) -> None:
    with pytest.raises(FormatError, match=what):
        formats.read(saved(text), "coco")


def test_two_classes_of_one_name_stay_two(back: Callable[..., dict[str, Any]]) -> None:
    value = coco({"bbox": [0, 0, 1, 1], "category_id": 9})
    value["categories"] = [{"id": 3, "name": "cat"}, {"id": 9, "name": "cat"}]
    found = back(value)
    assert found["categories"] == value["categories"]
    assert found["annotations"][0]["category_id"] == 9


def test_numbers_may_be_written_as_fractions_or_texts(back: Callable[..., dict[str, Any]]) -> None:
    value = coco({"id": "7", "image_id": 1.0, "category_id": "1", "bbox": [1, 1, 2, 2]})
    value["images"] = [{"id": 1.0, "file_name": "12", "width": "40", "height": 30.0}]
    value["categories"] = [{"id": "1", "name": 7}]
    found = back(value)
    assert found["images"] == [{"id": 1, "file_name": "12", "width": 40, "height": 30}]
    assert found["categories"] == [{"id": 1, "name": "7"}]
    (row,) = found["annotations"]
    assert [row[key] for key in ("id", "image_id", "category_id")] == [7, 1, 1]


def test_a_category_that_is_listed_twice_is_one(back: Callable[..., dict[str, Any]]) -> None:
    value = coco({"bbox": [0, 0, 1, 1]})
    wanted = value["categories"]
    value["categories"] = [wanted[0], *wanted]
    assert back(value)["categories"] == wanted


def test_images_that_are_none_or_have_an_id_once_more_are_counted(tmp_path: Path) -> None:
    whole = {"width": 9, "height": 8}
    images = [
        {"id": 4, "file_name": "a.jpg", **whole},
        {"id": 5},
        {"id": 4, "file_name": "b.jpg", **whole},
        7,
        {"id": "6.5", "file_name": "c.jpg"},
        {"id": 2, "file_name": "d.jpg", **whole},
    ]
    objects = [{"image_id": n, "category_id": 1, "bbox": [1, 2, 3, 4]} for n in (2, 4, 5)]
    place = tmp_path / "a.json"
    told = {"images": images, "annotations": objects, "categories": [{"id": 1, "name": "x"}]}
    place.write_text(json.dumps(told))
    dataset = formats.read(place, "coco")
    found = [(item.path, item.id, len(item.annotations)) for item in dataset.items]
    assert found == [("a.jpg", 4, 1), ("d.jpg", 2, 1)]
    assert [(loss.what, loss.count, loss.example) for loss in dataset.losses] == [
        (
            "image without a usable id or file name, left out",
            3,
            f"{place}#/images/1: Object missing required field `file_name`",
        ),
        (
            "image whose id an earlier one has, left out",
            1,
            f"{place}#/images/2: 4, as {place}#/images/0",
        ),
        ("annotation whose image_id is not in the file", 1, f"{place}#/annotations/2/image_id = 5"),
    ]
    place.write_text(json.dumps({**told, "images": [{"id": 1}]}))
    with pytest.raises(FormatError, match="#/images/0: Object missing"):
        formats.read(place, "coco")


def test_ids_as_texts_may_begin_with_zeros(tmp_path: Path) -> None:
    found = {
        "images": [{"id": "000000000139", "file_name": "a.jpg"}],
        "categories": [{"id": "03", "name": "cat"}],
        "annotations": [
            {"id": "0007", "image_id": "000000000139", "category_id": "03", "bbox": [1, 2, 3, 4]},
            {"id": "00", "image_id": 139, "category_id": "3", "bbox": [1, 2, 3, 4]},
        ],
    }
    (tmp_path / "a.json").write_text(json.dumps(found))
    assert table(tmp_path / "a.json").ids.tolist() == [7, 0]


@pytest.mark.parametrize("side", ["", "wide", -1, 0, None, True, [9], 0.5])
def test_a_size_that_is_none_costs_no_picture(side: Any, tmp_path: Path) -> None:
    place = tmp_path / "a.json"
    value = coco({"bbox": [1, 2, 3, 4]})
    value["images"][0].update(width=side, height=side)
    place.write_text(json.dumps(value))
    dataset = formats.read(place, "coco")
    (item,) = dataset.items
    assert (item.size, len(item.annotations or ())) == (None, 1)
    assert not dataset.losses


@pytest.mark.parametrize("box", ["abc", [1, 2, 3], [1, None, 3, 4], {}])
def test_an_object_with_a_broken_box_is_no_class_of_its_picture(box: Any, tmp_path: Path) -> None:
    """COCO has it as it was read; what has no place for it tells that it is left out."""
    place = tmp_path / "a.json"
    place.write_text(json.dumps(coco({"bbox": box})))
    formats.convert(place, tmp_path / "again.json", "coco")
    (again,) = json.loads((tmp_path / "again.json").read_text())["annotations"]
    assert again["bbox"] == box
    losses = formats.convert(place, tmp_path / "cls", "yolo-cls")
    assert losses.by_kind["picture without a class"].count == 1
    for name in ("cvat", "openimages", "voc"):
        formats.convert(place, tmp_path / name, name)
        (item,) = formats.read(tmp_path / name, name).items
        assert item.annotations is None or not len(item.annotations)


@pytest.mark.parametrize(
    ("told", "flag", "kept"),
    [
        ({"difficult": 1}, Flag.DIFFICULT, {}),
        ({"difficult": 2}, Flag.DIFFICULT, {"difficult": 2}),
        ({"truncated": 0.88}, Flag.TRUNCATED, {"truncated": 0.88}),
        ({"occluded": 3}, 0, {"occluded": 3}),
        ({"occluded": -1}, 0, {"occluded": -1}),
        ({"occluded": "yes"}, 0, {"occluded": "yes"}),
    ],
)
def test_flags_that_are_told_by_other_numbers(
    told: dict[str, Any],
    flag: int,
    kept: dict[str, Any],
    saved: Callable[[Any], Path],
    back: Callable[..., dict[str, Any]],
) -> None:
    document = coco({"bbox": [0, 0, 2, 2], **told})
    (row,) = table(saved(document)).rows()
    assert (row.flags, dict(row.extra)) == (flag, kept)
    (found,) = back(document)["annotations"]
    assert {key: found[key] for key in told} == told


def test_pictures_of_lvis_are_named_by_their_addresses(tmp_path: Path) -> None:
    """LVIS states a ``coco_url`` and no name; its pictures lie in the two folders of COCO."""
    value = coco({"bbox": [1, 2, 3, 4]})
    image = value["images"][0]
    url = "http://images.cocodataset.org/train2017/000000391895.jpg"
    value["images"] = [{"id": image["id"], "width": 40, "height": 30, "coco_url": url}]
    source = tmp_path / "lvis.json"
    source.write_text(json.dumps(value))
    dataset = formats.read(source, "coco")
    (item,) = dataset.items
    assert (item.path, item.extra) == ("train2017/000000391895.jpg", {"coco_url": url})
    assert any("coco_url" in note for note in dataset.losses.notes)
    for odd in ("http://host/1.jpg", "1.jpg", "http://host/a/", 3, None):
        value["images"][0]["coco_url"] = odd
        source.write_text(json.dumps(value))
        with pytest.raises(FormatError, match=r"/images/0: .*file_name"):
            formats.read(source, "coco")
    value["images"][0]["coco_url"] = "http://host/a/%2e%2e/%2e%2e/1.jpg"
    source.write_text(json.dumps(value))
    with pytest.raises(FormatError, match="leaves"):
        formats.read(source, "coco")
