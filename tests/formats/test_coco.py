"""Reading and writing COCO: what peers write, what pycocotools makes of it, what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools.coco import COCO

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from geometry import masks
from geometry.rings import Rings

SQUARE = [1.0, 1.0, 5.0, 1.0, 5.0, 5.0, 1.0, 5.0]
BLOB = {"counts": "52203", "size": [10, 10]}


def coco(*objects: dict[str, Any], **further: Any) -> dict[str, Any]:
    """A file of one 20 x 10 picture with some annotations."""
    filled = [{"id": k + 1, "image_id": 7, "category_id": 3, **o} for k, o in enumerate(objects)]
    return {
        "images": [{"id": 7, "file_name": "a.jpg", "width": 20, "height": 10}],
        "annotations": filled,
        "categories": [{"id": 3, "name": "cat"}, {"id": 9, "name": "dog"}],
        **further,
    }


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Any], Path]:
    def save(value: Any) -> Path:
        path = tmp_path / "source.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value))
        return path

    return save


@pytest.fixture
def back(saved: Callable[[Any], Path], tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Read a value as COCO and write it again."""

    def run(value: Any, **options: Any) -> dict[str, Any]:
        target = tmp_path / "target.json"
        formats.convert(saved(value), target, "coco", "coco", writing=options)
        return json.loads(target.read_text())

    return run


def table(path: Path) -> Annotations:
    return next(formats.read(path, "coco").items).annotations


def test_every_form_of_segmentation(saved: Callable[[Any], Path]) -> None:
    other = [6.0, 6.0, 9.0, 6.0, 9.0, 9.0]
    box = {"bbox": [1, 1, 4, 4]}
    forms = [
        [SQUARE],
        SQUARE,
        [SQUARE, other],
        {"counts": [11, 2, 87], "size": [10, 10]},
        {"counts": [11, 2, 87], "size": [10, 10]},
        [],
        [[]],
        None,
    ]
    objects = [{**box, "segmentation": form} for form in forms] + [box]
    objects[4]["iscrowd"] = 1
    found = table(saved(coco(*objects)))
    kinds = [Kind.POLYGON] * 3 + [Kind.MASK] * 2 + [Kind.BOX] * 4
    assert found.kinds.tolist() == kinds
    assert found.rings is not None
    assert found.masks is not None
    assert found.rings.counts().tolist() == [1, 1, 2, 0, 0, 0, 0, 0, 0]
    np.testing.assert_array_equal(found.rings.row(1)[0][0].ravel(), SQUARE)
    assert [masks.area(m) for m in found.masks[3:5]] == [2, 2]
    assert found.flagged(Flag.CROWD).tolist() == [False] * 4 + [True] + [False] * 4


def test_a_compressed_string_is_read_as_pycocotools_reads_it(saved: Callable[[Any], Path]) -> None:
    from pycocotools import mask as oracle

    dense = np.zeros((10, 20), dtype=np.uint8, order="F")
    dense[2:7, 3:15] = 1
    rle = oracle.encode(dense)
    form = {"counts": rle["counts"].decode(), "size": [10, 20]}
    found = table(saved(coco({"segmentation": form})))
    np.testing.assert_array_equal(masks.decode(found.masks[0]), dense.astype(bool))
    np.testing.assert_array_equal(found.boxes, [[3, 2, 15, 7]])


def test_only_image_category_and_a_shape_are_required(back: Callable[..., dict[str, Any]]) -> None:
    bare = {"images": [{"id": 7, "file_name": "a.jpg"}], "categories": [{"id": 0, "name": "x"}]}
    bare["annotations"] = [{"image_id": 7, "category_id": 0, "bbox": [1, 2, 3, 4]}]
    row = back(bare)["annotations"][0]
    assert (row["id"], row["iscrowd"], row["area"]) == (1, 0, 12)
    assert row["category_id"] == 0


