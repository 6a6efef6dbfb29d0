"""Datumaro's JSON as it is read: datumaro's own export, CVAT's, and odd ones."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import formats
from formats import pictures
from formats.annotations import Annotation
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item
from formats.errors import FormatError
from geometry import masks

GOLDEN = Path(__file__).parents[1] / "golden" / "datumaro"


def rows(item: Item) -> list[Annotation]:
    assert item.annotations is not None
    return list(item.annotations.rows())


def told(dataset: Dataset) -> dict[str, int]:
    list(dataset.items)
    return {loss.what: loss.count for loss in dataset.losses}


@pytest.fixture(scope="module")
def project() -> Dataset:
    return formats.read(GOLDEN / "project")


@pytest.fixture
def of(tmp_path: Path) -> Callable[..., Dataset]:
    """A file with some annotations of one picture."""

    def read(*annotations: Any, **item: Any) -> Dataset:
        picture = {"path": "a.jpg", "size": [8, 10]}
        entry = {"id": "a", "annotations": annotations, "image": picture, **item}
        categories = {"label": {"labels": [{"name": "x", "parent": ""}]}}
        path = tmp_path / "a.json"
        path.write_text(json.dumps({"categories": categories, "items": [entry]}))
        return formats.read(path)

    return read


def test_pictures_of_all_subsets(project: Dataset) -> None:
    found = [
        (item.path, item.size, item.id, item.split, dict(item.extra)) for item in project.items
    ]
    assert found == [
        ("one.jpg", (12, 8), 7, "train", {"scene": "day"}),
        ("none.png", (5, 4), None, "train", {}),
        ("sub_two.png", (8, 8), None, "val", {"item_id": "sub/two"}),
    ]


def test_classes_have_keypoints_and_colours(project: Dataset) -> None:
    cat, dog = project.labels
    assert (cat.name, dog.name, dog.keypoints) == ("cat", "dog", ("nose", "tail"))
    assert dog.bones == ((0, 1),)
    assert [label.extra["color"] for label in (cat, dog)] == ["#800000", "#008000"]


def test_a_box_with_its_numbers_flags_and_attributes(project: Dataset) -> None:
    box = rows(next(project.items))[0]
    assert (box.kind, box.label, box.id, box.group, box.track) == (Kind.BOX, 1, 5, 3, 2)
    assert box.box.tolist() == [1.25, 2, 3.5, 4]
    assert (box.flags, box.attributes, box.extra) == (Flag.OCCLUDED, {"n": 3}, {"z_order": 1})


def test_every_type_of_shape(project: Dataset) -> None:
    found = rows(next(project.items))
    assert [row.kind.name for row in found] == [
        "BOX", "POLYGON", "POINTS", "LINE", "MASK", "MASK", "ELLIPSE", "TAG",
    ]  # fmt: skip
    _, polygon, points, line, mask, _, ellipse, _ = found
    assert polygon.rings is not None
    assert polygon.rings[0][0].tolist() == [[1, 1], [5, 1], [5, 5]]
    assert points.keypoints is not None
    assert points.keypoints.tolist() == [[1, 2, 2], [3, 4, 0]]
    assert line.box.tolist() == [0, 0, 12, 8]
    assert mask.mask is not None
    assert np.argwhere(masks.decode(mask.mask)).max(axis=0).tolist() == [7, 7]
    np.testing.assert_allclose(ellipse.rotated, [5, 4, 6, 4, 0])


def test_what_has_no_place_is_counted_with_its_pointer(project: Dataset) -> None:
    assert told(project) == {
        "annotation of the type 'caption'": 1,
        "annotation of the type 'cuboid_2d'": 1,
        "annotation without a class": 1,
    }
    places = [loss.example for loss in project.losses]
    assert places[0] == f"{GOLDEN}/project/annotations/train.json#/items/0/annotations/7"


def test_a_second_walk_counts_nothing_again(project: Dataset) -> None:
    before = told(project)
    assert told(project) == before


def test_skeletons_and_turned_boxes_of_cvat() -> None:
    found = formats.read(GOLDEN / "cvat")
    assert [label.name for label in found.labels] == ["person", "car"]
    assert found.labels[0].bones == ((0, 1), (1, 2))
    (item,) = found.items
    assert (item.path, item.split, item.extra) == ("north/15.v2.final.png", "", {"frame": 0})
    skeleton, turned, straight = rows(item)
    assert skeleton.keypoints is not None
    assert skeleton.keypoints.tolist() == [[6, 4, 2], [7, 9, 1], [0, 0, 0]]
    assert skeleton.box.tolist() == [6, 4, 7, 9]
    np.testing.assert_allclose(turned.rotated, [20, 15, 20, 10, np.pi / 6])
    assert (turned.label, turned.attributes) == (1, {"make": "Citroën"})
    assert (straight.kind, straight.track) == (Kind.BOX, 5)
    assert told(found) == {"skeleton whose points have attributes": 1}


def test_attributes_of_points_that_are_no_list(tmp_path: Path) -> None:
    whole = shutil.copytree(GOLDEN / "cvat", tmp_path / "set")
    (file,) = (whole / "annotations").glob("*.json")
    document = json.loads(file.read_text())
    for one in document["items"][0]["annotations"]:
        one["points_attributes"] = 7
    file.write_text(json.dumps(document))
    assert len(rows(next(formats.read(whole).items))) == 3


def test_odd_items_and_annotations() -> None:
    found = formats.read(GOLDEN / "odd")
    items = [(item.path, item.size) for item in found.items]
    assert items == [("a.JPG", None), ("b", None), ("c.jpg", None), ("train/e.jpg", None)]
    assert told(found) == {
        "annotation that cannot be read": 2,
        "annotation without a class": 1,
        "annotation of the type 'caption'": 1,
        "annotation of the type 'cuboid_3d'": 1,
        "item of a point cloud": 1,
    }
    (warning,) = found.losses.warnings
    assert warning == "path of a picture on another machine, called by its id"
    (tag,) = rows(next(found.items))
    assert (tag.kind, tag.score) == (Kind.TAG, 1.0)
    (box,) = rows(list(found.items)[-1])
    assert box.box.tolist() == [-1.5, 0, 2.5, 1000]
    assert (box.id, box.extra) == (4, {"tool": "pen"})
    assert found.extra["infos"] == {"author": "anonymous"}
    assert found.extra["datumaro"]["label_groups"][0]["name"] == "vehicles"


def test_pictures_are_found_where_datumaro_puts_them(tmp_path: Path) -> None:
    for split in ("train", "val"):
        text = (GOLDEN / "project/annotations" / f"{split}.json").read_text()
        (tmp_path / "annotations").mkdir(exist_ok=True)
        (tmp_path / "annotations" / f"{split}.json").write_text(text)
    (tmp_path / "images/val").mkdir(parents=True)
    (tmp_path / "images/val/sub_two.png").write_bytes(b"")
    found = formats.read(tmp_path)
    item = list(found.items)[-1]
    assert pictures.locate(found.root, item) == tmp_path / "images/val/sub_two.png"


def test_pictures_of_no_subset_lie_in_default(tmp_path: Path) -> None:
    (tmp_path / "annotations").mkdir()
    text = (GOLDEN / "cvat/annotations/default.json").read_text()
    (tmp_path / "annotations/default.json").write_text(text)
    file = tmp_path / "images/default/north/15.v2.final.png"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"")
    found = formats.read(tmp_path)
    assert pictures.locate(found.root, next(found.items)) == file


def test_a_lone_file_and_a_folder_of_annotations(project: Dataset) -> None:
    file = GOLDEN / "project/annotations/train.json"
    assert [item.split for item in formats.read(file).items] == ["train", "train"]
    assert [item.path for item in formats.read(file.parent).items] == [
        item.path for item in project.items
    ]


def test_golden_cases_are_claimed_by_no_other_format() -> None:
    for case in ("project", "cvat", "odd"):
        file = next((GOLDEN / case / "annotations").iterdir())
        for path in (GOLDEN / case, file):
            assert list(formats.claims(path)) == ["datumaro"]


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        ([], "an annotation is an object"),
        ({"type": "bbox", "label_id": 0}, "bbox is None"),
        ({"type": "bbox", "label_id": 0, "bbox": [1, 2, 3]}, "expected a list of 4 or more"),
        ({"type": "bbox", "label_id": 0, "bbox": [1, 2, 3, "4"]}, "bbox is"),
        ({"type": "bbox", "label_id": 0, "bbox": [1, 2, 3, float("inf")]}, "bbox is"),
        ({"type": "bbox", "label_id": True, "bbox": [1, 2, 3, 4]}, "label_id is True"),
        ({"type": "bbox", "label_id": 0, "bbox": [1, 2, 3, 4], "attributes": 5}, "attributes is 5"),
        ({"type": "polygon", "label_id": 0, "points": [1, 2, 3, 4, 5, 6, 7]}, "3 or more points"),
        ({"type": "points", "label_id": 0, "points": [1, 2], "visibility": [3]}, "visibility is"),
        ({"type": "points", "label_id": 0, "points": [1, 2], "visibility": [1, 2]}, "1 times"),
        ({"type": "mask", "label_id": 0}, "rle is None"),
        (
            {"type": "mask", "label_id": 0, "rle": {"counts": "7", "size": [2]}},
            "the size of a mask",
        ),
        ({"type": "skeleton", "label_id": 0, "points": [1, 2]}, "1 or more points"),
    ],
)
def test_one_bad_annotation_is_counted_and_the_others_are_read(
    of: Callable[..., Dataset], annotation: Any, text: str
) -> None:
    good = {"type": "bbox", "label_id": 0, "bbox": [1, 2, 3, 4]}
    found = of(annotation, good)
    (row,) = rows(next(found.items))
    assert row.box.tolist() == [1, 2, 4, 6]
    (loss,) = found.losses
    assert loss.what == "annotation that cannot be read"
    assert "/items/0/annotations/0: " in loss.example
    assert text in loss.example


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("[]", "", "expected an object with categories and items"),
        ("{", "", "not JSON"),
        ('{"items": []}', "#/categories", "no object 'categories'"),
        ('{"categories": {}}', "", "no list 'items'"),
        ('{"categories": {"label": {"labels": [{}]}}, "items": []}', "#/categories/label", "name"),
        ('{"categories": {"label": [1]}, "items": []}', "#/categories/label", "object"),
        ('{"categories": {"points": {"items": [{}]}}, "items": []}',
         "#/categories/points/items", "label_id"),
        ('{"categories": {}, "items": [{"id": "../a"}]}', "#/items/0", "leaves the data set"),
        ('{"categories": {}, "items": [{"id": "/a", "image": {}}]}', "#/items/0", "leaves the"),
    ],
)  # fmt: skip
def test_what_is_no_file_of_datumaro_is_refused_with_its_place(
    tmp_path: Path, text: str, place: str, what: str
) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(FormatError, match=what) as caught:
        list(formats.read(path, "datumaro").items)
    assert caught.value.where.startswith(f"{path}{place}")


@pytest.mark.parametrize(
    "item", [5, {}, {"id": ""}, {"id": None}, {"id": "x", "video": {"path": "a"}}]
)
def test_an_item_that_is_no_picture_is_counted(tmp_path: Path, item: Any) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"categories": {}, "items": [item, {"id": "b"}]}))
    found = formats.read(path, "datumaro")
    assert [item.path for item in found.items] == ["b"]
    assert sum(told(found).values()) == 1


def told_of_one(**columns: Any) -> list[dict[str, Any]]:
    """Two polygons, keypoints and a box of one id and group."""
    same = {"id": 3, "group": 2, "label_id": 0, **columns}
    return [
        {"type": "polygon", "points": [0, 0, 4, 0, 4, 4], **same},
        {"type": "polygon", "points": [6, 0, 8, 0, 8, 4], **same},
        {"type": "points", "points": [1, 1], **same},
        {"type": "bbox", "bbox": [0, 0, 9, 5], **same},
    ]


def test_shapes_of_one_id_and_group_are_one_object(of: Callable[..., Dataset]) -> None:
    (row,) = rows(next(of(*told_of_one()).items))
    assert (row.kind, row.id, row.group) == (Kind.POLYGON, 3, 2)
    assert row.rings is not None
    assert [len(part) for part in row.rings] == [1, 1]
    assert row.keypoints is not None
    assert row.keypoints.tolist() == [[1, 1, 2]]
    assert row.box.tolist() == [0, 0, 9, 5]


@pytest.mark.parametrize(
    "annotations",
    [
        told_of_one(id=0),
        told_of_one(group=0),
        [*told_of_one(), {"type": "label", "id": 3, "group": 2, "label_id": 0}],
        [
            *told_of_one(),
            {"type": "bbox", "bbox": [0, 0, 1, 1], "id": 3, "group": 2, "label_id": 0},
        ],
        [*told_of_one()[:3], {**told_of_one()[3], "attributes": {"a": 1}}],
    ],
)
def test_other_annotations_stay_apart(of: Callable[..., Dataset], annotations: list[Any]) -> None:
    assert len(rows(next(of(*annotations).items))) == len(annotations)


def test_sizes_may_come_from_a_file(of: Callable[..., Dataset], tmp_path: Path) -> None:
    of(image={"path": "a.jpg"})
    (tmp_path / "sizes.csv").write_text("a.jpg,30,20\n")
    found = formats.read(tmp_path / "a.json", "datumaro", {"sizes": str(tmp_path / "sizes.csv")})
    assert next(found.items).size == (30, 20)


def test_numbers_that_are_no_whole_ones_are_counted(of: Callable[..., Dataset]) -> None:
    box = {"type": "bbox", "label_id": 0, "bbox": [1, 2, 3, 4]}
    found = of({**box, "id": "7", "group": None}, {**box, "id": 8, "group": 1, "z_order": 1.5})
    assert [(row.id, row.group) for item in found.items for row in rows(item)] == [(-1, -1), (8, 1)]
    (loss,) = found.losses
    assert (loss.what, loss.count) == ("number other than a whole one", 2)
    assert loss.example.endswith("a.json#/items/0/annotations/0/id")


def test_the_size_of_a_medium(of: Callable[..., Dataset]) -> None:
    media = {"path": "b.png", "size": [6, 9]}
    assert [(i.path, i.size) for i in of(image=None, media=media).items] == [("b.png", (9, 6))]


def test_a_class_that_is_told_by_a_whole_float(of: Callable[..., Dataset]) -> None:
    box = {"type": "bbox", "bbox": [1, 2, 3, 4]}
    found = of({**box, "label_id": 0.0}, {**box, "label_id": 0.5}, {**box, "label_id": True})
    assert [row.label for item in found.items for row in rows(item)] == [0]
    assert told(found) == {"annotation that cannot be read": 2}
