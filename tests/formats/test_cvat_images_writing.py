"""CVAT's XML for images as it is written: what CVAT's importer and datumaro look for in it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import formats
from formats import rehearsal
from formats.annotations import Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label, Source
from formats.errors import FormatError
from formats.losses import Losses
from geometry import masks
from geometry.rings import Rings

GOLDEN = Path(__file__).parents[1] / "golden" / "cvat"
SIZE = (12, 8)


def one(**columns: Any) -> Annotations:
    """A table of one row, a box where nothing else is said."""
    return Annotations.of(1, **{"boxes": [[1, 2, 5, 6]], **columns})


def dataset(table: Annotations | None, *labels: Label, **rest: Any) -> Dataset:
    item = Item("a.jpg", SIZE, table, **rest)
    return Dataset.of(labels or (Label("x"),), [item], sources=(Source("person", "Ann"),))


def written(found: Dataset, folder: Path, **options: Any) -> tuple[ET.Element, Losses]:
    losses = formats.write(found, folder / "a.xml", "cvat", options)
    return ET.parse(folder / "a.xml").getroot(), losses


def shape(table: Annotations, folder: Path, *labels: Label, **options: Any) -> ET.Element:
    root, _ = written(dataset(table, *labels), folder, **options)
    (found,) = root.findall("image/*")
    return found


def test_a_set_without_splits_is_a_task(tmp_path: Path) -> None:
    root, losses = written(dataset(one()), tmp_path)
    task = root.find("meta/task")
    assert task is not None
    assert [child.tag for child in task] == ["size", "mode", "labels"]
    assert (task.findtext("size"), task.findtext("mode")) == ("1", "annotation")
    (image,) = root.findall("image")
    assert image.attrib == {"id": "0", "name": "a.jpg", "width": "12", "height": "8"}
    assert not losses


def test_splits_are_the_subsets_of_a_project(tmp_path: Path) -> None:
    items = [
        Item(f"{k}.jpg", SIZE, one(), split=split) for k, split in enumerate(["val", "", "val"])
    ]
    root, losses = written(Dataset.of([Label("x")], items), tmp_path)
    tasks = root.findall("meta/project/tasks/task")
    assert [(t.findtext("id"), t.findtext("size"), t.findtext("subset")) for t in tasks] == [
        ("0", "2", "val"),
        ("1", "1", "default"),
    ]
    images = [(i.get("id"), i.get("subset"), i.get("task_id")) for i in root.findall("image")]
    assert images == [("0", "val", "0"), ("1", "default", "1"), ("2", "val", "0")]
    assert [item.split for item in formats.read(tmp_path / "a.xml").items] == ["val", "", "val"]
    assert not losses


def test_numbers_of_pictures_are_kept_where_each_has_its_own(tmp_path: Path) -> None:
    def numbers(*ids: int | None) -> list[str | None]:
        items = [Item(f"{k}.jpg", SIZE, one(), id=n) for k, n in enumerate(ids)]
        root, _ = written(Dataset.of([Label("x")], items), tmp_path, overwrite=True)
        return [image.get("id") for image in root.findall("image")]

    assert numbers(139, 0, 7) == ["139", "0", "7"]
    assert numbers(3, 3) == ["0", "1"]
    assert numbers(3, None) == ["0", "1"]


def test_shapes_have_the_attributes_that_the_importer_looks_for(tmp_path: Path) -> None:
    table = one(flags=[Flag.OCCLUDED], groups=[4], extra=[{"z_order": 3}])
    found = shape(table, tmp_path)
    assert found.tag == "box"
    assert found.attrib == {
        "label": "x", "occluded": "1", "xtl": "1", "ytl": "2", "xbr": "5", "ybr": "6",
        "z_order": "3", "group_id": "4",
    }  # fmt: skip


def test_a_rotation_is_told_in_degrees_from_0_to_360(tmp_path: Path) -> None:
    five = [[6, 4, 4, 2, np.radians(-30)]]
    found = shape(one(kinds=[Kind.ROTATED], rotated=five), tmp_path)
    assert found.get("rotation") == "330"
    sides = [float(found.get(name, "")) for name in ("xtl", "ytl", "xbr", "ybr")]
    np.testing.assert_allclose(sides, [4, 3, 8, 5])


def test_a_rotated_box_that_is_not_turned_stays_one(tmp_path: Path) -> None:
    table = one(kinds=[Kind.ROTATED], rotated=[[6, 4, 4, 2, 0]])
    assert shape(table, tmp_path).get("rotation") == "360"
    (again,) = formats.read(tmp_path / "a.xml").items
    assert again.annotations is not None
    row = again.annotations.row(0)
    assert row.kind == Kind.ROTATED
    assert row.rotated is not None
    assert row.rotated.tolist() == [6, 4, 4, 2, 0]


def test_a_mask_is_cut_to_its_bounds_row_by_row(tmp_path: Path) -> None:
    dense = np.zeros((8, 12), dtype=bool)
    dense[2:4, 3:6] = [[1, 1, 0], [0, 1, 1]]
    found = shape(one(kinds=[Kind.MASK], masks=[masks.encode(dense)]), tmp_path)
    window = [int(found.get(name, "")) for name in ("left", "top", "width", "height")]
    assert window == [3, 2, 3, 2]
    runs = [int(run) for run in found.get("rle", "").split(", ")]
    assert np.repeat(np.arange(len(runs)) % 2, runs).tolist() == [1, 1, 0, 0, 1, 1]


def test_points_of_a_class_with_keypoints_are_a_skeleton(tmp_path: Path) -> None:
    points = [[[1, 2, 2], [3, 4, 1], [0, 0, 0]]]
    label = Label("x", keypoints=("a", "b", "c"), bones=((0, 1),))
    root, losses = written(dataset(one(kinds=[Kind.POINTS], keypoints=points), label), tmp_path)
    (found,) = root.findall("image/skeleton")
    keys = ("label", "outside", "occluded", "points")
    assert [tuple(map(point.get, keys)) for point in found] == [
        ("a", "0", "0", "1,2"),
        ("b", "0", "1", "3,4"),
        ("c", "1", "0", "0,0"),
    ]  # fmt: skip
    declared = root.findall("meta/task/labels/label")
    assert [(one.findtext("name"), one.findtext("parent")) for one in declared] == [
        ("x", None), ("a", "x"), ("b", "x"), ("c", "x"),
    ]  # fmt: skip
    assert not losses


def test_keypoints_beside_an_outline_are_a_skeleton_of_its_group(tmp_path: Path) -> None:
    ring = np.array([[1, 2], [5, 2], [5, 6.0]])
    table = Annotations.of(
        3,
        kinds=[Kind.POLYGON] * 3,
        boxes=[[1, 2, 5, 6]] * 3,
        rings=Rings.of([[[ring]]] * 3),
        keypoints=[[[1, 2, 2]], [[3, 4, 1]], [[np.nan] * 3]],
        groups=[-1, 4, -1],
    )
    found = dataset(table, Label("x", keypoints=("a",)))
    root, losses = written(found, tmp_path)
    shapes = root.findall("image/*")
    assert [(shape.tag, shape.get("group_id")) for shape in shapes] == [
        ("polygon", "5"), ("skeleton", "5"), ("polygon", "4"), ("skeleton", "4"), ("polygon", None),
    ]  # fmt: skip
    assert [point.get("points") for point in root.iter("points")] == ["1,2", "3,4"]
    what = "keypoints beside a shape, written as a skeleton of its group"
    assert [(loss.what, loss.count) for loss in losses] == [(what, 2)]


@pytest.mark.parametrize("kind", [Kind.BOX, Kind.MASK])
def test_keypoints_of_which_none_is_labelled_are_none(tmp_path: Path, kind: Kind) -> None:
    mask = masks.encode(np.ones((8, 12), dtype=bool))
    table = one(kinds=[kind], masks=[mask], keypoints=[[[0, 0, 0]]], boxes=[[0, 0, 12, 8]])
    table = table if kind == Kind.MASK else table.with_columns(masks=None)
    root, losses = written(dataset(table, Label("x", keypoints=("a",))), tmp_path)
    assert [found.tag for found in root.findall("image/*")] == [kind.name.lower()]
    assert not losses


def test_a_tag_stands_among_the_shapes(tmp_path: Path) -> None:
    found = shape(one(kinds=[Kind.TAG], boxes=[[np.nan] * 4], sources=[0]), tmp_path)
    assert (found.tag, found.attrib) == ("tag", {"label": "x", "source": "manual"})


def test_parts_and_holes_are_joined_and_counted(tmp_path: Path) -> None:
    square = np.array([[0, 0], [4, 0], [4, 4], [0, 4.0]])
    row = [[square, square / 2 + 1], [square + [6, 0]]]
    table = one(kinds=[Kind.POLYGON], rings=Rings.of([row]), boxes=[[0, 0, 10, 4]])
    root, losses = written(dataset(table), tmp_path)
    assert len(root.findall("image/polygon")) == 1
    assert [loss.what for loss in losses] == ["polygon of several parts or with holes, joined"]


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ({"scores": [0.5]}, "score"),
        ({"ids": [7]}, "annotation id"),
        ({"areas": [7.5]}, "stated area"),
        ({"tracks": [7]}, "track id"),
        ({"flags": [Flag.CROWD]}, "crowd flag"),
        ({"flags": [Flag.OUTSIDE]}, "object that is outside its picture"),
        ({"groups": [0]}, "group 0, which is none in CVAT"),
        ({"sources": [0]}, "name of the source"),
        ({"extra": [{"other": 1}]}, "unknown keys"),
        ({"attributes": [{"a": [1]}]}, "attribute value of another type than its class declares"),
        ({"attributes": [{"a": "\x01"}]}, "character that XML cannot hold"),
        ({"boxes": [[1, 2, np.nan, 4]]}, "object without a usable shape"),
        ({"kinds": [Kind.TAG], "boxes": [[np.nan] * 4], "flags": [Flag.OCCLUDED]},
         "occlusion or depth of a tag"),
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
        (one(), {"extra": {"licence": 3}}, "picture with unknown keys"),
    ],
)
def test_what_a_picture_has_beside_its_shapes_is_counted(
    tmp_path: Path, table: Annotations | None, rest: dict[str, Any], what: str
) -> None:
    _, losses = written(dataset(table, **rest), tmp_path)
    assert [loss.what for loss in losses] == [what]


def test_strict_leaves_the_target_alone(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="1 score"):
        written(dataset(one(scores=[0.5])), tmp_path, strict=True)
    assert not list(tmp_path.iterdir())


def test_scores_are_an_attribute_where_they_are_asked_for(tmp_path: Path) -> None:
    root, losses = written(dataset(one(scores=[0.25])), tmp_path, confidence=True)
    (found,) = root.findall("image/box/attribute")
    assert (found.get("name"), found.text) == ("confidence", "0.25")
    (spec,) = root.findall("meta/task/labels/label/attributes/attribute")
    assert (spec.findtext("name"), spec.findtext("input_type")) == ("confidence", "number")
    assert root.findall("image/box")[0].get("source") == "auto"
    assert not losses


def test_crowds_are_left_out_where_asked(tmp_path: Path) -> None:
    root, losses = written(dataset(one(flags=[Flag.CROWD])), tmp_path, crowd="skip")
    assert not root.findall("image/*")
    assert [str(loss) for loss in losses] == ["1 crowd region (first: a.jpg)"]


def pictured(folder: Path) -> Dataset:
    """A data set of two pictures that are there and one that is not."""
    names = [("a.png", "train"), ("sub/a.png", "val"), ("gone.png", "val")]
    for name, _ in names[:2]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", SIZE).save(folder / name)
    items = [Item(name, None, one(), split=split) for name, split in names]
    return Dataset.of([Label("x")], items, root=str(folder))


@pytest.mark.parametrize("how", ["link", "copy"])
def test_pictures_lie_where_cvat_has_them(tmp_path: Path, how: str) -> None:
    losses = formats.write(pictured(tmp_path / "in"), tmp_path / "out", "cvat", {"images": how})
    assert (tmp_path / "out/images/train/a.png").read_bytes()
    assert (tmp_path / "out/images/val/sub/a.png").is_symlink() == (how == "link")
    assert losses.notes == [
        "not found and not put in their places: 1 of 3 pictures, such as gone.png"
    ]
    found = [item.size for item in formats.read(tmp_path / "out").items]
    assert found == [SIZE, SIZE, None]


def test_a_zip_has_the_pictures_and_the_same_bytes_at_any_time(tmp_path: Path) -> None:
    source = pictured(tmp_path / "in")
    losses = formats.write(source, tmp_path / "a.zip", "cvat", {"images": "copy"})
    formats.write(source, tmp_path / "b.zip", "cvat", {"images": "copy"})
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == [
            "annotations.xml", "images/train/a.png", "images/val/sub/a.png",
        ]  # fmt: skip
    assert "gone.png" in losses.notes[0]
    assert len(list(formats.read(tmp_path / "a.zip").items)) == 3


def test_a_rehearsal_puts_no_picture(tmp_path: Path) -> None:
    with rehearsal.running():
        formats.write(pictured(tmp_path / "in"), tmp_path / "a.zip", "cvat", {"images": "copy"})
    assert not (tmp_path / "a.zip").exists()


def test_a_lone_file_takes_no_pictures(tmp_path: Path) -> None:
    losses = formats.write(
        pictured(tmp_path / "in"), tmp_path / "a.xml", "cvat", {"images": "copy"}
    )
    assert losses.notes == ["an .xml file takes no pictures: a folder or a .zip does"]


@pytest.mark.parametrize("name", ["../a.jpg", "/a.jpg", "C:\\a.jpg"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    bad = Dataset.of([Label("x")], [Item(name, SIZE, one())])
    with pytest.raises(FormatError, match="leaves the data set"):
        formats.write(bad, tmp_path / "out", "cvat")
    assert not list(tmp_path.iterdir())


def test_what_a_head_kept_cannot_break_the_file(tmp_path: Path) -> None:
    kept = {"name": "a<b", "x y": "bad tag", "size": "99", "owner": {"username": "Ann"}, "n": 3}
    found = Dataset.of([Label("x")], [Item("a.jpg", SIZE, one())], extra={"cvat": kept})
    root, _ = written(found, tmp_path)
    task = root.find("meta/task")
    assert task is not None
    assert task.findtext("name") == "a<b"
    assert task.findtext("owner/username") == "Ann"
    assert [child.tag for child in task] == ["name", "owner", "size", "mode", "labels"]
    assert task.findtext("size") == "1"


@pytest.mark.parametrize("case", ["task.xml", "project", "early.xml", "datumaro"])
def test_golden_files_come_back_as_they_were_read(tmp_path: Path, case: str) -> None:
    found = formats.read(GOLDEN / case)
    formats.write(found, tmp_path / "out", "cvat")
    back = formats.read(tmp_path / "out")
    for label, again in zip(found.labels, back.labels, strict=True):
        assert (again.name, again.bones, again.extra) == (label.name, label.bones, label.extra)
        assert again.attributes.items() >= label.attributes.items()
    for before, after in zip(found.items, back.items, strict=True):
        assert (after.path, after.size, after.split) == (before.path, before.size, before.split)
        assert before.annotations is not None
        assert after.annotations is not None
        for a, b in zip(before.annotations.rows(), after.annotations.rows(), strict=True):
            assert (a.kind, a.label, a.flags, a.group) == (b.kind, b.label, b.flags, b.group)
            assert a.attributes == b.attributes
            np.testing.assert_allclose(b.box, a.box, rtol=0, atol=1e-9)


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
        "supercategory of a class",
        "class with mirrored keypoints",
        "class with unknown keys",
        "class with attributes",
        "key of the whole data set",
    }


def test_unknown_keys_of_a_tag_are_told_as_such_and_once(tmp_path: Path) -> None:
    table = one(kinds=[Kind.TAG], boxes=[[np.nan] * 4], extra=[{"bbox": "abc"}])
    _, losses = written(dataset(table), tmp_path)
    assert [(loss.what, loss.count) for loss in losses] == [("unknown keys", 1)]


def test_classes_with_blanks_around_their_names(tmp_path: Path) -> None:
    labels = (
        Label("dog"),
        Label("dog "),
        Label(" cat", attributes={" a ": {"input_type": "text"}}),
    )
    written(dataset(one(labels=[1]), *labels), tmp_path)
    again = formats.read(tmp_path / "a.xml")
    assert [label.name for label in again.labels] == ["dog", "dog ", " cat"]
    assert list(again.labels[2].attributes) == [" a "]
    (item,) = again.items
    assert item.annotations is not None
    assert item.annotations.labels.tolist() == [1]
