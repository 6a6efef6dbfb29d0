"""Label files of LabelMe and its relatives: what they read as, and what becomes of odd ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import formats
from formats import rehearsal
from formats.annotations import Annotation, Annotations
from formats.columns import Flag, Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from formats.labelme import patches
from formats.tables import table
from geometry import masks, polygons
from geometry.rings import Rings

GOLDEN = Path(__file__).parent.parent / "golden"
SIZE = (40, 30)
RING = np.array([[2.5, 3], [20, 4.25], [15.75, 22]])
OTHER = np.array([[25.0, 5], [35, 5], [30, 15.5]])
BOX = {"kinds": Kind.BOX, "labels": 0, "boxes": [1.0, 2, 8, 9]}


def rows_of(item: Item) -> list[Annotation]:
    assert item.annotations is not None
    return list(item.annotations.rows())


def label_file(folder: Path, shapes: list[Any], name: str = "a", **more: Any) -> Path:
    """A label file of some shapes in a picture of 40 x 30."""
    told = {"imagePath": f"{name}.jpg", "imageData": None, "imageHeight": 30, "imageWidth": 40}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps({"shapes": shapes, **told, **more}))
    return folder


def shape(label: str, kind: str, points: Any, **more: Any) -> dict[str, Any]:
    return {"label": label, "shape_type": kind, "points": points, **more}


def written(rows: list[dict[str, Any]], target: Path, name: str = "labelme", **more: Any) -> Any:
    """The shapes of a label file with some rows, and what was lost."""
    labels = more.pop("labels", (Label("cat"), Label("dog")))
    dataset = Dataset.of(labels, [Item("a.jpg", SIZE, table(rows))])
    losses = formats.write(dataset, target, name, more)
    return json.loads((target / "a.json").read_text())["shapes"], losses


def test_every_shape_of_labelme() -> None:
    found = formats.read(GOLDEN / "labelme" / "primitives")
    (item,) = found.items
    rows = {
        found.labels[row.label].name + (" two" if row.group >= 0 else ""): row
        for row in rows_of(item)
    }
    assert item.size == (560, 450)
    assert item.extra == {"flags": {"outdoor": True, "blurred": False}}
    assert rows["rectangle"].box.tolist() == [32, 35, 132, 135]
    assert rows["backwards"].box.tolist() == [300.5, 33, 391, 135]
    circle = rows["circle"].rotated
    assert circle is not None
    np.testing.assert_allclose(circle, [195, 84, 100, 100, np.arctan2(40, 30)])
    assert rows["polygon"].attributes == {"torn": True}
    assert [len(part[0]) for part in rows["polygon two"].rings or []] == [3, 3]
    assert rows["polygon two"].extra == {"description": "left half"}
    turned = rows["turned"].rotated
    assert turned is not None
    np.testing.assert_allclose(turned, [111, 227, 50, 30, np.arctan2(30, 40)])
    mask = rows["octagon"].mask
    assert mask is not None
    assert mask.size == (560, 450)
    expected = [[0, 1, 1, 0], [1, 1, 1, 1], [0, 1, 0, 0]]
    np.testing.assert_array_equal(masks.decode(mask)[305:308, 417:421], expected)
    assert masks.area(mask) == 7
    assert [rows[name].kind for name in ("line", "line_strip", "point", "scattered")] == [
        *(Kind.LINE, Kind.LINE, Kind.POINTS, Kind.POINTS)
    ]
    assert not found.losses.by_kind


def test_label_files_apart_from_their_pictures() -> None:
    """``..`` and backslashes lead to pictures in a folder beside; other machines' paths do not."""
    for folder in ("labelme/apart/labels", "labelme/apart"):
        found = formats.read(GOLDEN / folder)
        assert Path(found.root).name == "apart"
        assert [item.path for item in found.items] == ["images/a.jpg", "labels/b.jpg"]
        assert [odd.count for odd in found.losses.warnings.values()] == [1]


