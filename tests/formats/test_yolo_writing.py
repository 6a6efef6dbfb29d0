"""Writing of label sets: what goes where, what is cut, joined, left out, and told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as coco

from formats import read, write
from formats.annotations import Annotations, Flag, Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from formats.losses import Losses
from geometry import masks, polygons, rotated
from geometry.rings import Rings

W, H = 200, 100
LABELS = (Label("cat", 7), Label("unused", 9), Label("dog", 3, "animal"))
NONE = {"images": "none"}


def boxes(*corners: list[float], **columns: Any) -> Annotations:
    n = len(corners)
    labels = columns.pop("labels", np.zeros(n, np.int32))
    return Annotations.of(n, boxes=np.reshape(corners, (-1, 4)), labels=labels, **columns)


def shape(*parts: list[Any], size: tuple[int, int] = (W, H), **columns: Any) -> Item:
    """An item with one polygon of these parts."""
    rings = Rings.of([parts])
    stated = np.nan_to_num(polygons.bounds(rings))
    kinds = [Kind.POLYGON]
    return Item("1.jpg", size, Annotations.of(1, kinds=kinds, boxes=stated, rings=rings, **columns))


def put(items: list[Item], path: Path, task: str = "yolo", **options: Any) -> Losses:
    return write(Dataset.of(LABELS, items), path, task, {**NONE, **options})


def lines(path: Path, name: str = "labels/1.txt") -> list[list[float]]:
    return [[float(w) for w in line.split()] for line in (path / name).read_text().splitlines()]


def what(losses: Losses) -> dict[str, int]:
    return {loss.what: loss.count for loss in losses}


def covered(line: list[float], size: tuple[int, int] = (W, H)) -> np.ndarray:
    """The pixels of a segment line by pycocotools' rasteriser, which fills by winding."""
    points = np.reshape(line[1:], (-1, 2)) * size
    rle = coco.frPyObjects([points.ravel().tolist()], size[1], size[0])[0]
    return masks.decode(masks.from_coco_string(rle["counts"], size))


def test_a_box_is_centre_and_sides_in_shares(tmp_path: Path) -> None:
    losses = put([Item("1.jpg", (W, H), boxes([20, 10, 60, 40], labels=[2]))], tmp_path / "o")
    assert (tmp_path / "o/labels/1.txt").read_bytes() == b"2 0.200000 0.250000 0.200000 0.300000\n"
    assert not losses


def test_classes_are_ranks_in_the_whole_list_with_a_map_beside(tmp_path: Path) -> None:
    items = [Item("1.jpg", (W, H), boxes([0, 0, 9, 9], labels=[2]), split="val")]
    put(items, tmp_path / "o")
    data = yaml.safe_load((tmp_path / "o/data.yaml").read_text())
    assert data["names"] == {0: "cat", 1: "unused", 2: "dog"}
    assert data["nc"] == 3
    assert "path" not in data
    kept = json.loads((tmp_path / "o/classes.json").read_text())
    assert [(e["index"], e["name"], e.get("id")) for e in kept] == [
        (0, "cat", 7),
        (1, "unused", 9),
        (2, "dog", 3),
    ]
    assert read(tmp_path / "o", "yolo").labels == LABELS


def test_names_are_quoted_as_yaml_needs_it(tmp_path: Path) -> None:
    names = ["yes", "1", "null", "a: b", "# c", "naïve 犬", "it's", ""]
    write(Dataset.of([Label(n) for n in names], []), tmp_path / "o", "yolo")
    data = yaml.safe_load((tmp_path / "o/data.yaml").read_text(encoding="utf-8"))
    assert list(data["names"].values()) == names
    (tmp_path / "o/classes.json").unlink()
    assert [label.name for label in read(tmp_path / "o", "yolo").labels] == names