def test_ids_are_kept_with_gaps_and_zero(back: Callable[..., dict[str, Any]]) -> None:
    value = coco({"id": 5, "bbox": [0, 0, 1, 1]}, {"id": 0, "bbox": [0, 0, 2, 2]})
    value["images"][0]["id"] = value["annotations"][0]["image_id"] = 0
    value["annotations"][1]["image_id"] = 0
    found = back(value)
    assert [row["id"] for row in found["annotations"]] == [5, 0]
    assert found["images"][0]["id"] == 0
    assert [c["id"] for c in found["categories"]] == [3, 9]


def test_fix_renumbers_zero_and_repeated_ids_with_a_map(
    saved: Callable[[Any], Path], tmp_path: Path
) -> None:
    ids = [0, 4, 4, 2]
    source = saved(coco(*({"id": k, "bbox": [0, 0, 1, 1]} for k in ids)))
    kept = formats.convert(source, tmp_path / "kept.json", "coco")
    assert any("annotation id 0" in text for text in kept.warnings)
    assert any("occurred before" in text for text in kept.warnings)
    target = tmp_path / "fixed.json"
    formats.convert(source, target, "coco", writing={"fix": True})
    assert [row["id"] for row in json.loads(target.read_text())["annotations"]] == [5, 4, 6, 2]
    changed = json.loads((tmp_path / "fixed.ids.json").read_text())
    assert changed == {"": [[0, 5], [4, 6]]}


def test_new_ids_start_at_one_and_avoid_stated_ones(tmp_path: Path) -> None:
    box = [[0.0, 0.0, 1.0, 1.0]]
    items = [
        Item("a.jpg", (4, 4), Annotations.of(boxes=box)),
        Item("b.jpg", (4, 4), Annotations.of(boxes=box, ids=[1]), id=1),
        Item("c.jpg", (4, 4), Annotations.of(boxes=box)),
    ]
    target = tmp_path / "x.json"
    formats.write(Dataset.of([Label("x")], items[:1]), target, "coco")
    assert json.loads(target.read_text())["annotations"][0]["id"] == 1
    formats.write(Dataset.of([Label("x")], items), target, "coco", {"overwrite": True})
    found = json.loads(target.read_text())
    assert [row["id"] for row in found["annotations"]] == [2, 1, 3]
    assert len({image["id"] for image in found["images"]}) == 3


def test_order_of_images_and_images_without_annotations_stay(
    back: Callable[..., dict[str, Any]],
) -> None:
    value = coco({"bbox": [0, 0, 1, 1]})
    names = [(9, "z.jpg"), (7, "a.jpg"), (1, "m.jpg")]
    value["images"] = [{"id": k, "file_name": n, "width": 5, "height": 5} for k, n in names]
    assert [i["file_name"] for i in back(value)["images"]] == ["z.jpg", "a.jpg", "m.jpg"]


def test_a_dataset_without_images_is_a_dataset(back: Callable[..., dict[str, Any]]) -> None:
    found = back({"images": [], "annotations": [], "categories": [{"id": 2, "name": "x"}]})
    assert found == {"images": [], "annotations": [], "categories": [{"id": 2, "name": "x"}]}


def test_unknown_keys_info_and_licences_are_carried_and_nothing_is_invented(
    back: Callable[..., dict[str, Any]],
) -> None:
    value = coco(
        {"bbox": [1, 1, 2, 2], "mood": ["x", {"y": 1}], "occluded": 1, "difficult": False},
        {"bbox": [1, 1, 2, 2], "attributes": {"colour": "red"}, "track_id": 3, "score": 0.25},
        info={"year": None, "x": 1},
        licenses=[],
        videos=[{"id": 1}],
    )
    value["images"][0] |= {"license": 4, "coco_url": "u", "nested": {"a": [1]}}
    value["categories"][0] |= {"supercategory": None, "colour": [1, 2]}
    found = back(value)
    for row, source in zip(found["annotations"], value["annotations"], strict=True):
        assert row.items() >= source.items()
    assert set(found) == set(value)
    assert {k: found[k] for k in ("info", "licenses", "videos", "images", "categories")} == {
        k: value[k] for k in ("info", "licenses", "videos", "images", "categories")
    }