def test_broken_shapes_are_counted_and_the_others_read() -> None:
    found = formats.read(GOLDEN / "labelme" / "odd")
    first, second = found.items
    assert [label.name for label in found.labels] == ["zebra", "ant", "unused", "new"]
    assert (first.path, first.split, first.size) == ("train/1.v2.final.JPG", "train", (64, 48))
    assert (second.path, second.split, second.size) == ("val/ümlaut b.png", "val", None)
    rows = rows_of(first)
    assert [found.labels[row.label].name for row in rows] == ["ant", "zebra", "ant", "new"]
    assert rows[1].extra == {"group_id": "front"}
    assert (rows[2].score, rows[2].track, rows[2].flags) == (0.25, 7, Flag.DIFFICULT)
    assert rows[2].extra == {"depth": 3}
    assert {loss.what: loss.count for loss in found.losses} == {
        "shape of the unknown type 'blob'": 1,
        "shape without a label": 2,
        "polygon left out: points that are no pairs of numbers": 1,
        "mask left out: a mask whose pixels are no PNG in base64": 1,
    }
    places = [loss.example.partition("#")[2] for loss in found.losses]
    assert places == ["/shapes/3", "/shapes/4", "/shapes/2", "/shapes/7"]


def test_anylabeling_keeps_texts() -> None:
    (item,) = formats.read(GOLDEN / "labelme" / "anylabeling").items
    assert item.extra == {"text": "Total 5"}
    assert [dict(row.extra) for row in rows_of(item)] == [{"text": "Total"}, {}]


def test_what_x_anylabeling_saves() -> None:
    """The file was saved by X-AnyLabeling 4.2.1."""
    found = formats.read(GOLDEN / "x-anylabeling" / "saved")
    (item,) = found.items
    assert (item.status, item.extra) == ("checked", {"tags": ["night"], "description": "a scene"})
    person, turned, four, circle, line, parts, cuboid, text = rows_of(item)
    assert (person.score, person.group, person.flags) == (0.75, 3, Flag.DIFFICULT)
    assert person.attributes == {"color": "red"}
    assert person.keypoints is not None
    assert person.keypoints.tolist() == [[4, 5, 2], [6, 5, 1]]
    assert found.labels[person.label].keypoints == ("nose", "eye")
    assert turned.rotated is not None
    np.testing.assert_allclose(turned.rotated[2:], [125**0.5, 31.25**0.5, np.arctan2(5, 10)])
    assert four.extra == {"shape_type": "quadrilateral"}
    assert (circle.kind, line.kind) == (Kind.ELLIPSE, Kind.LINE)
    assert [part[0].tolist() for part in parts.rings or []] == [
        [[20, 20], [25, 20], [22, 26]],
        [[28, 20], [33, 20], [30, 26]],
    ]
    assert cuboid.box.tolist() == [10, 7, 21, 18]
    assert text.extra == {"description": "Total", "kie_linking": [[0, 1]]}
    warnings = [str(odd).partition(" (")[0] for odd in found.losses.warnings.values()]
    assert warnings == ["1 cuboid, read as the box around it"]
    assert not list(found.losses)


def test_types_that_labelme_does_not_have_are_counted(tmp_path: Path) -> None:
    source = formats.read(GOLDEN / "x-anylabeling" / "saved")
    losses = formats.write(source, tmp_path / "a", "labelme")
    assert {loss.what: loss.count for loss in losses} == {
        "quadrilateral, written as another type of shape": 1,
        "cuboid, written as another type of shape": 1,
    }
    again = formats.write(source, tmp_path / "b", "x-anylabeling", {"strict": True})
    assert not list(again)


def test_one_of_labelmes_points_is_a_point_of_x_anylabeling(tmp_path: Path) -> None:
    extra = {"shape_type": "points"}
    row = {"kinds": Kind.POINTS, "labels": 0, "boxes": (1, 2, 1, 2), "extra": extra}
    rows = table([row | {"keypoints": np.array([[1, 2, 2]])}])
    dataset = Dataset.of([Label("cat")], [Item("a.jpg", (9, 8), rows)])
    losses = formats.write(dataset, tmp_path / "a", "x-anylabeling")
    (shape,) = json.loads((tmp_path / "a" / "a.json").read_text())["shapes"]
    assert shape["shape_type"] == "point"
    assert [loss.what for loss in losses] == ["points, written as another type of shape"]


