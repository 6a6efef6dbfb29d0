"""Regions of every control: where they lie, what they say, and that the SDK takes them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from dataset_strategies import Wanted, datasets
from hypothesis import given
from hypothesis import strategies as st
from label_studio_configs import BARE, EVERY, POSE, tag, view
from sdk_oracle import Oracle
from strategies import FEW

from formats.annotations import Annotations, Kind
from formats.dataset import Label
from formats.label_studio import bitmask, brush, config, encoding
from formats.label_studio.mapping import Route, route
from formats.losses import Losses
from geometry import masks, polygons, rotated
from geometry.rings import Rings

SIZE = (200, 50)
LABELS = (Label("car"), Label("person", keypoints=("head", "hand", "foot")))


def routes(text: str, task: str = "") -> tuple[Route, ...]:
    return route(config.parse(text), LABELS, task=task)


def regions(text: str, table: Annotations, losses: Losses | None = None) -> list[dict[str, Any]]:
    return encoding.result(table, routes(text), SIZE, losses)


def only(kind: str, table: Annotations, losses: Losses | None = None) -> list[dict[str, Any]]:
    """The regions of one control out of all."""
    return [r for r in regions(EVERY, table, losses) if r["type"] == kind]


def boxes(*rows: list[float], score: float = 0.5) -> Annotations:
    return Annotations.of(len(rows), boxes=np.array(rows), scores=[score] * len(rows))


def turned(*five: float) -> Annotations:
    row = np.array([five])
    return Annotations.of(1, kinds=[Kind.ROTATED], boxes=rotated.bounds(row), rotated=row)


def polygon(*parts: list[Any]) -> Annotations:
    rings = Rings.of([[[np.array(ring, float) for ring in part] for part in parts]])
    return Annotations.of(1, kinds=[Kind.POLYGON], boxes=polygons.bounds(rings), rings=rings)


def mask(dense: np.ndarray) -> Annotations:
    found = masks.encode(dense)
    return Annotations.of(1, kinds=[Kind.MASK], boxes=[masks.bounds(found)], masks=[found])


def corners(value: dict[str, float]) -> np.ndarray:
    """Corners in pixels by the rule of Label Studio: turned about (x, y), clockwise."""
    width, height = SIZE
    x, y = value["x"] * width / 100, value["y"] * height / 100
    w, h = value["width"] * width / 100, value["height"] * height / 100
    c, s = np.cos(np.radians(value["rotation"])), np.sin(np.radians(value["rotation"]))
    return np.array(
        [
            [x, y],
            [x + w * c, y + w * s],
            [x + w * c - h * s, y + w * s + h * c],
            [x - h * s, y + h * c],
        ]
    )


def test_a_box_is_told_in_percent() -> None:
    (region,) = only("rectanglelabels", boxes([20, 10, 60, 35]))
    assert region["value"] == {
        "x": 10.0,
        "y": 20.0,
        "width": 20.0,
        "height": 50.0,
        "rotation": 0.0,
        "rectanglelabels": ["car"],
    }
    names = ("from_name", "to_name", "score", "original_width", "original_height")
    assert [region[name] for name in names] == ["rectanglelabels", "image", 0.5, 200, 50]
    assert region["image_rotation"] == 0


@pytest.mark.parametrize("angle", [0.3, -0.3, 1.2, 2.0, 3.0, -3.0, np.pi / 2, 7.0])
def test_a_rotated_box_has_its_corners_in_pixels(angle: float) -> None:
    """The reference converter turns in percent, which shears a box in a picture of 4 to 1."""
    five = (100.0, 25.0, 30.0, 12.0, angle)
    (region,) = only("rectanglelabels", turned(*five))
    wanted = rotated.corners([five])[0]
    np.testing.assert_allclose(corners(region["value"]), wanted, atol=1e-4)
    assert 0 <= region["value"]["rotation"] < 360


def test_a_long_box_across_a_wide_picture_is_told_from_another_corner() -> None:
    """48 pixels along y are 24 % of the width, but of a narrow picture they may be 400 %."""
    table = turned(20.0, 100.0, 150.0, 8.0, np.pi / 2)
    (route_,) = (r for r in routes(EVERY) if r.control.kind == "rectanglelabels")
    (region,) = encoding.result(table, [route_], (40, 200))
    value = region["value"]
    assert max(value["width"], value["height"], value["x"], value["y"]) <= 100
    assert (value["width"], value["height"]) == (20.0, 75.0)


def test_a_box_that_no_corner_can_tell_becomes_its_bounds() -> None:
    losses = Losses()
    (region,) = only("rectanglelabels", turned(100.0, 25.0, 400.0, 120.0, 0.5), losses)
    assert region["value"]["rotation"] == 0
    assert any("cannot tell" in str(loss) for loss in losses)


def test_what_reaches_beyond_the_picture_is_cut() -> None:
    losses = Losses()
    table = boxes([-10, 10, 20, 60], [300, 0, 310, 10])
    (region,) = only("rectanglelabels", table, losses)
    assert corners(region["value"])[[0, 2]].tolist() == [[0, 10], [20, 50]]
    told = {loss.what: loss.count for loss in losses}
    assert any("left out" in what for what in told)
    assert any("cut" in what for what in told)


def test_parts_are_regions_that_hang_on_the_first() -> None:
    losses = Losses()
    parts = [[[(0, 0), (10, 0), (10, 10)]], [[(20, 20), (40, 20), (40, 40)]]]
    first, second = only("polygonlabels", polygon(*parts), losses)
    assert second["parentID"] == first["id"] != second["id"]
    assert "parentID" not in first
    assert first["value"]["points"] == [[0, 0], [5, 0], [5, 20]]
    assert first["value"]["closed"] is True
    assert not losses


def test_a_hole_is_joined_to_its_outline_and_told() -> None:
    losses = Losses()
    outer = [(0, 0), (40, 0), (40, 40), (0, 40)]
    hole = [(10, 10), (10, 30), (30, 30), (30, 10)]
    (region,) = only("polygonlabels", polygon([outer, hole]), losses)
    ring = np.array(region["value"]["points"]) * SIZE / 100
    x, y = ring.T
    area = abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2
    assert area == pytest.approx(40 * 40 - 20 * 20, rel=1e-6)
    assert any("hole" in loss.what and loss.count == 1 for loss in losses)


def test_a_mask_is_strokes_bits_and_an_ellipse() -> None:
    y, x = np.mgrid[:50, :200]
    dx, dy = x + 0.5 - 100, y + 0.5 - 25
    u, v = dx * 0.8 + dy * 0.6, dy * 0.8 - dx * 0.6
    dense = (u / 30) ** 2 + (v / 12) ** 2 <= 1
    table = mask(dense)
    wanted = masks.encode(dense)
    (strokes,) = only("brushlabels", table)
    assert brush.decode(strokes["value"]["rle"], SIZE) == wanted
    assert strokes["value"]["format"] == "rle"
    (bits,) = only("bitmasklabels", table)
    assert bitmask.decode(bits["value"]["imageDataURL"], SIZE) == wanted
    (oval,) = only("ellipselabels", table)
    value = oval["value"]
    assert [value["x"] * 2, value["y"] / 2] == pytest.approx([100, 25], abs=0.2)
    assert [value["radiusX"] * 2, value["radiusY"] / 2] == pytest.approx([30, 12], rel=0.02)
    turn = np.degrees(np.arctan2(0.6, 0.8))
    assert value["rotation"] % 180 == pytest.approx(turn, abs=0.5)


def test_a_mask_traced_for_a_polygon_covers_the_same_pixels() -> None:
    dense = np.zeros((50, 200), bool)
    dense[10:40, 30:90] = True
    (region,) = only("polygonlabels", mask(dense))
    ring = np.array(region["value"]["points"]) * SIZE / 100
    drawn = masks.from_rings([[ring]], SIZE)
    assert masks.iou([drawn], [masks.encode(dense)])[0, 0] == 1


def test_tags_are_one_region() -> None:
    table = Annotations.of(2, kinds=[Kind.TAG] * 2, labels=[0, 1], scores=[0.6, 0.9])
    text = tag("Choices", "c")
    (lone,) = regions(view(text), table)
    assert lone["value"] == {"choices": ["person"]}
    assert lone["score"] == 0.9
    (both,) = regions(view(text.replace("toName", 'choice="multiple" toName')), table)
    assert both["value"] == {"choices": ["car", "person"]}
    assert both["score"] == pytest.approx(0.75)


def pose() -> Annotations:
    """Two persons; the hand of the first is hidden, the second has a head only."""
    points = np.array(
        [[[10, 5, 2], [20, 10, 1], [30, 15, 2]], [[110, 5, 2], [0, 0, 0], [0, 0, 0]]], float
    )
    return Annotations.of(
        2,
        labels=[1, 1],
        boxes=[[5, 0, 40, 20], [105, 0, 140, 20]],
        scores=[0.9, 0.3],
        keypoints=points,
        keypoint_scores=[[0.9, 0.4, 0.8], [0.7, 0.1, 0.05]],
    )


def test_skeletons_of_two_persons_stay_apart() -> None:
    """The reference converter puts all persons of a picture into one annotation."""
    found = regions(POSE, pose())
    parents = [r for r in found if r["type"] == "rectanglelabels"]
    points = [r for r in found if r["type"] == "keypointlabels"]
    assert [r["from_name"] for r in parents] == ["bones_bbox"] * 2
    assert len({r["id"] for r in found}) == len(found) == 6
    told = [(p["parentID"], p["value"]["keypointlabels"][0]) for p in points]
    first, second = (r["id"] for r in parents)
    assert told == [(first, "head"), (first, "hand"), (first, "foot"), (second, "head")]
    assert [p["score"] for p in points] == [0.9, 0.4, 0.8, 0.7]
    assert [p.get("meta") for p in points] == [None, {"visibility": 1}, None, None]
    assert points[0]["value"]["width"] == 0.5  # one pixel


def test_the_box_is_not_written_twice() -> None:
    found = regions(POSE.replace('model_skip="true"', ""), pose())
    assert sum(r["type"] == "rectanglelabels" for r in found) == 2
    assert len({r["id"] for r in found}) == len(found)


def test_without_boxes_a_text_keeps_skeletons_together() -> None:
    bare = view(POSE[POSE.index("<KeyPointLabels") : POSE.index("</View>")])
    losses = Losses()
    found = regions(bare, pose(), losses)
    assert [(loss.what, loss.count) for loss in losses] == [
        ("score of keypoints that hang on no region", 2)
    ]
    assert {r["type"] for r in found} == {"keypointlabels"}
    assert [r["meta"]["text"] for r in found] == [["person 1"]] * 3 + [["person 2"]]
    assert not any("parentID" in r for r in found)


def test_keypoints_are_chosen_by_score_where_the_control_says_so() -> None:
    asked = POSE.replace('name="bones" ', 'name="bones" model_point_threshold="0.08" ')
    found = [r for r in regions(asked, pose()) if r["type"] == "keypointlabels"]
    assert [r["value"]["keypointlabels"] for r in found][3:] == [["head"], ["hand"]]
    strict = POSE.replace('name="bones" ', 'name="bones" model_point_threshold="0.85" ')
    found = [r for r in regions(strict, pose()) if r["type"] == "keypointlabels"]
    assert len(found) == 1


def test_thresholds_of_a_control_hold() -> None:
    text = view(
        tag("RectangleLabels", "a", more='model_score_threshold="0.4"'), tag("EllipseLabels", "b")
    )
    table = Annotations.of(2, boxes=[[0, 0, 9, 9], [10, 10, 20, 20]], scores=[0.3, 0.5])
    assert [r["from_name"] for r in regions(text, table)] == ["b", "a", "b"]


def test_bare_tags_are_two_results_of_one_id() -> None:
    shape, named, *_ = regions(BARE, boxes([0, 0, 9, 9]))
    assert shape["id"] == named["id"]
    assert (shape["type"], named["type"]) == ("rectangle", "labels")
    assert named["value"]["labels"] == ["car"]
    assert "labels" not in shape["value"]


def test_nothing_seen_is_an_empty_result() -> None:
    """The reference backend fails where nothing is detected."""
    found = encoding.prediction(regions(EVERY, Annotations.empty()), "v1")
    assert found == {"model_version": "v1", "score": 0.0, "result": []}


def test_the_same_answer_has_the_same_bytes_and_no_id_twice() -> None:
    table = boxes([0, 0, 9, 9], [0, 0, 9, 9])
    first, again = regions(EVERY, table), regions(EVERY, table)
    assert json.dumps(first) == json.dumps(again)
    assert len({r["id"] for r in first}) == len(first)


def test_coordinates_that_are_no_numbers_are_left_out() -> None:
    losses = Losses()
    found = regions(EVERY, boxes([0, 0, np.nan, 9], [0, np.inf, 1, 1]), losses)
    assert found == []
    assert any("no number" in loss.what for loss in losses)


def test_encode_writes_one_control() -> None:
    control = config.parse(EVERY).control("rectanglelabels")
    assert control is not None
    table = Annotations.of(2, boxes=[[0, 0, 9, 9]] * 2, labels=[0, 1])
    (region,) = encoding.encode(table, [None, "person"], control, SIZE)
    assert region["value"]["rectanglelabels"] == ["person"]
    assert "score" not in region


def test_scores_are_plain_floats() -> None:
    found = encoding.prediction(regions(EVERY, boxes([0, 0, 9, 9])), "v")
    assert {type(r["score"]) for r in found["result"]} == {float}
    assert type(found["score"]) is float


WANTED = Wanted(
    columns=frozenset(
        {"images", "kinds", "boxes", "labels", "scores", "rotated", "rings", "masks"}
        | {"keypoints", "keypoint_scores"}
    ),
    rows=(1, 4),
    items=1,
    unseen=False,
)


@pytest.mark.label_studio
@pytest.mark.parametrize("text", [EVERY, BARE, POSE])
@FEW
@given(data=st.data())
def test_the_sdk_takes_everything(sdk: Oracle, text: str, data: st.DataObject) -> None:
    dataset = data.draw(datasets(WANTED))
    named = zip(("car", "person", "dog"), dataset.labels, strict=False)
    labels = [Label(name, keypoints=label.keypoints) for name, label in named]
    found = []
    for item in dataset.items:
        assert item.annotations is not None
        assert item.size is not None
        made = encoding.result(item.annotations, route(config.parse(text), labels), item.size)
        found.append(encoding.prediction(made, "v"))
    sdk.accepts(text, *found)


FAR = st.floats(-300, 500, allow_subnormal=False)
FAR_ROWS = st.tuples(FAR, FAR, st.floats(0, 600), st.floats(0, 600), st.floats(-7, 7))


@pytest.mark.label_studio
@FEW
@given(rows=st.lists(FAR_ROWS, min_size=1, max_size=4))
def test_the_sdk_takes_what_lies_outside(sdk: Oracle, rows: list[tuple[float, ...]]) -> None:
    five = np.array(rows)
    n = len(five)
    tables = [
        Annotations.of(n, kinds=[kind] * n, boxes=rotated.bounds(five), rotated=five)
        for kind in (Kind.ROTATED, Kind.ELLIPSE, Kind.BOX)
    ]
    rings = Rings.of([[[corner]] for corner in rotated.corners(five)])
    tables.append(
        Annotations.of(n, kinds=[Kind.POLYGON] * n, boxes=rotated.bounds(five), rings=rings)
    )
    sdk.accepts(EVERY, *(encoding.prediction(regions(EVERY, table), "v") for table in tables))
