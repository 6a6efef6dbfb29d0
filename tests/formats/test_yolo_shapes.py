"""Writing of shapes: what is cut, joined, turned, left out, and told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from yolo_sets import NONE, H, W, boxes, covered, lines, put, shape, what

from formats import read, write
from formats.annotations import Annotations, Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from formats.losses import Losses
from geometry import masks, polygons, rotated
from geometry.rings import Rings


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
        "box cut at the border": 2,
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
    assert what(losses) == {"polygon cut at the border": 1}


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
    assert what(losses)["mask"] == 1


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


def test_the_place_of_a_keypoint_that_is_not_labelled_is_counted(tmp_path: Path) -> None:
    points = [[20, 10, 0], [40, 50, np.nan], [np.nan, np.nan, 2]]
    losses = write(posed(points), tmp_path / "o", "yolo-pose", NONE)
    assert lines(tmp_path / "o")[0][5:] == [0, 0, 0, 0.2, 0.5, 2, 0, 0, 0]
    assert what(losses) == {"place of a keypoint that is not labelled": 1}


def test_keypoints_beyond_those_of_the_class_are_counted(tmp_path: Path) -> None:
    points = [[20, 10, 2]] * 5 + [[0, 0, 0]]
    losses = write(posed(points), tmp_path / "o", "yolo-pose", NONE)
    assert lines(tmp_path / "o")[0][5:] == [0.1, 0.1, 2] * 3
    assert what(losses) == {"keypoint beyond those that the classes name": 2}


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


def test_flip_is_stated_where_no_name_tells_it(tmp_path: Path) -> None:
    points = np.array([[[1, 2, 2], [3, 4, 2], [5, 6, 2.0]]])
    item = Item("1.jpg", (W, H), boxes([0, 0, 9, 9], keypoints=points))
    put([item], tmp_path / "o", "yolo-pose", flip_idx="0, 2,1")
    assert "flip_idx: [0, 2, 1]" in (tmp_path / "o/data.yaml").read_text()
    for wrong in ("0,1", "0,1,1", "0,x,1", "1,2,3"):
        with pytest.raises(FormatError, match="expected each of 0 to 2 once"):
            put([item], tmp_path / "p", "yolo-pose", flip_idx=wrong)


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


def test_shapes_without_area_are_no_oriented_boxes(tmp_path: Path) -> None:
    flat = shape([[[20, 20], [20, 40], [20, 60]]])
    slanted = replace(shape([[[20, 20], [40, 40], [60, 60]]]), path="2.jpg")
    thin = Item("3.jpg", (W, H), boxes([10, 10, 10 + 1e-5, 20], [10, 10, 10.1, 20]))
    losses = put([flat, slanted, thin], tmp_path / "o", "yolo-obb")
    assert len(lines(tmp_path / "o", "labels/3.txt")) == 1
    assert what(losses)["object without area in its picture"] == 3


def test_a_box_without_area_is_replaced_where_its_shape_has_some(tmp_path: Path) -> None:
    items = []
    for name, ring in (
        ("1", [[20, 20], [20, 40], [20, 60]]),
        ("2", [[20, 20], [40, 20], [40, 60]]),
    ):
        table = shape([ring]).annotations
        assert table is not None
        items.append(Item(f"{name}.jpg", (W, H), replace(table, boxes=np.zeros((1, 4)))))
    losses = what(put(items, tmp_path / "o"))
    assert losses["box without area, replaced by that around its shape"] == 1
    assert losses["object without area in its picture"] == 1


@pytest.mark.parametrize("task", ["yolo-seg", "yolo-obb"])
def test_masks_of_another_size_than_their_picture_are_warned_about(
    task: str, tmp_path: Path
) -> None:
    pixels = np.zeros((H, W), bool)
    pixels[10:20, 10:30] = True
    drawn = [masks.encode(pixels), masks.encode(pixels[: H // 2])]
    stated = [[10.0, 10, 30, 20]] * 2
    table = boxes(*stated, kinds=[Kind.MASK] * 2, masks=drawn)
    losses = put([Item("1.jpg", (W, H), table)], tmp_path / "o", task)
    assert [(odd.count, odd.example) for odd in losses.warnings.values()] == [(1, "1.jpg")]
    assert "mask of another size" in str(next(iter(losses.warnings.values())))


def test_each_change_is_told_once_and_what_is_left_out_by_name(tmp_path: Path) -> None:
    corners = [[20, 10, 60, 40], [300, 10, 360, 40], [5, 5, 5, 9]]
    table = boxes(*corners, ids=[7, 8, 9])
    items = [Item("bg.jpg", (W, H), Annotations.empty()), Item("1.jpg", (W, H), table)]
    losses = put(items, tmp_path / "o", "yolo-seg")
    assert [(loss.what, loss.count, loss.example) for loss in losses] == [
        ("annotation id", 3, "1.jpg"),
        ("box written as a polygon of its 4 corners", 1, ""),
        ("object without area in its picture", 2, "1.jpg: id 8"),
    ]


def test_a_polygon_wholly_outside_is_left_out_and_not_cut(tmp_path: Path) -> None:
    losses = put([shape([[[300, 0], [400, 0], [300, 90]]])], tmp_path / "o", "yolo-seg")
    assert what(losses) == {"object without area in its picture": 1}


def test_an_ellipse_is_drawn_round(tmp_path: Path) -> None:
    five = np.array([[100.0, 50, 40, 20, 0]])
    table = boxes([80, 40, 120, 60], kinds=[Kind.ELLIPSE], rotated=five)
    losses = put([Item("1.jpg", (W, H), table)], tmp_path / "o", "yolo-seg")
    (line,) = lines(tmp_path / "o")
    ring = np.reshape(line[1:], (-1, 2)) * [W, H]
    across = ((ring - [100, 50]) / [20, 10]) ** 2
    np.testing.assert_allclose(across.sum(axis=1), 1, atol=1e-3)
    assert what(losses) == {"ellipse not kept as such": 1}