def test_x_anylabeling_to_itself_is_the_same(tmp_path: Path) -> None:
    source = GOLDEN / "x-anylabeling" / "saved"
    formats.convert(source, tmp_path / "a", "x-anylabeling")
    files = (source / "two.json", tmp_path / "a" / "two.json")
    before, after = (json.loads(file.read_text())["shapes"] for file in files)
    for old, new in zip(before, after, strict=True):
        assert new.keys() >= {"score", "group_id", "difficult", "attributes", "kie_linking"}
        np.testing.assert_allclose(np.sort(new.pop("points"), 0), np.sort(old.pop("points"), 0))
        old.pop("description"), new.pop("description")
        assert new == {key: new.get(key) for key in old} | old


def test_old_files_of_x_anylabeling() -> None:
    (item,) = formats.read(GOLDEN / "x-anylabeling" / "early").items
    box, turned = rows_of(item)
    assert (item.path, item.size) == ("sea/1.tif", None)
    assert box.box.tolist() == [10, 20, 30, 40]
    assert turned.rotated is not None
    np.testing.assert_allclose(turned.rotated, [55, 20, 20, 10, -np.pi / 2], atol=1e-12)
    assert turned.attributes == {"heading": "north"}


def test_a_direction_says_which_side_is_the_upper_one(tmp_path: Path) -> None:
    corners = [[0, 0], [10, 0], [10, 4], [0, 4]]
    shapes = [shape("x", "rotation", corners, direction=k * np.pi / 2) for k in range(4)]
    shapes.append(shape("x", "rotation", corners, direction=1.0))
    (item,) = formats.read(label_file(tmp_path / "s", shapes), "x-anylabeling").items
    found = np.array([row.rotated for row in rows_of(item)])
    np.testing.assert_allclose(found[:, 2], [10, 4, 10, 4, 10])
    np.testing.assert_allclose(found[:, 4] % (2 * np.pi), [0, np.pi / 2, np.pi, 1.5 * np.pi, 0])


@pytest.mark.parametrize("name", ["labelme", "x-anylabeling"])
def test_parts_of_one_label_and_group(name: str, tmp_path: Path) -> None:
    """X-AnyLabeling takes polygons alone for parts, LabelMe rectangles, too."""
    ring = RING.tolist()
    shapes = [
        shape("cat", "polygon", ring, group_id=0),
        shape("dog", "polygon", ring, group_id=0),
        shape("cat", "polygon", OTHER.tolist(), group_id=0),
        shape("cat", "polygon", ring),
        shape("cat", "polygon", ring),
        shape("dog", "rectangle", [[0, 0], [4, 4]], group_id=5),
        shape("dog", "rectangle", [[6, 0], [9, 4]], group_id=5),
    ]
    found = formats.read(label_file(tmp_path / "s", shapes), name)
    counts = [len(row.rings or []) for row in rows_of(next(found.items))]
    assert counts == ([2, 1, 1, 1, 2] if name == "labelme" else [2, 1, 1, 1, 0, 0])


