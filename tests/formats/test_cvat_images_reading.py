"""CVAT's XML for images as it is read: exports of tasks and projects, early ones, datumaro's."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

import formats
from formats.annotations import Annotation
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item
from formats.errors import FormatError
from geometry import masks

GOLDEN = Path(__file__).parents[1] / "golden" / "cvat"
TASK = GOLDEN / "task.xml"
REAL = "conformance/cvat-datumaro/cvat_dataset/for_images"


def rows(item: Item) -> list[Annotation]:
    assert item.annotations is not None
    return list(item.annotations.rows())


def told(dataset: Dataset) -> dict[str, int]:
    list(dataset.items)
    return {loss.what: loss.count for loss in dataset.losses}


@pytest.fixture(scope="module")
def task() -> Dataset:
    return formats.read(TASK)


@pytest.fixture
def shape(tmp_path: Path):
    """The rows of one element in a picture of 10 x 8, and what was counted."""

    def read(element: str, size: str = 'width="10" height="8"') -> tuple[list[Annotation], Dataset]:
        path = tmp_path / "a.xml"
        image = f'<image id="0" name="a.jpg" {size}>\n{element}\n</image>'
        path.write_text(f"<annotations>\n{image}\n</annotations>")
        dataset = formats.read(path, "cvat")
        return [row for item in dataset.items for row in rows(item)], dataset

    return read


def test_the_pictures_of_a_task(task: Dataset) -> None:
    found = [(item.path, item.size, item.id, item.split, dict(item.extra)) for item in task.items]
    assert found == [
        ("north/a & b.JPG", (40, 30), 0, "", {}),
        ("15.v2.final.png", (20, 10), 1, "", {}),
        ("c.png", (20, 10), 2, "", {}),
    ]
    empty = [item for item in task.items if item.path == "15.v2.final.png"]
    assert empty[0].annotations is not None
    assert len(empty[0].annotations) == 0


def test_the_classes_of_a_task(task: Dataset) -> None:
    assert [label.name for label in task.labels] == ["car", "person", "blurred"]
    person = task.labels[1]
    assert (person.keypoints, person.bones) == (("head", "hip", "foot"), ((0, 1),))
    assert task.labels[0].attributes["make"]["values"] == ["__undefined__", "Citroën", "VW"]


def test_what_a_head_says_of_its_task_is_kept(task: Dataset) -> None:
    kept = task.extra["cvat"]
    assert (kept["id"], kept["name"], kept["owner"]) == ("4", "yard", {"username": "admin"})
    assert not {"size", "labels", "segments", "bugtracker"} & kept.keys()


def test_a_box_and_its_typed_attributes(task: Dataset) -> None:
    box = rows(next(task.items))[0]
    assert box.kind == Kind.BOX
    assert box.box.tolist() == [1.5, 2.25, 11.5, 12.75]
    assert box.attributes == {"parked": True, "make": "Citroën", "doors": 5, "plate": "B <1>"}


def test_degrees_turn_clockwise_about_the_centre(task: Dataset) -> None:
    box, ellipse = rows(next(task.items))[1:3]
    assert (box.kind, ellipse.kind) == (Kind.ROTATED, Kind.ELLIPSE)
    np.testing.assert_allclose(box.rotated, [20, 15, 20, 10, np.pi / 6], atol=1e-12)
    np.testing.assert_allclose(ellipse.rotated, [20, 15, 16, 8, np.pi / 2], atol=1e-12)
    np.testing.assert_allclose(ellipse.box, [16, 7, 24, 23], atol=1e-12)
    assert (box.group, ellipse.group, box.flags, box.extra) == (7, 7, Flag.OCCLUDED, {"z_order": 2})
    assert [task.sources[row.source].kind for row in (box, ellipse)] == ["model", "person"]


def test_outlines_lines_and_points(task: Dataset) -> None:
    polygon, line, points = rows(next(task.items))[3:6]
    assert [row.kind for row in (polygon, line, points)] == [Kind.POLYGON, Kind.LINE, Kind.POINTS]
    assert polygon.rings is not None
    assert polygon.rings[0][0].tolist() == [[1, 1], [9, 1], [9, 8], [1, 8]]
    assert polygon.extra == {"z_order": -1}
    assert points.keypoints is not None
    assert points.keypoints[:2].tolist() == [[3, 4, 2], [5, 6, 2]]


def test_run_lengths_go_row_by_row_in_a_window(task: Dataset) -> None:
    mask = rows(next(task.items))[6].mask
    assert mask is not None
    dense = np.zeros((30, 40), dtype=bool)
    dense[6:9, 5:8] = [[0, 1, 1], [0, 0, 0], [1, 1, 1]]
    np.testing.assert_array_equal(masks.decode(mask), dense)


def test_a_skeleton_has_the_points_of_its_class_in_their_order(task: Dataset) -> None:
    skeleton = rows(next(task.items))[7]
    assert (skeleton.kind, skeleton.label) == (Kind.POINTS, 1)
    assert skeleton.keypoints is not None
    assert skeleton.keypoints.tolist() == [[6, 4, 2], [7, 9, 1], [7.5, 12.5, 0]]
    assert skeleton.box.tolist() == [6, 4, 7, 9]


def test_a_tag_has_no_place(task: Dataset) -> None:
    tag = rows(next(task.items))[-1]
    assert (tag.kind, tag.label) == (Kind.TAG, 2)
    assert np.isnan(tag.box).all()


def test_what_is_not_read_is_counted_with_its_line(task: Dataset) -> None:
    assert told(task) == {"<cuboid> of a picture": 1, "shape that cannot be read": 1}
    places = {loss.what: loss.example for loss in task.losses}
    assert places["<cuboid> of a picture"] == f"{TASK}:141"
    assert places["shape that cannot be read"].startswith(f"{TASK}:149: a <polygon> of 2 points")


def test_a_box_beyond_its_picture_is_taken_as_it_stands(task: Dataset) -> None:
    (box,) = rows(list(task.items)[2])
    assert box.box.tolist() == [-2, 0, 25, 9.5]
    assert box.attributes == {"undeclared": "5"}


def test_a_project_has_splits_and_a_task_for_each(tmp_path: Path) -> None:
    found = formats.read(GOLDEN / "project")
    items = [(item.path, item.split, item.id, dict(item.extra)) for item in found.items]
    assert items == [
        ("a.jpg", "Train", 0, {"task_id": "21"}),
        ("b.jpg", "Train", 1, {"task_id": "21"}),
        ("a.jpg", "", 0, {"task_id": "22"}),
    ]
    assert [label.name for label in found.labels] == ["dog", "cat"]
    assert [[row.label for row in rows(item)] for item in found.items] == [[1], [], [0]]


def test_a_project_comes_back_as_it_was(tmp_path: Path) -> None:
    found = formats.read(GOLDEN / "project")
    assert not formats.write(found, tmp_path / "out", "cvat")
    back = formats.read(tmp_path / "out")
    assert back.extra == found.extra
    for before, after in zip(found.items, back.items, strict=True):
        assert (after.path, after.split, after.id) == (before.path, before.split, before.id)
        assert after.extra == before.extra


def test_an_early_export() -> None:
    found = formats.read(GOLDEN / "early.xml")
    (item,) = found.items
    assert (item.path, item.id, item.size) == ("video_frame_12", 12, (8, 6))
    assert [label.name for label in found.labels] == ["car", "lorry"]
    assert [row.extra for row in rows(item)] == [{"annotation_type": "Auto"}, {}]


def test_pictures_without_ids_are_recognised(tmp_path: Path) -> None:
    """globox writes neither ids nor anything before the pictures."""
    box = '<box label="cat" xtl="1" ytl="2" xbr="3" ybr="4" />'
    text = f'<annotations><image name="a.png" width="8" height="6">{box}</image></annotations>'
    (tmp_path / "set.xml").write_text(text)
    assert formats.sniff(tmp_path / "set.xml") == "cvat"
    (item,) = formats.read(tmp_path / "set.xml").items
    assert (item.path, item.id, item.size) == ("a.png", None, (8, 6))
    assert [row.box.tolist() for row in rows(item)] == [[1, 2, 3, 4]]


def test_datumaro_writes_a_file_for_each_subset() -> None:
    found = formats.read(GOLDEN / "datumaro")
    items = list(found.items)
    assert [(item.path, item.split) for item in items] == [
        ("one.jpg", "train"),
        ("sub/two.png", "val"),
    ]
    assert [row.kind.name for row in rows(items[0])] == [
        "BOX", "POLYGON", "POINTS", "LINE", "MASK", "ROTATED", "TAG",
    ]  # fmt: skip
    mask = rows(items[0])[4].mask
    assert mask is not None
    assert np.argwhere(masks.decode(mask)).min(axis=0).tolist() == [6, 3]
    assert not told(found)


def test_a_zip_is_read_like_its_file(tmp_path: Path, task: Dataset) -> None:
    with zipfile.ZipFile(tmp_path / "task.zip", "w") as archive:
        archive.write(TASK, "annotations.xml")
    assert formats.sniff(tmp_path / "task.zip") == "cvat"
    found = formats.read(tmp_path / "task.zip")
    assert [item.path for item in found.items] == [item.path for item in task.items]
    assert [len(rows(item)) for item in found.items] == [9, 0, 1]


@pytest.mark.parametrize(
    ("element", "what", "text"),
    [
        ('<box label="" xtl="0" ytl="0" xbr="1" ybr="1"/>', "shape without a class", ":3"),
        ('<box xtl="0" ytl="0" xbr="1" ybr="1"/>', "shape without a class", ":3"),
        ('<box label="a" xtl="0" ytl="0" xbr="nan" ybr="1"/>', "", "xbr of a <box> is 'nan'"),
        ('<box label="a" xtl="0" ytl="0" xbr="1"/>', "", "ybr of a <box> is missing"),
        ('<box label="a" outside="1" xtl="0" ytl="0" xbr="1" ybr="1"/>',
         "shape that is outside its picture", ":3"),
        ('<polygon label="a" points="1,2;3"/>', "", "expected pairs x,y;x,y"),
        ('<points label="a" points=""/>', "", "expected pairs x,y;x,y"),
        ('<mask label="a" rle="1,2" left="0" top="0" width="2" height="2"/>',
         "", "a mask of 3 pixels"),
        ('<mask label="a" rle="99999999999999999999" left="0" top="0" width="2" height="2"/>',
         "", "expected run lengths"),
        ('<mask label="a" rle="0,1" left="0" top="0" width="1000" height="1000000000"/>',
         "", "a window of 1000 x 1000000000"),
        ('<box label="a" group_id="x" xtl="0" ytl="0" xbr="1" ybr="1"/>', "",
         "group_id of a <box>"),
        ("<thing/>", "<thing> of a picture", ":3"),
    ],
)  # fmt: skip
def test_one_bad_shape_is_counted_and_the_others_are_read(
    shape, element: str, what: str, text: str
) -> None:
    good = '<box label="b" xtl="1" ytl="2" xbr="3" ybr="4"/>'
    found, dataset = shape(f"{element}\n{good}")
    assert [row.box.tolist() for row in found] == [[1, 2, 3, 4]]
    (loss,) = dataset.losses
    assert loss.what == (what or "shape that cannot be read")
    assert text in loss.example


def test_a_mask_that_reaches_beyond_its_picture_is_cut_and_counted(shape) -> None:
    window = 'left="8" top="6" width="4" height="2"'
    inside, _ = shape(f'<mask label="a" rle="0,2,6" {window}/>')
    assert masks.area(inside[0].mask) == 2
    found, dataset = shape(
        f'<mask label="a" rle="0,2,6" {window}/>\n<mask label="a" rle="0,8" {window}/>'
    )
    assert [row.box.tolist() for row in found] == [[8, 6, 10, 7], [8, 6, 10, 8]]
    (loss,) = dataset.losses
    assert (loss.what, loss.count) == ("mask cut at the border", 1)
    assert loss.example.endswith("a.xml:4")


@pytest.mark.parametrize("rotation", ["0", "0.0", "-0.00"])
def test_a_box_that_is_turned_by_nothing_is_a_plain_one(shape, rotation: str) -> None:
    sides = 'xtl="1" ytl="2" xbr="3" ybr="4"'
    found, dataset = shape(f'<box label="a" {sides} rotation="{rotation}"/>')
    assert (found[0].kind, found[0].box.tolist()) == (Kind.BOX, [1, 2, 3, 4])
    assert not dataset.losses


def test_a_mask_needs_the_size_of_its_picture(shape, tmp_path: Path) -> None:
    mask = '<mask label="a" rle="0,4" left="1" top="1" width="2" height="2"/>'
    found, dataset = shape(mask, size="")
    assert not found
    assert "size is not known" in next(iter(dataset.losses)).example
    (tmp_path / "sizes.csv").write_text("a.jpg,10,8\n")
    known = formats.read(tmp_path / "a.xml", "cvat", {"sizes": str(tmp_path / "sizes.csv")})
    (item,) = known.items
    assert item.size == (10, 8)
    assert rows(item)[0].box.tolist() == [1, 1, 3, 3]


def test_a_skeleton_of_a_class_that_is_not_declared_names_its_points(shape) -> None:
    points = "".join(
        f'<points label="{name}" outside="0" occluded="0" points="{k},{k}"/>'
        for k, name in enumerate("xy")
    )
    found, dataset = shape(f'<skeleton label="s">{points}</skeleton>')
    assert dataset.labels[0].keypoints == ("x", "y")
    assert found[0].keypoints is not None
    assert found[0].keypoints.tolist() == [[0, 0, 2], [1, 1, 2]]


def test_a_skeleton_with_another_point_than_its_class_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(TASK.read_text().replace('<points label="hip"', '<points label="hat"'))
    found = formats.read(path)
    assert told(found)["shape that cannot be read"] == 2
    assert all(row.label != 1 for row in rows(next(found.items)))


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("<annotations>\n<image id='0'>", ":2", "not XML"),
        ("<annotation/>", ":1", "the root element is <annotation>"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><annotations/>', ":1", "document types"),
        ('<?xml version="1.0" encoding="klingon"?><annotations/>', ":1", "unknown encoding"),
        ('<?xml version="1.0" encoding="utf-7"?><annotations/>', ":1", "not XML"),
        ("<annotations>\n<image name='../a.jpg'/></annotations>", ":2", "leaves the data set"),
        ("<annotations>\n<image name='C:/a.jpg'/></annotations>", ":2", "leaves the data set"),
        ("<annotations>\n<image/></annotations>", ":2", "an empty name"),
        ("<annotations>\n<track label='a'/></annotations>", ":2", "CVAT for video"),
    ],
)
def test_what_is_no_file_of_pictures_is_refused_with_its_line(
    tmp_path: Path, text: str, place: str, what: str
) -> None:
    path = tmp_path / "a.xml"
    path.write_text(text)
    with pytest.raises(FormatError, match=what) as caught:
        list(formats.read(path, "cvat").items)
    assert caught.value.where == f"{path}{place}"


def test_a_size_that_is_none_is_counted(shape) -> None:
    _, dataset = shape("", size='width="ten" height="8"')
    assert next(dataset.items).size is None
    assert told(dataset) == {"size of a picture that cannot be read": 1}


def test_golden_files_are_claimed_by_no_other_format() -> None:
    for path in (TASK, GOLDEN / "early.xml", GOLDEN / "project", GOLDEN / "datumaro"):
        assert list(formats.claims(path)) == ["cvat"]


@pytest.mark.real
def test_what_cvats_own_tests_have(real_data: Path) -> None:
    found = formats.read(real_data / REAL)
    items = list(found.items)
    assert [(item.path, item.size, item.split) for item in items] == [
        ("img0.jpg", (8, 8), "train"),
        ("img1.jpg", (10, 10), "train"),
    ]
    box, skeleton = rows(items[0])
    assert box.attributes == {"a1": True, "a2": "v3", "a3": "0003", "a4": 2.4}
    assert skeleton.keypoints is not None
    assert skeleton.keypoints.tolist() == [[1, 1, 0], [2, 2, 2], [3, 3, 2], [4, 4, 2]]
    assert told(found) == {"shape without a class": 2}


def test_names_of_classes_may_stand_on_lines_of_their_own(tmp_path: Path) -> None:
    label = "<label>\n<name>\n  car\n</name></label><label><name> dog </name></label>"
    meta = f"<meta><task><labels>{label}</labels></task></meta>"
    boxes = [f'<box label="{k}" xtl="1" ytl="2" xbr="3" ybr="4"/>' for k in ("dog", "car", "x")]
    image = f'<image id="0" name="a.jpg">{"".join(boxes)}</image>'
    (tmp_path / "a.xml").write_text(f"<annotations>{meta}{image}</annotations>")
    found = formats.read(tmp_path / "a.xml")
    assert [row.label for item in found.items for row in rows(item)] == [1, 0, 2]
    assert [label.name for label in found.labels] == ["car", " dog ", "x"]


def test_empty_numbers_and_truths_in_words(shape) -> None:
    sides = 'xtl="1" ytl="2" xbr="3" ybr="4"'
    said = 'group_id="" z_order="" outside="" occluded="True"'
    ((row,), dataset) = shape(f'<box label="a" {sides} {said}/>')
    assert (row.group, row.flags, dict(row.extra)) == (-1, Flag.OCCLUDED, {})
    assert not dataset.losses


def test_numbers_as_scripts_write_them(shape) -> None:
    polygon = '<polygon label="a" points="1,1;5,1;5,5; "/>'
    mask = '<mask label="a" rle="0,2,2," left="1.0" top="2.0" width="2" height="2.0"/>'
    found, dataset = shape(f"{polygon}\n{mask}", size='width="10.0" height="8.0"')
    assert [row.box.tolist() for row in found] == [[1, 1, 5, 5], [1, 2, 3, 3]]
    assert next(dataset.items).size == (10, 8)
    assert not dataset.losses


def test_a_number_of_a_picture_that_no_column_holds_is_counted(tmp_path: Path) -> None:
    images = [f'<image id="{number}" name="{number}.jpg"/>' for number in ("9" * 20, "-1", "", "3")]
    (tmp_path / "a.xml").write_text(f"<annotations>{''.join(images)}</annotations>")
    found = formats.read(tmp_path / "a.xml")
    assert [item.id for item in found.items] == [None, None, None, 3]
    assert told(found) == {"number of a picture that cannot be read": 2}