def test_pictures_keep_their_order_splits_names_and_whether_one_looked(tmp_path: Path) -> None:
    some, none = boxes([0, 0, 9, 9]), Annotations.empty()
    items = [
        Item("b.v2.final.JPG", (W, H), some, split="train"),
        Item('a b/ü,"x".png', (W, H), none, split="train"),
        Item("images/train/0.jpg", (W, H), None, split="train"),
        Item("val2017/1.jpg", (50, 60), some, split="val"),
        Item("7.jpg", (W, H), some, split="unlabelled"),
    ]
    put(items, tmp_path / "o")
    train = (tmp_path / "o/train.txt").read_bytes().decode()
    assert train == (
        './images/train/b.v2.final.JPG\n./images/train/a b/ü,"x".png\n./images/train/0.jpg\n'
    )
    assert (tmp_path / 'o/labels/train/a b/ü,"x".txt').read_bytes() == b""
    assert (tmp_path / "o/labels/train/b.v2.final.txt").is_file()
    assert (tmp_path / "o/labels/val2017/1.txt").is_file()
    assert not (tmp_path / "o/labels/train/0.txt").exists()
    again = list(read(tmp_path / "o", "yolo").items)
    assert [
        (i.split, i.size, None if i.annotations is None else len(i.annotations)) for i in again
    ] == [
        ("train", (W, H), 1),
        ("train", (W, H), 0),
        ("train", (W, H), None),
        ("val", (50, 60), 1),
        ("unlabelled", (W, H), 1),
    ]
    assert [i.path.split("/")[-1] for i in again] == [i.path.split("/")[-1] for i in items]


@pytest.mark.parametrize("split", ["", "train", "val", "test", "train2017"])
def test_a_lone_split_comes_back(split: str, tmp_path: Path) -> None:
    items = [Item(f"{k}.jpg", (W, H), boxes([0, 0, 9, 9]), split=split) for k in (2, 1)]
    put(items, tmp_path / "o")
    found = list(read(tmp_path / "o", "yolo").items)
    assert {item.split for item in found} == {split}
    assert [item.path[-5:] for item in found] == ["2.jpg", "1.jpg"]


def test_a_set_that_is_read_and_written_keeps_its_paths(tmp_path: Path) -> None:
    items = [Item("sub/1.jpg", (W, H), boxes([0, 0, 9, 9]), split="train")]
    put(items, tmp_path / "a")
    write(read(tmp_path / "a", "yolo"), tmp_path / "b", "yolo", NONE)
    for name in ("train.txt", "data.yaml", "sizes.csv", "classes.json", "labels/train/sub/1.txt"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_labels_beside_their_pictures(tmp_path: Path) -> None:
    items = [Item("sub/1.jpg", (W, H), boxes([0, 0, 9, 9]))]
    put(items, tmp_path / "o", tree="beside")
    assert (tmp_path / "o/sub/1.txt").is_file()
    assert [i.path for i in read(tmp_path / "o", "yolo").items] == ["sub/1.jpg"]


TWINS = [("a.jpg", "a.png"), ("images/a.jpg", "a.jpg"), ("./a.jpg", "a.jpg"), ("a.jpg", "a.jpg")]


@pytest.mark.parametrize("names", TWINS)
def test_two_pictures_of_one_label_file(names: tuple[str, str], tmp_path: Path) -> None:
    items = [Item(name, (W, H), boxes([0, 0, 9, 9 + k])) for k, name in enumerate(names)]
    with pytest.raises(FormatError, match=r"both map to the label file labels/a\.txt"):
        put(items, tmp_path / "o")
    assert list(tmp_path.iterdir()) == []
    put(items, tmp_path / "o", on_collision="rename")
    (entry,) = json.loads((tmp_path / "o/renamed.json").read_text()).items()
    assert entry == (f"images/a-2.{names[1][-3:]}", names[1])
    heights = [lines(tmp_path / "o", f"labels/{name}.txt")[0][4] for name in ("a", "a-2")]
    assert heights == [0.09, 0.1]


@pytest.mark.parametrize("name", ["../a.jpg", "/a.jpg", "C:/a.jpg", "x/../../a.jpg", "..\\a.jpg"])
def test_names_never_leave_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="leaves the data set's folder"):
        put([Item(name, (W, H), None)], tmp_path / "o")
    assert list(tmp_path.iterdir()) == []


def test_a_line_break_in_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="line break"):
        put([Item("a\nb.jpg", (W, H), None)], tmp_path / "o")


def test_boxes_are_cut_by_corners_and_those_without_area_counted(tmp_path: Path) -> None:
    table = boxes(
        [-20, -10, 20, 10],
        [180, 90, 300, 300],
        [-50, 10, -1, 20],
        [10, 10, 10, 20],
        [20, 10, 10, 20],
        [np.nan, 0, 5, 5],
        [0, 0, W, H],
        [0, 0, 1e-5, 50],
    )
    losses = put([Item("1.jpg", (W, H), table)], tmp_path / "o")
    found = np.array(lines(tmp_path / "o"))[:, 1:]
    wanted = [[0.05, 0.05, 0.1, 0.1], [0.95, 0.95, 0.1, 0.1], [0.5, 0.5, 1, 1]]
    assert np.allclose(found, wanted)
    assert what(losses) == {
        "object without area in its picture": 5,
        "box cut at the border of its picture": 2,
    }