def test_points_of_a_group_are_keypoints(tmp_path: Path) -> None:
    shapes = [
        shape("person", "rectangle", [[0, 0], [9, 9]], group_id=1),
        shape("eye", "point", [[3, 4]], group_id=1, score=0.5),
        shape("nose", "point", [[5, 6]], group_id=1, difficult=True),
        shape("nose", "point", [[7, 8]], group_id=2),
        shape("person", "rectangle", [[0, 0], [8, 8]], group_id=3),
        shape("nose", "point", [[2, 2]], group_id=3),
    ]
    folder = label_file(tmp_path / "s", shapes)
    found = formats.read(folder, "x-anylabeling")
    first, lone, second = rows_of(next(found.items))
    assert [label.keypoints for label in found.labels] == [(), ("eye", "nose")]
    assert first.keypoints is not None
    assert first.keypoints.tolist() == [[3, 4, 2], [5, 6, 1]]
    assert first.keypoint_scores is not None
    np.testing.assert_array_equal(first.keypoint_scores, [0.5, np.nan])
    assert lone.kind == Kind.POINTS
    assert second.keypoints is not None
    assert second.keypoints.tolist() == [[0, 0, 0], [2, 2, 2]]
    apart = formats.read(folder, "x-anylabeling", {"points": "apart"})
    assert [label.name for label in apart.labels] == ["eye", "nose", "person"]
    (folder / "pose.yaml").write_text("classes: {person: [nose, mouth]}\n")
    known = formats.read(folder, "x-anylabeling")
    assert [(e.name, e.keypoints) for e in known.labels][-1] == ("person", ("nose", "mouth"))
    assert [known.labels[row.label].name for row in rows_of(next(known.items))] == [
        *("person", "eye", "nose", "person")
    ]


def test_keypoints_without_names_are_numbered(tmp_path: Path) -> None:
    points = np.array([[1, 2, 2], [0, 0, 0], [5, 6, 1]], dtype=float)
    shapes, losses = written([{**BOX, "keypoints": points}], tmp_path / "t")
    assert [(s["label"], s["group_id"]) for s in shapes] == [("cat", 1), ("1", 1), ("3", 1)]
    found = formats.read(tmp_path / "t")
    assert [(label.name, label.keypoints) for label in found.labels] == [("cat", ()), ("dog", ())]
    (row,) = rows_of(next(found.items))
    assert row.keypoints is not None
    np.testing.assert_array_equal(row.keypoints, points)
    assert not losses


def test_groups_that_would_join_objects_are_moved_aside(tmp_path: Path) -> None:
    polygon = {"kinds": Kind.POLYGON, "labels": 0, "boxes": [0.0] * 4, "rings": [[RING]]}
    rows = [{**polygon, "groups": 0}, {**polygon, "groups": 0}, {**BOX, "labels": 1, "groups": 0}]
    rows += [{**polygon, "rings": [[RING], [OTHER]]}, {**BOX, "groups": 7}]
    shapes, _ = written(rows, tmp_path / "t")
    assert [(s["group_id"], s.get("group", "")) for s in shapes] == [
        *((8, 0), (9, 0), (0, ""), (10, None), (10, ""), (7, ""))
    ]
    found = rows_of(next(formats.read(tmp_path / "t").items))
    assert [row.group for row in found] == [0, 0, 0, -1, 7]
    assert [len(row.rings or []) for row in found] == [1, 1, 0, 2, 0]


def test_group_ids_that_are_tracks(tmp_path: Path) -> None:
    shapes, _ = written([{**BOX, "tracks": 4}], tmp_path / "t", "x-anylabeling", group_id="track")
    assert [(s["group_id"], "track_id" in s) for s in shapes] == [(4, False)]
    found = formats.read(tmp_path / "t", options={"group_id": "track"})
    (row,) = rows_of(next(found.items))
    assert (row.track, row.group) == (4, -1)


