"""Which controls a model feeds, and which label each of its classes becomes there."""

from __future__ import annotations

import time

import pytest
from label_studio_configs import EVERY, POSE, tag, view

from formats.dataset import Label
from formats.errors import FormatError
from formats.label_studio import config
from formats.label_studio.mapping import FEEDS, Route, route

MODEL = (Label("car"), Label("person", keypoints=("head", "hand", "foot")), Label("traffic light"))


VIDEO = (
    '<View><Video name="v" value="$v"/><RectangleLabels name="r" toName="v">'
    '<Label value="car"/></RectangleLabels></View>'
)


def routes(text: str, alias: dict[str, str] | None = None, task: str = "") -> dict[str, Route]:
    found = route(config.parse(text), MODEL, alias, task)
    return {r.control.name: r for r in found}


def names(labels: str, alias: dict[str, str] | None = None) -> tuple[str | None, ...]:
    text = view(f'<RectangleLabels name="r" toName="image">{labels}</RectangleLabels>')
    found = routes(text, alias)
    return found["r"].names if found else (None, None, None)


def test_a_class_is_found_whatever_its_case_and_blanks() -> None:
    """The reference backend loses "car" beside a label "Car"."""
    labels = '<Label value="Car"/><Label value="PERSON"/><Label value="Traffic_Light"/>'
    assert names(labels) == ("Car", "PERSON", "Traffic_Light")


def test_the_same_name_comes_before_one_that_resembles_it() -> None:
    assert names('<Label value="CAR"/><Label value="car"/>')[0] == "car"
    assert names('<Label value="CAR"/><Label value="Car"/>')[0] is None


def test_results_say_the_alias() -> None:
    assert names('<Label value="car" alias="auto"/>')[0] == "auto"
    assert names('<Label value="auto" alias="car"/>')[0] == "car"


def test_predicted_values_name_the_classes_of_the_model() -> None:
    labels = '<Label value="Car"/><Label value="thing" predicted_values="Traffic Light,car"/>'
    assert names(labels) == ("thing", None, "thing")


def test_a_map_comes_first_and_can_leave_a_class_out() -> None:
    labels = '<Label value="car"/><Label value="thing" predicted_values="person"/>'
    told = {"Car": "THING", "person": "", "unknown": "car", "traffic_light": "gone"}
    assert names(labels, told) == ("thing", None, None)


@pytest.mark.parametrize("task", FEEDS)
def test_a_model_feeds_what_it_can_draw(task: str) -> None:
    found = routes(EVERY, task=task)
    expected = {kind for kind in FEEDS[task] if kind.endswith("labels") or kind == "choices"}
    if task == "pose":  # no label of this control is a keypoint
        expected -= {"keypointlabels"}
    assert set(found) == expected
    assert all(r.names == ("car", "person", None) for r in found.values())


def test_a_rotated_box_fills_rectangles_and_polygons() -> None:
    assert set(routes(EVERY, task="obb")) == {"rectanglelabels", "polygonlabels"}


@pytest.mark.parametrize(
    "text",
    [
        view(tag("RectangleLabels", "r", more='model_skip="true"')),
        view(tag("RectangleLabels", "r", ("boat",))),
        view(tag("Choices", "c", more='perRegion="true"')),
        view('<TextArea name="t" toName="image"/>', '<Rating name="n" toName="image"/>'),
        VIDEO,
    ],
)
def test_other_controls_get_nothing(text: str) -> None:
    assert routes(text) == {}


def test_thresholds_are_those_of_the_control() -> None:
    text = view(
        tag("RectangleLabels", "a", more='model_score_threshold="0.05" model_iou="0.4"'),
        tag("PolygonLabels", "b", more='score_threshold="0.6"'),
        tag("BrushLabels", "c", more='model_conf="0.7"'),
        tag("EllipseLabels", "d"),
    )
    found = routes(text)
    assert [r.conf for r in found.values()] == [0.05, 0.6, 0.7, None]
    assert found["a"].iou == 0.4


def test_a_path_of_a_model_is_a_name_and_nothing_is_opened() -> None:
    text = view(tag("RectangleLabels", "r", more='model_path="/etc/passwd"'))
    assert routes(text)["r"].model == "/etc/passwd"


def test_a_number_that_is_none_names_its_line() -> None:
    text = view("\n", tag("RectangleLabels", "r", more='score_threshold="high"'))
    with pytest.raises(FormatError, match="score_threshold") as error:
        routes(text)
    assert error.value.where == "label config:2"


def test_skeletons_hang_on_the_box_of_their_name() -> None:
    found = routes(POSE, task="pose")
    assert set(found) == {"bones"}  # the box itself has model_skip
    bones = found["bones"]
    assert bones.names == (None, "person", None)
    assert bones.points[1] == ("head", "hand", "foot")
    assert not any(bones.points[0] + bones.points[2])
    assert bones.parent is not None
    assert (bones.parent.name, bones.parent_names) == ("bones_bbox", (None, "person", None))


def test_keypoints_come_by_index_before_they_come_by_name() -> None:
    text = view(
        '<KeyPointLabels name="k" toName="image" model_point_threshold="0.3" '
        'model_point_size="5"><Label value="Foot"/><Label value="nose" model_index="1"/>'
        '<Label value="tail"/></KeyPointLabels>'
    )
    found = routes(text, task="pose")["k"]
    assert found.points[1] == (None, "nose", "Foot")
    assert found.parent is None
    assert (found.point_conf, found.point_size) == (0.3, 5.0)


def test_without_boxes_skeletons_hang_on_those_that_are_there_anyway() -> None:
    points = (
        '<KeyPointLabels name="k" toName="image" model_add_bboxes="false">'
        '<Label value="head" predicted_values="person"/></KeyPointLabels>'
    )
    boxes = tag("RectangleLabels", "boxes", ("person",))
    found = routes(view(boxes, points), task="pose")
    assert found["k"].parent is not None
    assert found["k"].parent.name == "boxes"
    skipped = tag("RectangleLabels", "boxes", ("person",), 'model_skip="true"')
    assert routes(view(skipped, points), task="pose")["k"].parent is None


def test_a_thousand_classes_are_mapped_in_no_time() -> None:
    many = [Label(f"class {k}") for k in range(1000)]
    parsed = config.parse(view(tag("Choices", "c", [f"Class_{k}" for k in range(1000)])))
    start = time.perf_counter()
    (found,) = route(parsed, many)
    assert time.perf_counter() - start < 1
    assert found.names == tuple(f"Class_{k}" for k in range(1000))
