"""Reading and writing COCO: what peers write, what pycocotools makes of it, what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from coco_files import SQUARE, coco, table

import formats
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label
from geometry import masks


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


def test_shares_in_place_of_visibilities_stay(back: Callable[..., dict[str, Any]]) -> None:
    points = [1.5, 2, 0.25, 3, 4, 1, 5, 6, 1.75]
    (row,) = back(coco({"bbox": [1, 1, 4, 4], "keypoints": points}))["annotations"]
    assert row["keypoints"] == points
    assert row["num_keypoints"] == 3


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


@pytest.mark.parametrize("bone", [[0, 1], [2, 3], [1], ["l", "r"]])
def test_a_skeleton_of_keypoints_that_there_are_not_stays_as_it_is(
    bone: list[Any], saved: Callable[[Any], Path], back: Callable[..., dict[str, Any]]
) -> None:
    value = coco()
    person = {"id": 3, "name": "p", "keypoints": ["l", "r"], "skeleton": [[1, 2], bone]}
    value["categories"] = [person]
    assert formats.read(saved(value)).labels[0].bones == ()
    assert back(value)["categories"] == [person]


def test_skeletons_are_zero_based_inside(saved: Callable[[Any], Path]) -> None:
    value = coco()
    value["categories"] = [{"id": 3, "name": "p", "keypoints": ["l", "r"], "skeleton": [[1, 2]]}]
    assert formats.read(saved(value)).labels[0].bones == ((0, 1),)