def test_duplicates_and_their_order_are_kept(tmp_path: Path) -> None:
    table = boxes([0, 0, 9, 9], [5, 5, 9, 9], [0, 0, 9, 9], labels=[2, 0, 2])
    put([Item("1.jpg", (W, H), table)], tmp_path / "o")
    assert [line[0] for line in lines(tmp_path / "o")] == [2, 0, 2]


SQUARE = np.array([[20, 20], [60, 20], [60, 60], [20, 60.0]])
HOLE = np.array([[30, 30], [30, 50], [50, 50], [50, 30.0]])


def test_a_polygon_inside_stays_point_for_point(tmp_path: Path) -> None:
    star = [[10.5, 10], [90, 20.25], [20, 80], [70, 5], [10.5, 10]]
    assert not put([shape([star])], tmp_path / "o", "yolo-seg")
    assert np.allclose(np.reshape(lines(tmp_path / "o")[0][1:], (-1, 2)) * [W, H], star)


def test_a_polygon_is_cut_by_a_real_clip(tmp_path: Path) -> None:
    losses = put([shape([[[150, 50], [250, 0], [250, 100]]])], tmp_path / "o", "yolo-seg")
    (line,) = lines(tmp_path / "o")
    points = np.reshape(line[1:], (-1, 2)) * [W, H]
    area = polygons.area(Rings.of([[[points]]]))[0]
    assert area == pytest.approx(50 * 50 / 2, abs=0.01)
    assert what(losses) == {"polygon cut at the border of its picture": 1}


def test_a_clip_into_pieces_is_one_line_of_the_same_area(tmp_path: Path) -> None:
    comb = [[-20, 10], [40, 10], [40, 30], [-10, 30], [-10, 50], [40, 50], [40, 70], [-20, 70]]
    put([shape([comb])], tmp_path / "o", "yolo-seg")
    (line,) = lines(tmp_path / "o")
    mask = covered(line)
    wanted = np.zeros((H, W), bool)
    wanted[10:30, :40] = wanted[50:70, :40] = True
    assert (mask ^ wanted).sum() <= 2 * 40 + 8