def test_exact_duplicates_and_boxes_outside_the_picture_stay_as_read(
    back: Callable[..., dict[str, Any]],
) -> None:
    outside = {"bbox": [-4.25, -3, 90, 50.5], "area": 3.0}
    flat = {"bbox": [3, 3, 0, -2], "area": 0}
    found = back(coco(outside, outside, flat))["annotations"]
    assert [row["bbox"] for row in found] == [[-4.25, -3, 90, 50.5]] * 2 + [[3, 3, 0, -2]]


@pytest.mark.parametrize("decimals", range(10))
def test_boxes_come_back_number_for_number(
    decimals: int, back: Callable[..., dict[str, Any]]
) -> None:
    rng = np.random.default_rng(decimals)
    boxes = np.round(rng.uniform(0, 4000, (200, 4)), decimals).tolist()
    found = back(coco(*({"bbox": box} for box in boxes)))
    assert [row["bbox"] for row in found["annotations"]] == boxes


def test_keypoints_names_skeleton_and_count(back: Callable[..., dict[str, Any]]) -> None:
    value = coco({"bbox": [0, 0, 9, 9], "keypoints": [1.5, 2, 2, 0, 0, 0], "num_keypoints": 1})
    person = {"id": 3, "name": "p", "keypoints": ["l", "r"], "skeleton": [[1, 2]]}
    value["categories"] = [person]
    found = back(value)
    assert found["categories"] == [person]
    assert found["annotations"][0]["keypoints"] == [1.5, 2, 2, 0, 0, 0]
    assert found["annotations"][0]["num_keypoints"] == 1


def test_skeletons_are_zero_based_inside(saved: Callable[[Any], Path]) -> None:
    value = coco()
    value["categories"] = [{"id": 3, "name": "p", "keypoints": ["l", "r"], "skeleton": [[1, 2]]}]
    assert formats.read(saved(value)).labels[0].bones == ((0, 1),)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("segmentation", [[1, 2, 3]]),
        ("segmentation", [["a", 2, 3, 4, 5, 6]]),
        ("segmentation", "none"),
        ("segmentation", {"counts": [1, 2], "size": [10, 10]}),
        ("segmentation", {"counts": "~~~", "size": [10, 10]}),
        ("segmentation", {"counts": [100]}),
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
        (json.dumps(coco(categories=[{"id": 1, "name": "a"}] * 2)), "#/categories/1.*twice"),
        (json.dumps(coco(images=[{"id": 1, "file_name": "a"}] * 2)), "#/images/1.*twice"),
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


def test_holes_are_written_as_run_lengths(tmp_path: Path) -> None:
    outer = np.array([[2, 2], [12, 2], [12, 12], [2, 12]], dtype=float)
    hole = np.array([[5, 5], [9, 5], [9, 9], [5, 9]], dtype=float)
    rings = Rings.of([[[outer, hole]], [[outer]]])
    shapes = Annotations.of(2, kinds=[Kind.POLYGON] * 2, boxes=[[2, 2, 12, 12]] * 2, rings=rings)
    target = tmp_path / "t.json"
    dataset = Dataset.of([Label("x")], [Item("a.jpg", (20, 20), shapes)])
    losses = formats.write(dataset, target, "coco")
    assert [loss.what for loss in losses] == ["polygon with holes, written as a mask"]
    with_hole, whole = COCO(target).loadAnns([1, 2])
    assert with_hole["area"] == 100 - 16
    assert isinstance(whole["segmentation"], list)