def test_masks_and_holes(tmp_path: Path) -> None:
    """LabelMe has masks; X-AnyLabeling gets polygons that cover the very same pixels."""
    rng = np.random.default_rng(3)
    pixels = rng.random(SIZE[::-1]) < 0.6
    mask = {"kinds": Kind.MASK, "labels": 0, "masks": masks.encode(pixels), "boxes": [0.0] * 4}
    shapes, losses = written([mask], tmp_path / "l")
    assert [s["shape_type"] for s in shapes] == ["mask"]
    np.testing.assert_array_equal(patches.decode(shapes[0]["mask"]), pixels)
    assert [loss.what for loss in losses] == ["stated box, other than that around the shape"]
    shapes, losses = written([mask], tmp_path / "x", "x-anylabeling")
    assert "mask, written as polygons along its pixels" in losses.by_kind
    parts = [[np.array(s["points"])] for s in shapes]
    np.testing.assert_array_equal(masks.decode(masks.from_rings(parts, SIZE)), pixels)
    outer = np.array([[0.0, 0], [20, 0], [20, 20], [0, 20]])
    holed = {"kinds": Kind.POLYGON, "labels": 0, "rings": [[outer, outer / 2 + 5]]}
    shapes, losses = written([{**holed, "boxes": [0.0, 0, 20, 20]}], tmp_path / "h")
    assert [str(loss).partition(" (")[0] for loss in losses] == [
        "1 hole, joined with the edge around it by a bridge"
    ]
    (only,) = shapes
    ring = Rings.of([[[only["points"]]]])
    assert polygons.area(ring).tolist() == [300]


def test_the_window_of_a_mask() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        pixels = np.zeros(SIZE[::-1], dtype=bool)
        (x0, x1), (y0, y1) = (np.sort(rng.choice(n + 1, 2, replace=False)) for n in SIZE)
        pixels[y0:y1, x0:x1] = rng.random((y1 - y0, x1 - x0)) < 0.5
        found = patches.window(masks.encode(pixels), (x0, y0, x1, y1))
        np.testing.assert_array_equal(found, pixels[y0:y1, x0:x1])
        np.testing.assert_array_equal(patches.decode(patches.encode(found)), found)


def test_keys_that_a_tool_would_refuse_are_left_out(tmp_path: Path) -> None:
    extra = {"description": 5, "kie_linking": "x", "points": [], "depth": 2}
    for name in ("labelme", "x-anylabeling"):
        (found,), losses = written([{**BOX, "extra": extra}], tmp_path / name, name)
        assert (found["depth"], found["description"]) == (2, "")
        assert {loss.what: loss.count for loss in losses} == {
            "unknown key that a shape uses itself": 3
        }


def test_rotated_boxes_as_polygons(tmp_path: Path) -> None:
    turned = {"kinds": Kind.ROTATED, "labels": 0, "rotated": [20, 15, 8, 4, 0.5]}
    shapes, losses = written([{**turned, "boxes": [0.0] * 4}], tmp_path / "t", rotated="polygon")
    assert shapes[0]["shape_type"] == "polygon"
    assert "rotated box, written as a polygon" in losses.by_kind


def test_tags_are_flags_of_the_picture(tmp_path: Path) -> None:
    tag = {"kinds": Kind.TAG, "labels": 1}
    shapes, losses = written([BOX, tag, {**tag, "scores": 0.5}], tmp_path / "t")
    assert len(shapes) == 1
    assert json.loads((tmp_path / "t" / "a.json").read_text())["flags"] == {"dog": True}
    assert [loss.what for loss in losses] == ["score", "tag that its picture has already"]
    kinds = [row.kind for row in rows_of(next(formats.read(tmp_path / "t").items))]
    assert kinds == [Kind.BOX, Kind.TAG]
    kept = formats.read(tmp_path / "t", options={"flags": "keep"})
    assert next(kept.items).extra == {"flags": {"dog": True}}


def test_flags_of_a_set_without_shapes_are_classes(tmp_path: Path) -> None:
    label_file(tmp_path / "s", [], "a", flags={"cat": True, "dog": False})
    label_file(tmp_path / "s", [], "b", flags={"cat": False, "dog": True})
    found = formats.read(tmp_path / "s")
    assert [label.name for label in found.labels] == ["cat", "dog"]
    tags = [[row.label for row in rows_of(item)] for item in found.items]
    assert tags == [[0], [1]]