@pytest.mark.parametrize(
    ("parts", "area"),
    [
        ([[SQUARE], [SQUARE + [80, 10]]], 3200),
        ([[SQUARE], [SQUARE + [20, 20]]], 2800),
        ([[SQUARE, HOLE]], 1200),
        ([[SQUARE, HOLE], [SQUARE[::-1] + [80, 10]], [SQUARE / 8]], 2825),
        ([[SQUARE], [HOLE]], 1600),
    ],
)
def test_parts_are_united_then_bridged_and_holes_cut(
    parts: list[Any], area: float, tmp_path: Path
) -> None:
    losses = put([shape(*parts)], tmp_path / "o", "yolo-seg")
    (line,) = lines(tmp_path / "o")
    points = np.reshape(line[1:], (-1, 2)) * [W, H]
    x, y = points.T
    assert abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2 == pytest.approx(
        area, 0.001
    )
    truth = masks.decode(masks.from_rings(polygons.union(Rings.of([parts])).row(0), (W, H)))
    filled = masks.decode(masks.from_rings([[points]], (W, H)))
    assert (truth ^ filled).sum() <= 40
    assert what(losses) == {"polygon of several parts or with holes, joined by bridges": 1}


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_masks_read_back_pixel_for_pixel(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rng = np.random.default_rng(seed)
    dense = np.kron(rng.random((5, 7)) < 0.5, np.ones((6, 5))).astype(bool)
    dense[0, 0] = True
    table = Annotations.of(
        1, kinds=[Kind.MASK], boxes=[[0, 0, 35, 30]], masks=[masks.encode(dense)]
    )
    folder = tmp_path_factory.mktemp("m")
    losses = put([Item("1.jpg", (35, 30), table)], folder / "o", "yolo-seg")
    (line,) = lines(folder / "o")
    assert np.array_equal(covered(line, (35, 30)), dense)
    assert what(losses)["mask traced along its pixel edges"] == 1


def test_every_row_of_a_segment_set_is_a_polygon(tmp_path: Path) -> None:
    turned = np.array([[np.nan] * 5, [100, 50, 40, 20, np.pi / 2]])
    kinds = [Kind.BOX, Kind.ROTATED]
    table = boxes([20, 10, 60, 40], [90, 30, 110, 70], kinds=kinds, rotated=turned)
    losses = put([Item("1.jpg", (W, H), table)], tmp_path / "o", "yolo-seg")
    first, second = (np.reshape(line[1:], (-1, 2)) * [W, H] for line in lines(tmp_path / "o"))
    assert np.allclose(first, [[20, 10], [60, 10], [60, 40], [20, 40]])
    assert np.allclose(second, [[110, 30], [110, 70], [90, 70], [90, 30]], atol=1e-3)
    assert what(losses)["box written as a polygon of its 4 corners"] == 1
    assert what(losses)["rotated box written as a polygon of its 4 corners"] == 1


@pytest.mark.parametrize(
    "ring",
    [[[10, 10], [20, 20]], [[np.nan, 10], [20, 20], [30, 10]], [[300, 0], [400, 0], [300, 90]]],
)
def test_shapes_that_no_line_holds_are_left_out_and_counted(ring: Any, tmp_path: Path) -> None:
    losses = put([shape([ring])], tmp_path / "o", "yolo-seg")
    assert (tmp_path / "o/labels/1.txt").read_text() == ""
    assert what(losses)["object without area in its picture"] == 1
    with pytest.raises(FormatError, match="without area"):
        put([shape([ring])], tmp_path / "strict", "yolo-seg", strict=True)
    assert not (tmp_path / "strict").exists()


NAMES = ("nose", "left_eye", "right_eye")


def posed(points: Any, **columns: Any) -> Dataset:
    labels = [Label("a"), Label("b", keypoints=NAMES)]
    table = boxes([0, 0, 50, 50], keypoints=np.array([points], float), **columns)
    return Dataset.of(labels, [Item("1.jpg", (W, H), table)])


def test_keypoints_have_three_numbers_and_unlabelled_ones_are_zero(tmp_path: Path) -> None:
    points = [[20, 10, 2], [30, 30, 0], [np.nan] * 3]
    write(posed(points), tmp_path / "o", "yolo-pose", NONE)
    (line,) = lines(tmp_path / "o")
    assert line[5:] == [0.1, 0.1, 2, 0, 0, 0, 0, 0, 0]
    data = yaml.safe_load((tmp_path / "o/data.yaml").read_text())
    assert data["kpt_shape"] == [3, 3]
    assert data["flip_idx"] == [0, 2, 1]
    assert data["kpt_names"] == {1: list(NAMES)}


def test_objects_without_keypoints_come_back_without(tmp_path: Path) -> None:
    table = boxes([0, 0, 9, 9])
    dataset = Dataset.of([Label("a")], [Item("1.jpg", (W, H), table)])
    assert not write(dataset, tmp_path / "o", "yolo-pose", NONE)
    assert lines(tmp_path / "o")[0][5:] == [0, 0, 0]
    again = next(iter(read(tmp_path / "o", "yolo-pose").items)).annotations
    assert again is not None
    assert again.keypoints is None


def test_keypoints_outside_the_picture_are_not_labelled_and_counted(tmp_path: Path) -> None:
    losses = write(posed([[-1, 10, 2], [W, H, 1], [0, 0, 2]]), tmp_path / "o", "yolo-pose", NONE)
    assert lines(tmp_path / "o")[0][5:] == [0, 0, 0, 1, 1, 1, 0, 0, 2]
    assert what(losses) == {"keypoint outside its picture": 1}


@pytest.mark.parametrize(
    ("names", "flip"),
    [
        (("left_hip", "right_hip", "neck"), [1, 0, 2]),
        (("l-ear", "r-ear"), [1, 0]),
        (("EyeLeft", "EyeRight", "LeftOnly"), [1, 0, 2]),
        (("a", "b"), [0, 1]),
    ],
)
def test_flip_is_a_permutation_from_the_names(
    names: tuple[str, ...], flip: list[int], tmp_path: Path
) -> None:
    dataset = replace(posed([[1, 1, 2]] * len(names)), labels=(Label("a", keypoints=names),))
    write(dataset, tmp_path / "o", "yolo-pose", NONE)
    assert yaml.safe_load((tmp_path / "o/data.yaml").read_text())["flip_idx"] == flip


def test_oriented_boxes_are_true_rectangles_in_order(tmp_path: Path) -> None:
    turned = np.array([[100, 50, 40, 20, a] for a in (0, 0.5, -2.0, 3.0)])
    kinds = np.full(4, Kind.ROTATED)
    table = boxes(*rotated.bounds(turned).tolist(), kinds=kinds, rotated=turned)
    put([Item("1.jpg", (W, H), table)], tmp_path / "o", "yolo-obb")
    corners = np.array(lines(tmp_path / "o"))[:, 1:].reshape(-1, 4, 2) * [W, H]
    assert np.allclose(corners[0], [[80, 40], [120, 40], [120, 60], [80, 60]])
    assert np.allclose(np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1), 40, atol=1e-3)
    assert np.allclose(np.linalg.norm(corners[:, 2] - corners[:, 1], axis=1), 20, atol=1e-3)
    again = next(iter(read(tmp_path / "o", "yolo-obb").items)).annotations
    assert again is not None
    assert again.rotated is not None
    assert np.allclose(rotated.corners(again.rotated), corners, atol=1e-3)