def test_what_a_row_has_besides_its_kind_is_reported(tmp_path: Path) -> None:
    shapes = Annotations.of(
        3,
        kinds=[Kind.BOX, Kind.ELLIPSE, Kind.LINE],
        boxes=[[0, 0, 4, 4]] * 3,
        rotated=[[np.nan] * 5, [2, 2, 4, 4, 0], [np.nan] * 5],
        rings=Rings.of([[[[(0, 0), (4, 0), (4, 4)]]][0], [], [[[(0, 0), (4, 4)]]]]),
        masks=[masks.Mask(np.array([0, 16]), (4, 4)), None, None],
    )
    dataset = Dataset.of([Label("x")], [Item("a.jpg", (9, 9), shapes)])
    losses = formats.write(dataset, tmp_path / "t.json", "coco")
    assert {loss.what: loss.count for loss in losses} == {
        "kind ellipse": 1,
        "kind line": 1,
        "polygon of a row of another kind": 1,
        "mask of a row of another kind": 1,
    }
    rows = json.loads((tmp_path / "t.json").read_text())["annotations"]
    assert [row["segmentation"] for row in rows] == [[], [], []]


def test_objects_without_numbers_are_left_out_and_counted(tmp_path: Path) -> None:
    shapes = Annotations.of(3, boxes=[[0, 0, 1, 1], [0, 0, np.nan, 1], [0, 0, np.inf, 1]])
    dataset = Dataset.of([Label("x")], [Item("a.jpg", (9, 9), shapes)])
    losses = formats.write(dataset, tmp_path / "t.json", "coco")
    assert [(loss.what, loss.count) for loss in losses] == [("object with NaN or infinity", 2)]
    assert len(json.loads((tmp_path / "t.json").read_text())["annotations"]) == 1


def test_no_ring_of_four_numbers_is_written(back: Callable[..., dict[str, Any]]) -> None:
    row = {"bbox": [1, 1, 4, 4], "segmentation": [SQUARE, [1, 1, 4, 4]]}
    assert back(coco(row))["annotations"][0]["segmentation"] == [SQUARE]


def test_crowd_regions_can_be_left_out(
    saved: Callable[[Any], Path], back: Callable[..., dict[str, Any]]
) -> None:
    crowd = {
        "bbox": [1, 1, 2, 2],
        "iscrowd": 1,
        "segmentation": {"counts": [200], "size": [10, 20]},
    }
    value = coco(crowd, {"bbox": [1, 1, 2, 2]})
    kept = back(value)["annotations"]
    assert [row["iscrowd"] for row in kept] == [1, 0]
    assert kept[0]["segmentation"] == crowd["segmentation"]
    assert [row["id"] for row in back(value, crowd="skip", overwrite=True)["annotations"]] == [2]


@pytest.mark.parametrize("crowd", [0, 1])
def test_run_lengths_keep_their_coding(crowd: int, back: Callable[..., dict[str, Any]]) -> None:
    counted = {"counts": [11, 2, 87], "size": [10, 10]}
    compressed = {"counts": masks.to_coco_string(masks.Mask(np.array([11, 2, 87]), (10, 10)))}
    compressed["size"] = [10, 10]
    rows = [{"segmentation": s, "iscrowd": crowd} for s in (counted, compressed)]
    found = back(coco(*rows))["annotations"]
    assert [row["segmentation"] for row in found] == [counted, compressed]
    assert not any("rle" in row for row in found)


def test_rotated_boxes_are_polygons_with_their_numbers_beside(tmp_path: Path) -> None:
    five = [[10.0, 8.0, 6.0, 2.0, 0.5]]
    shapes = Annotations.of(1, kinds=[Kind.ROTATED], boxes=[[6.9, 5.7, 13.1, 10.3]], rotated=five)
    target = tmp_path / "t.json"
    formats.write(Dataset.of([Label("x")], [Item("a.jpg", (20, 20), shapes)]), target, "coco")
    row = COCO(target).loadAnns([1])[0]
    assert row["area"] == 12
    assert len(row["segmentation"][0]) == 8
    found = table(target)
    assert found.kinds.tolist() == [Kind.ROTATED]
    assert found.rings is None
    np.testing.assert_array_equal(found.rotated, five)
