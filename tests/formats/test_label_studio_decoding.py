"""Results as annotations: every shape, several results of one id, and what is counted as lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from dataset_strategies import Wanted, datasets
from hypothesis import given
from hypothesis import strategies as st

from formats.annotations import Annotations, Kind
from formats.dataset import Label
from formats.label_studio import bitmask, brush, config, decoding, encoding, generated
from formats.label_studio.choosing import routes
from formats.losses import Losses
from formats.unheld import stated
from geometry import masks

SIZE = (200, 50)
LABELS = (Label("car"), Label("person", keypoints=("head", "hand", "foot")), Label("dot"))


def region(kind: str, value: dict[str, Any], label: str = "car", **more: Any) -> dict[str, Any]:
    named = {kind: [label]} if kind.endswith("labels") and label else {}
    return {"type": kind, "from_name": "c", "to_name": "image", "value": {**value, **named}, **more}


def box(label: str = "car", **more: Any) -> dict[str, Any]:
    value = {"x": 10, "y": 20, "width": 20, "height": 50}
    return region("rectanglelabels", value, label, **more)


def read(*results: Any, losses: Losses | None = None) -> Annotations:
    return decoding.decode(results, LABELS, SIZE, losses)


def lost(*results: Any) -> dict[str, int]:
    losses = Losses()
    assert not len(read(*results, losses=losses))
    return {loss.what: loss.count for loss in losses}


def test_a_rectangle_is_a_box() -> None:
    table = read(box(score=0.25))
    assert table.kinds.tolist() == [Kind.BOX]
    assert table.boxes.tolist() == [[20, 10, 60, 35]]
    assert table.scores.tolist() == [0.25]
    assert table.labels.tolist() == [0]


def test_sides_below_zero_are_turned_over() -> None:
    value = {"x": 30, "y": 70, "width": -20, "height": -50, "rotation": 0}
    assert read(region("rectanglelabels", value)).boxes.tolist() == [[20, 10, 60, 35]]


def test_a_turned_rectangle_is_turned_in_pixels() -> None:
    """A quarter turn about (x, y): width runs down, height to the left."""
    value = {"x": 50, "y": 20, "width": 10, "height": 40, "rotation": 90}
    table = read(region("rectanglelabels", value))
    assert table.kinds.tolist() == [Kind.ROTATED]
    np.testing.assert_allclose(table.boxes, [[80, 10, 100, 30]], atol=1e-9)
    assert table.rotated is not None
    np.testing.assert_allclose(table.rotated, [[90, 20, 20, 20, np.pi / 2]], atol=1e-9)


def test_an_ellipse_has_its_own_bounds() -> None:
    value = {"x": 50, "y": 50, "radiusX": 10, "radiusY": 20, "rotation": 0}
    table = read(region("ellipselabels", value))
    assert table.kinds.tolist() == [Kind.ELLIPSE]
    np.testing.assert_allclose(table.boxes, [[80, 15, 120, 35]])
    assert table.rotated is not None
    np.testing.assert_allclose(table.rotated, [[100, 25, 40, 20, 0]])


def test_outlines_are_polygons_and_open_ones_lines() -> None:
    points = [[0, 0], [50, 0], [50, 100]]
    vertices = [{"x": x, "y": y, "isBezier": k == 1} for k, (x, y) in enumerate(points)]
    losses = Losses()
    table = read(
        region("polygonlabels", {"points": points, "closed": True}),
        region("polygonlabels", {"points": points}),
        region("polygonlabels", {"points": points, "closed": False}),
        region("vectorlabels", {"vertices": vertices, "closed": True}),
        region("vectorlabels", {"vertices": vertices, "closed": False}),
        losses=losses,
    )
    assert table.kinds.tolist() == [3, 3, Kind.LINE, 3, Kind.LINE]
    assert table.rings is not None
    assert all(r[0][0].tolist() == [[0, 0], [100, 0], [100, 50]] for r in table.rings)
    assert sum(odd.count for odd in losses.warnings.values()) == 2


def test_strokes_and_bits_are_masks() -> None:
    dense = np.zeros((50, 200), bool)
    dense[10:30, 40:80] = True
    mask = masks.encode(dense)
    strokes = {"format": "rle", "rle": list(brush.encode(mask))}
    table = read(
        region("brushlabels", strokes),
        region("bitmasklabels", {"imageDataURL": bitmask.encode(mask)}),
        region("brushlabels", {"format": "rle", "maskDataURL": bitmask.encode(mask)}),
    )
    assert table.masks is not None
    assert list(table.masks) == [mask] * 3
    assert table.boxes.tolist() == [[40, 10, 80, 30]] * 3


def point(name: str, x: float, **more: Any) -> dict[str, Any]:
    return region("keypointlabels", {"x": x, "y": 10, "width": 1}, name, **more)


def test_keypoints_join_the_region_they_hang_on() -> None:
    table = read(
        box("person", id="a", score=0.9),
        point("foot", 30, parentID="a", id="f", score=0.4),
        box("person", id="b"),
        point("head", 50, parentID="b", id="h", meta={"visibility": 1}),
        point("hand", 20, parentID="a", id="g"),
    )
    assert table.kinds.tolist() == [Kind.BOX, Kind.BOX]
    assert table.keypoints is not None
    wanted = [[[0, 0, 0], [40, 5, 2], [60, 5, 2]], [[100, 5, 1], [0, 0, 0], [0, 0, 0]]]
    assert table.keypoints.tolist() == wanted
    assert table.keypoint_scores is not None
    np.testing.assert_array_equal(table.keypoint_scores, [[np.nan, np.nan, 0.4], [np.nan] * 3])


def test_keypoints_without_a_region_are_kept_together_by_what_they_share() -> None:
    text = {"text": ["bbox-0"]}
    table = read(
        point("head", 10, id="1", meta=text),
        point("head", 50, id="2", parentID="gone"),
        point("foot", 20, id="3", meta=text),
        point("foot", 60, id="4", parentID="gone"),
        point("dot", 90, id="5"),
    )
    assert table.kinds.tolist() == [Kind.POINTS] * 3
    assert table.labels.tolist() == [1, 1, 2]
    assert table.boxes.tolist() == [[20, 5, 40, 5], [100, 5, 120, 5], [180, 5, 180, 5]]


def test_results_of_one_id_are_one_region() -> None:
    shape = {"x": 10, "y": 20, "width": 20, "height": 50}
    table = read(
        region("rectangle", shape, id="a"),
        region("labels", {**shape, "labels": ["person"]}, "", id="a"),
        region("choices", {**shape, "choices": ["dark"]}, id="a", from_name="colour"),
        region("textarea", {**shape, "text": ["one", "two"]}, id="a", from_name="note"),
    )
    assert table.labels.tolist() == [1]
    assert table.attributes is not None
    assert dict(table.attributes[0]) == {"colour": "dark", "note": ["one", "two"]}


def test_labels_alone_tell_the_shape() -> None:
    value = {"x": 10, "y": 20, "width": 20, "height": 50, "labels": ["car"]}
    assert read(region("labels", value, "")).boxes.tolist() == [[20, 10, 60, 35]]


def test_choices_about_the_picture_are_tags() -> None:
    table = read(region("choices", {"choices": ["person", "car"]}, score=0.5, id="c"))
    assert table.kinds.tolist() == [Kind.TAG] * 2
    assert table.labels.tolist() == [1, 0]
    assert np.isnan(table.boxes).all()


def test_polygons_that_hang_on_one_of_their_kind_are_its_parts() -> None:
    points = [[0, 0], [50, 0], [50, 100]]
    table = read(
        region("polygonlabels", {"points": points}, id="a"),
        region("polygonlabels", {"points": points}, id="b", parentID="a"),
        region("polygonlabels", {"points": points}, "person", id="c", parentID="a"),
        box(id="d", parentID="a"),
    )
    assert table.rings is not None
    assert table.rings.counts().tolist() == [2, 1, 0]
    assert table.groups is not None
    assert table.groups.tolist() == [0, 0, 0]


def test_regions_that_hang_on_each_other_do_not_go_round_for_ever() -> None:
    points = {"points": [[0, 0], [50, 0], [50, 100]]}
    table = read(
        region("polygonlabels", points, id="a", parentID="b"),
        region("polygonlabels", points, id="b", parentID="a"),
        region("polygonlabels", points, id="c", parentID="c"),
    )
    assert len(table) == 2


@pytest.mark.parametrize(
    "result",
    [
        region("hypertextlabels", {"start": 0, "end": 4}),
        region("labels", {"start": 0, "end": 4, "labels": ["car"]}, ""),
        region("videorectangle", {"sequence": [], "labels": ["car"]}),
        region("somethingnew", {"a": 1}),
        {"type": "relation", "from_id": "a", "to_id": "b"},
        region("textarea", {"text": ["about the picture"]}),
        box(""),
        box("boat"),
        region("polygonlabels", {"points": []}),
        region("polygonlabels", {"points": [[1, 2], [3]]}),
        region("polygonlabels", {"points": 3}),
        region("rectanglelabels", {"x": "a", "y": 0, "width": 1, "height": 1}),
        region("rectanglelabels", {"x": 1, "y": None, "width": 1, "height": 1}),
        region("rectanglelabels", {"x": float("nan"), "y": 0, "width": 1, "height": 1}),
        region("ellipselabels", {"x": 1, "y": 1}),
        region("brushlabels", {"format": "rle", "rle": [1, 2, 3]}),
        region("brushlabels", {"format": "png", "rle": [1, 2, 3]}),
        region("bitmasklabels", {"imageDataURL": 3}),
        region("vectorlabels", {"vertices": [1]}),
        point("toe", 10),
        point("", 10),
        region("keypointlabels", {"x": None, "y": 1}, "dot"),
        region("choices", {"choices": ["boat"]}),
        {"value": {}},
        {"type": "rectanglelabels"},
        "text",
        None,
    ],
)
def test_what_cannot_be_held_is_counted_and_stops_nothing(result: Any) -> None:
    assert sum(lost(result).values()) == 1
    assert len(read(result, box(id="good"))) == 1


def test_a_second_label_is_counted() -> None:
    losses = Losses()
    result = region("rectanglelabels", {"x": 0, "y": 0, "width": 1, "height": 1})
    result["value"]["rectanglelabels"] = ["person", "car"]
    assert read(result, losses=losses).labels.tolist() == [1]
    assert {loss.what: loss.count for loss in losses} == {"further label of a region": 1}


def test_a_keypoint_that_comes_twice_is_counted() -> None:
    losses = Losses()
    meta = {"text": ["x"]}
    table = read(point("head", 1, meta=meta), point("head", 2, meta=meta), losses=losses)
    assert len(table) == 1
    assert [loss.what for loss in losses] == ["keypoint that its object has already"]


def test_sizes_come_from_the_regions_where_nothing_else_tells_them() -> None:
    result = box(original_width=200, original_height=50)
    table = decoding.decode([result], LABELS)
    assert table.boxes.tolist() == [[20, 10, 60, 35]]
    losses = Losses()
    assert not len(decoding.decode([box()], LABELS, None, losses))
    assert [loss.count for loss in losses] == [1]
    decoding.decode([result], LABELS, (100, 100), losses)
    assert len(losses.warnings) == 1


def test_labels_are_found_whatever_their_case() -> None:
    assert read(box("CAR")).labels.tolist() == [0]


WANTED = Wanted(
    columns=frozenset(
        {"images", "kinds", "boxes", "labels", "scores", "rotated", "rings", "masks"}
        | {"keypoints", "keypoint_scores"}
    ),
    kinds=frozenset(Kind) - {Kind.LINE, Kind.TAG},
    holes=False,
    unseen=False,
    rows=(1, 4),
    items=1,
)


@given(data=st.data())
def test_what_was_encoded_comes_back(data: st.DataObject) -> None:
    dataset = data.draw(datasets(WANTED))
    known = config.parse(generated.xml(dataset.labels, list(Kind)))
    for item in dataset.items:
        assert item.annotations is not None
        assert item.size is not None
        made = encoding.result(item.annotations, routes(known, dataset.labels), item.size)
        losses = Losses()
        back = decoding.decode(made, dataset.labels, item.size, losses)
        assert not losses
        same(item.annotations, back)


def same(before: Annotations, after: Annotations) -> None:
    """Equal but for digits that are not written without `exact`."""
    assert after.kinds.tolist() == before.kinds.tolist()
    assert after.labels.tolist() == before.labels.tolist()
    np.testing.assert_array_equal(after.scores, before.scores)
    np.testing.assert_allclose(after.boxes, before.boxes, atol=1e-6)
    if stated(before, "rotated").any():
        assert after.rotated is not None
        np.testing.assert_allclose(after.rotated, before.rotated, atol=1e-6)
    if stated(before, "rings").any():
        assert after.rings is not None
        np.testing.assert_allclose(after.rings.points, before.rings.points, atol=1e-6)
    if stated(before, "masks").any():
        assert after.masks is not None
        assert list(after.masks) == list(before.masks)