@settings(max_examples=200, deadline=None)
@given(
    st.tuples(st.floats(-80, 280), st.floats(-80, 180), st.floats(1, 300), st.floats(1, 300)),
    st.floats(-4, 4),
)
def test_oriented_boxes_that_stick_out_are_taken_by_the_loader(
    sides: tuple[float, ...], angle: float
) -> None:
    from formats.yolo.obb import encode

    turned = np.array([[*sides, angle]])
    table = boxes(rotated.bounds(turned)[0].tolist(), kinds=[Kind.ROTATED], rotated=turned)
    coded = encode(table, np.array([[W, H]], float), 0, Losses())
    shown = polygons.clip(Rings.of([[[rotated.corners(turned)[0]]]]), (W, H))
    assert len(coded.rows) == (len(shown.points) > 0)
    if len(coded.rows):
        corners = coded.values.reshape(4, 2)
        low, high = corners.min(axis=0), corners.max(axis=0)
        middle, extent = (low + high) / 2, high - low
        assert (middle >= -1e-9).all()
        assert (middle <= 1.01).all()
        assert (extent <= 1.01).all()
        edges = np.diff(corners * [W, H], axis=0)
        assert abs(edges[0] @ edges[1]) <= 1e-6 * max(1, np.abs(edges).max() ** 2)


def test_polygons_and_boxes_become_oriented_boxes(tmp_path: Path) -> None:
    diamond = [[100, 20], [130, 50], [100, 80], [70, 50]]
    put([shape([diamond])], tmp_path / "o", "yolo-obb")
    corners = np.reshape(lines(tmp_path / "o")[0][1:], (4, 2)) * [W, H]
    assert sorted(np.round(corners, 3).tolist()) == sorted(map(list, np.float64(diamond).tolist()))


@pytest.mark.parametrize(("crowd", "rows"), [("skip", 1), ("keep", 2), ("mask", 1)])
def test_ignore_regions(crowd: str, rows: int, tmp_path: Path) -> None:
    flags = np.array([0, Flag.CROWD], np.uint16)
    table = boxes([20, 10, 60, 40], [90, 30, 110, 70], flags=flags)
    losses = put([Item("1.jpg", (W, H), table)], tmp_path / "o", crowd=crowd)
    assert len(lines(tmp_path / "o")) == rows
    assert any("ignore region" in loss.what and loss.count == 1 for loss in losses)
    picture = tmp_path / "o/ignore/images/1.png"
    assert picture.is_file() == (crowd == "mask")
    if crowd == "mask":
        wanted = np.zeros((H, W), np.uint8)
        wanted[30:70, 90:110] = 255
        assert np.array_equal(np.asarray(Image.open(picture)), wanted)


def test_ignore_regions_are_left_out_by_default(tmp_path: Path) -> None:
    table = boxes([20, 10, 60, 40], flags=np.array([Flag.CROWD], np.uint16))
    assert what(put([Item("1.jpg", (W, H), table)], tmp_path / "o")) == {
        "ignore region (crowd) left out": 1
    }