def test_pictures_without_a_label_file_are_not_looked_at(tmp_path: Path) -> None:
    folder = label_file(tmp_path / "s", [], "a")
    for name in ("a.jpg", "b.jpg"):
        Image.new("L", SIZE).save(folder / name)
    found = formats.read(folder)
    assert [(item.path, item.size, item.annotations is None) for item in found.items] == [
        ("a.jpg", SIZE, False),
        ("b.jpg", SIZE, True),
    ]
    losses = formats.write(found, tmp_path / "none", "labelme", {"images": "none"})
    assert [(loss.what, loss.count) for loss in losses] == [("picture that nobody looked at", 1)]
    assert not formats.write(found, tmp_path / "copy", "labelme", {"images": "copy"}).by_kind
    assert not (tmp_path / "copy" / "b.jpg").is_symlink()
    assert len(list(formats.read(tmp_path / "copy").items)) == 2


def test_two_pictures_of_one_label_file(tmp_path: Path) -> None:
    items = [Item(name, SIZE, Annotations.empty()) for name in ("a/1.jpg", "a/1.png", "b/1.jpg")]
    dataset = Dataset.of([], items)
    with pytest.raises(FormatError, match=r"a/1.jpg and a/1.png both map to .*a/1.json"):
        formats.write(dataset, tmp_path / "t", "labelme")
    assert not (tmp_path / "t").exists()
    formats.write(dataset, tmp_path / "t", "labelme", {"on_collision": "rename"})
    assert json.loads((tmp_path / "t" / "renamed.prelabel").read_text()) == {"a/1-2.png": "a/1.png"}
    paths = [item.path for item in formats.read(tmp_path / "t").items]
    assert paths == ["a/1.jpg", "a/1-2.png", "b/1.jpg"]


@pytest.mark.parametrize("name", ["../a.jpg", "/a.jpg", "C:\\a.jpg"])
def test_names_stay_inside_the_target(name: str, tmp_path: Path) -> None:
    dataset = Dataset.of([], [Item(name, SIZE, Annotations.empty())])
    for target, form in (("l", "labelme"), ("v.json", "via"), ("c", "createml")):
        with pytest.raises(FormatError, match="leaves the data set's folder"):
            formats.write(dataset, tmp_path / target, form)
    assert not list(tmp_path.iterdir())