def test_scores_and_tracks_come_back_exactly_from_beside(tmp_path: Path) -> None:
    scores, tracks = np.array([0.1 + 0.2, np.nan, 1 / 3]), np.array([5, -1, 2**40])
    table = boxes([0, 0, 9, 9], [0, 0, 0, 0], [5, 5, 9, 9], scores=scores, tracks=tracks)
    items = [
        Item("1.jpg", (W, H), table, split="train"),
        Item("2.jpg", (W, H), boxes([0, 0, 5, 5])),
    ]
    put(items, tmp_path / "o")
    assert all(len(line) == 5 for line in lines(tmp_path / "o", "labels/train/1.txt"))
    again = [i.annotations for i in read(tmp_path / "o", "yolo").items]
    assert again[0] is not None
    assert again[0].tracks is not None
    assert again[0].scores.tolist() == scores[[0, 2]].tolist()
    assert again[0].tracks.tolist() == [5, 2**40]
    (tmp_path / "o/labels/train/1.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    dataset = read(tmp_path / "o", "yolo")
    first = next(iter(dataset.items)).annotations
    assert first is not None
    assert np.isnan(first.scores).all()
    assert [loss.what for loss in dataset.losses] == [
        "label file changed since its scores were written"
    ]


def test_what_label_files_do_not_hold_is_counted(tmp_path: Path) -> None:
    table = boxes([0, 0, 9, 9], ids=[4], areas=[81.0], attributes=[{"color": "red"}])
    tagged = Annotations.concat([table, boxes([np.nan] * 4, kinds=[Kind.TAG])])
    losses = put([Item("1.jpg", (W, H), tagged)], tmp_path / "o")
    assert what(losses) == {
        "tag of a whole picture": 1,
        "stated area": 1,
        "annotation id": 1,
        "attributes": 1,
    }


def test_an_unknown_size_names_the_picture_unless_a_file_states_it(tmp_path: Path) -> None:
    items = [Item("1.jpg", None, boxes([0, 0, 9, 9]))]
    with pytest.raises(FormatError, match=r"^1\.jpg: the picture's size is unknown"):
        put(items, tmp_path / "o")
    stated = tmp_path / "coco.json"
    stated.write_text('{"images": [{"file_name": "1.jpg", "width": 90, "height": 9}]}')
    put(items, tmp_path / "o", sizes=str(stated))
    assert lines(tmp_path / "o")[0] == [0, 0.05, 0.5, 0.1, 1]


@pytest.mark.parametrize("images", ["link", "copy", "none"])
def test_pictures_are_put_in_their_places(images: str, tmp_path: Path) -> None:
    source = tmp_path / "pics"
    source.mkdir()
    exif = Image.Exif()
    exif[274] = 8
    Image.new("RGB", (H, W)).save(source / "1.jpg", exif=exif)
    items = [Item("1.jpg", None, boxes([0, 0, 20, 10])), Item("gone.jpg", (W, H), None)]
    dataset = Dataset.of(LABELS, items, root=str(source))
    losses = write(dataset, tmp_path / "o", "yolo", {"images": images})
    placed = tmp_path / "o/images/1.jpg"
    assert placed.exists() == (images != "none")
    assert placed.is_symlink() == (images == "link")
    if images != "none":
        assert placed.read_bytes() == (source / "1.jpg").read_bytes()
        assert any("gone.jpg" in note for note in losses.notes)
    assert lines(tmp_path / "o")[0] == [0, 0.05, 0.05, 0.1, 0.1]
    found = next(iter(read(tmp_path / "o", "yolo").items))
    assert found.size == (W, H)


def test_an_existing_target_is_refused_or_replaced_whole(tmp_path: Path) -> None:
    items = [Item("1.jpg", (W, H), boxes([0, 0, 9, 9]))]
    put(items, tmp_path / "o")
    (tmp_path / "o/labels/old.txt").write_text("0 0 0 0 0")
    with pytest.raises(FormatError, match="the target exists"):
        put(items, tmp_path / "o")
    put(items, tmp_path / "o", overwrite=True)
    assert not (tmp_path / "o/labels/old.txt").exists()


def test_a_fault_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    items = [Item(f"{k}.jpg", (W, H) if k < 3 else None, boxes([0, 0, 9, 9])) for k in range(4)]
    with pytest.raises(FormatError):
        put(items, tmp_path / "o")
    assert list(tmp_path.iterdir()) == []