def test_order_splits_and_ids_are_kept(tmp_path: Path) -> None:
    items = [
        Item("z.jpg", SIZE, Annotations.empty(), id=5, split="val"),
        Item("a.jpg", SIZE, Annotations.empty(), id=3, split="train"),
        Item("val2017/b.jpg", SIZE, Annotations.empty(), split="val"),
    ]
    formats.write(Dataset.of([Label("c", id=9)], items), tmp_path / "t", "labelme")
    found = formats.read(tmp_path / "t")
    told = [(item.path, item.split, item.id) for item in found.items]
    assert told == [
        ("val/z.jpg", "val", 5),
        ("train/a.jpg", "train", 3),
        ("val2017/b.jpg", "val2017", None),
    ]
    assert found.labels == (Label("c", id=9),)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"shapes": [,], "imagePath": "a.jpg"}', "a.json:1"),
        ('{"shapes": 5, "imagePath": "a.jpg"}', "a.json#/shapes"),
        ('{"shapes": ' + "[" * 9000 + "]" * 9000 + ', "imagePath": "a.jpg"}', "a.json"),
        ("[]", "a.json"),
    ],
)
def test_a_broken_file_is_named(text: str, place: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(FormatError) as error:
        list(formats.read(tmp_path / "a.json", "labelme").items)
    assert place in str(error.value)


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    for target in ("a", "b"):
        formats.convert(GOLDEN / "labelme" / "primitives", tmp_path / target, "labelme")
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == ["labels.txt", "scene.json"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_strict_leaves_the_target_alone(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="--strict"):
        written([{**BOX, "areas": 3.0}], tmp_path / "t", strict=True)
    assert not (tmp_path / "t").exists()


@pytest.mark.real
def test_instances_as_labelme_exports_them(real_data: Path) -> None:
    """The COCO file beside the label files is by LabelMe's own converter, without ignored ones."""
    folder = real_data / "datasets" / "labelme_instance3"
    assert formats.sniff(folder) == "labelme"
    found = formats.read(folder)
    ours = {
        (item.path, found.labels[row.label].name, _rings(row))
        for item in found.items
        for row in rows_of(item)
        if found.labels[row.label].name != "__ignore__"
    }
    truth = formats.read(folder / "coco_annotations.json", "coco", {"pictures": "trust"})
    theirs = {
        (Path(item.path).name, truth.labels[row.label].name, _rings(row))
        for item in truth.items
        for row in rows_of(item)
    }
    assert len(ours) == 12
    assert ours == theirs


def _rings(row: Annotation) -> tuple[bytes, ...]:
    return tuple(sorted(part[0].tobytes() for part in row.rings or []))


def test_only_one_of_the_two_claims_a_folder(tmp_path: Path) -> None:
    for name in ("labelme", "x-anylabeling"):
        written([{**BOX, "scores": 0.5, "flags": Flag.DIFFICULT}], tmp_path / name, name)
        assert formats.sniff(tmp_path / name) == name


def test_keys_that_no_tool_knows_are_carried_whatever_they_hold(tmp_path: Path) -> None:
    odd = {"mine": None, "empty": "", "none": [], "nothing": {}}
    own = {"description": None, "flags": None, "group_id": None, "line_color": None}
    told = shape("cat", "rectangle", [[1, 2], [8, 9]], **odd, **own)
    label_file(tmp_path / "s", [told], flags=None, text="", lineColor=None, **odd)
    found = formats.read(tmp_path / "s", "labelme")
    losses = formats.write(found, tmp_path / "t", "labelme", {"images": "none"})
    document = json.loads((tmp_path / "t" / "a.json").read_text())
    (again,) = document["shapes"]
    assert not losses
    assert {key: document[key] for key in odd} == odd
    assert {key: again[key] for key in odd} == odd
    assert (again["flags"], again["description"], again["group_id"]) == ({}, "", None)
    assert "line_color" not in again


def test_flags_of_a_picture_that_are_no_truths(tmp_path: Path) -> None:
    flags = {"outdoor": True, "weather": "sunny", "seen": None}
    label_file(tmp_path / "s", [], flags=flags)
    label_file(tmp_path / "s", [], "b", flags=["outdoor"])
    found = formats.read(tmp_path / "s", "labelme", {"flags": "keep"})
    losses = formats.write(found, tmp_path / "t", "labelme", {"images": "none"})
    assert json.loads((tmp_path / "t" / "a.json").read_text())["flags"] == flags
    assert [(e.what, e.example) for e in losses] == [("picture whose flags are no object", "b.jpg")]


def test_a_mask_that_reaches_beyond_its_picture_is_cut_and_counted(tmp_path: Path) -> None:
    patch = patches.encode(np.ones((3, 4), dtype=bool))
    told = shape("cat", "mask", [[38, 28], [41, 30]], mask=patch)
    found = formats.read(label_file(tmp_path, [told]))
    ((row,),) = map(rows_of, found.items)
    assert masks.area(row.mask) == 4
    assert {e.what: e.count for e in found.losses} == {"mask cut at the border": 1}


def test_a_rehearsal_tells_of_pictures_that_nobody_looked_at_what_writing_does(
    tmp_path: Path,
) -> None:
    Image.new("RGB", SIZE).save(tmp_path / "a.jpg")
    items = [Item(f"{name}.jpg", SIZE) for name in "ab"]
    dataset = Dataset.of([Label("cat")], items, root=str(tmp_path))
    with rehearsal.running():
        told = formats.write(dataset, tmp_path / "t", "labelme")
    written = formats.write(dataset, tmp_path / "t", "labelme")
    assert [str(loss) for loss in told] == [str(loss) for loss in written]
    assert [(e.count, e.example) for e in written] == [(1, "b.jpg")]


def test_a_size_that_is_told_as_text(tmp_path: Path) -> None:
    label_file(tmp_path, [], imageWidth="40", imageHeight="30")
    assert [item.size for item in formats.read(tmp_path, "labelme").items] == [SIZE]
