"""Smart tools: a drawn box means the object it fits, points the smallest object that holds them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from fake_models import Factory
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from label_studio_calls import Start, Studio, config, control, pictures, region
from serving import serve

from formats.label_studio import brush
from formats.label_studio.config import parse
from prelabel import image, weights
from prelabel.labeler import Labeler
from prelabel.models.query import Query
from prelabel.scenes import draw
from server.protocols.label_studio.prompt import prompt

SMART = config(control('RectangleLabels smart="true"'))
LABEL = {"rectanglelabels": ["green"]}


class TestBoxes:
    """The fake model sees one box, as large as the picture."""

    @pytest.fixture
    def asked(self, studio: Studio, photos: Path) -> tuple[Studio, str]:
        return replace(studio, config=SMART), pictures(photos, 1)[0]

    def test_a_box_that_fits_becomes_the_object(self, asked: tuple[Studio, str]) -> None:
        studio, path = asked
        drawn = region(x=10, y=5, width=85, height=90, rotation=0, **LABEL)
        (found,) = studio.predict([path], [drawn])[0]["result"]
        assert (found["from_name"], found["type"]) == ("box", "rectanglelabels")
        assert (
            found["value"] == {"x": 0, "y": 0, "width": 100, "height": 100, "rotation": 0} | LABEL
        )

    def test_a_box_that_fits_nothing_stays(self, asked: tuple[Studio, str]) -> None:
        studio, path = asked
        drawn = region(x=10, y=20, width=30, height=25, rotation=0, **LABEL)
        (found,) = studio.predict([path], [drawn])[0]["result"]
        assert found["value"].pop("rectanglelabels") == ["green"]
        expected = {"x": 10, "y": 20, "width": 30, "height": 25, "rotation": 0}
        assert found["value"] == pytest.approx(expected)
        assert "score" not in found

    def test_without_a_selected_label_the_models_counts(self, asked: tuple[Studio, str]) -> None:
        studio, path = asked
        drawn = region(x=0, y=0, width=100, height=100)
        (found,) = studio.predict([path], [drawn])[0]["result"]
        mean = np.asarray(PIL.Image.open(path)).mean(axis=(0, 1))
        assert found["value"]["rectanglelabels"] == [("red", "green", "blue")[mean.argmax()]]

    def test_the_last_of_several_counts(self, asked: tuple[Studio, str]) -> None:
        studio, path = asked
        first = region(x=0, y=0, width=100, height=100, **LABEL)
        last = region(x=1, y=1, width=9, height=9, **LABEL)
        (found,) = studio.predict([path], [first, last])[0]["result"]
        assert found["value"]["width"] == pytest.approx(9)

    def test_a_known_picture_is_not_looked_at_again(self, asked: tuple[Studio, str]) -> None:
        studio, path = asked
        studio.predict([path])
        for _ in range(3):
            studio.predict([path], [region(x=0, y=0, width=50, height=50, **LABEL)])
        assert studio.inferred == 1

    def test_a_picture_that_cannot_be_had_is_nothing(self, asked: tuple[Studio, str]) -> None:
        studio, _ = asked
        drawn = region(x=0, y=0, width=50, height=50, **LABEL)
        assert studio.predict(["gone.jpg"], [drawn]) == [[]]

    def test_odd_regions_are_nothing(self, asked: tuple[Studio, str]) -> None:
        studio, path = asked
        for value in ({}, {"x": 1}, {"x": "1", "y": 2, "width": 3, "height": 4}, {"points": [1]}):
            assert studio.predict([path], [region(**value)]) == [[]]
        for odd in ({}, {"from_name": "other"}, {"from_name": "box"}, {"from_name": ["box"]}):
            assert studio.predict([path], [odd]) == [[]]

    def test_a_drawn_box_goes_to_the_control_it_was_drawn_with(
        self, asked: tuple[Studio, str]
    ) -> None:
        studio, path = asked
        several = config(
            control(name="a"),
            control('RectangleLabels smart="true"', name="b"),
            control("PolygonLabels", name="p"),
            control('RectangleLabels smart="true" smartOnly="true"', name="only"),
            control('EllipseLabels smart="true"', name="e"),
        )
        studio = replace(studio, config=several)
        whole = {"x": 0, "y": 0, "width": 100, "height": 100, "rotation": 0}
        round_ = {"x": 50, "y": 50, "radiusX": 50, "radiusY": 50, "rotation": 0}
        for name, drawn, target in (
            ("b", region("b", **whole, **LABEL), "b"),
            ("only", region("only", **whole, **LABEL), "p"),
            ("e", region("e", "ellipselabels", **round_, ellipselabels=["green"]), "e"),
        ):
            (found,) = studio.predict([path], [drawn])[0]["result"]
            assert found["from_name"] == target, name
            assert found["value"][found["type"]] == ["green"]

    def test_points_go_to_the_control_that_can_hold_an_object(
        self, asked: tuple[Studio, str]
    ) -> None:
        studio, path = asked
        points = control('KeyPointLabels smart="true"', name="point")
        drawn = region("point", "keypointlabels", x=40, y=60, width=0.4, keypointlabels=["blue"])
        for kinds, target in (
            (["RectangleLabels"], "RectangleLabels"),
            (["RectangleLabels", "PolygonLabels"], "PolygonLabels"),
            (["PolygonLabels", "BrushLabels", "RectangleLabels"], "BrushLabels"),
        ):
            shown = [control(kind, name=kind) for kind in kinds]
            asking = replace(studio, config=config(points, *shown))
            (found,) = asking.predict([path], [drawn])[0]["result"]
            assert found["from_name"] == target
            assert found["value"][target.lower()] == ["blue"]
        other = control("BrushLabels", name="brush", labels=["red"])
        asking = replace(studio, config=config(points, other, control()))
        (found,) = asking.predict([path], [drawn])[0]["result"]
        assert found["from_name"] == "box", "the brush has no such label"

    def test_points_outside_of_everything_are_nothing(self, asked: tuple[Studio, str]) -> None:
        studio, path = asked
        points = control('KeyPointLabels smart="true"', name="point")
        asking = replace(studio, config=config(points, control()))
        inside = {"x": 40, "y": 60, "width": 0.4, "keypointlabels": ["blue"]}
        for drawn in (
            [region("point", "keypointlabels", **inside, positive=False)],
            [
                region("point", "keypointlabels", **inside),
                region("point", "keypointlabels", **inside | {"x": 41}, positive=False),
            ],
        ):
            (found,) = asking.predict([path], drawn)
            assert found["result"] == []


def test_a_box_becomes_the_mask_of_the_object(tmp_path: Path) -> None:
    """Of the built-in model, in a drawn scene."""
    path = tmp_path / "scene.png"
    PIL.Image.fromarray(draw(3).pixels).save(path)
    with Labeler.open(weights.path("segment")) as labeler:
        picture, labels = image.decode(path.read_bytes()), labeler.card.labels
        table = labeler.label(picture, Query())
    assert len(table) > 1
    names = [label.name for label in labels]
    brushes = control("BrushLabels", "brush", names)
    smart = control('RectangleLabels smart="true" smartOnly="true"', "box", names)
    model = {"shapes": weights.path("segment")}
    with serve(model, data_dir=str(tmp_path / "data"), folders=(str(tmp_path),)) as served:
        studio = Studio(served, config(brushes, smart))
        for i in range(len(table)):
            name = names[table.labels[i]]
            drawn = region(**_percents(table.boxes[i], picture.size), rectanglelabels=[name])
            (found,) = studio.predict([str(path)], [drawn])[0]["result"]
            assert (found["from_name"], found["value"]["brushlabels"]) == ("brush", [name])
            assert brush.decode(found["value"]["rle"], picture.size) == table.masks[i]
            assert found["score"] == pytest.approx(table.scores[i])
        assert studio.inferred == 1


def _percents(box: np.ndarray, size: tuple[int, int]) -> dict[str, float]:
    x0, y0, x1, y1 = (box / np.array([*size, *size]) * 100).tolist()
    return {"x": x0, "y": y0, "width": x1 - x0, "height": y1 - y0, "rotation": 0}


def test_an_interactive_call_goes_before_a_pile(
    start: Start, photos: Path, factory: Factory
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from fake_models import until

    pile, (opened,) = pictures(photos, 200), pictures(photos, 1, start=200)
    with start(label_studio_deadline=20, workers=1) as studio, ThreadPoolExecutor(2) as pool:
        factory.inside.clear()
        many = pool.submit(studio.predict, pile)
        assert factory.entered.acquire(timeout=10)
        gate = studio.served.service.gate
        until(lambda: gate.inside + gate.waiting == 17)
        drawn = [region(x=0, y=0, width=99, height=99, **LABEL)]
        one = pool.submit(studio.predict, [opened], drawn)
        until(lambda: gate.inside + gate.waiting == 18)
        factory.inside.set()
        assert one.result(20)[0]["result"]
        assert len(factory.runs) < 100
        many.result(20)


class TestPrompt:
    CONFIG = parse(SMART)

    def test_a_turned_rectangle_is_turned_in_pixels(self) -> None:
        drawn = region(x=50, y=10, width=20, height=10, rotation=90) | {
            "original_width": 200,
            "original_height": 100,
        }
        asked = prompt([drawn], self.CONFIG)
        assert asked is not None
        # 40 x 10 px, turned about (100, 10): it then reaches 10 px to the left and 40 down
        assert asked.box((200, 100)) == pytest.approx([90, 10, 100, 50])

    def test_it_is_cut_to_the_picture(self) -> None:
        asked = prompt([region(x=-20, y=90, width=50, height=50)], self.CONFIG)
        assert asked is not None
        assert asked.box((200, 100)) == pytest.approx([0, 90, 60, 100])

    def test_polygons_and_ellipses(self) -> None:
        polygon = region(points=[[10, 20], [30, 20], [20, 60]], closed=True)
        ellipse = region(x=50, y=50, radiusX=10, radiusY=20, rotation=0)
        for drawn, box in ((polygon, [20, 20, 60, 60]), (ellipse, [80, 30, 120, 70])):
            asked = prompt([drawn], self.CONFIG)
            assert asked is not None
            assert asked.box((200, 100)) == pytest.approx(box)

    def test_both_ways_to_say_negative(self) -> None:
        points = [
            region(x=1, y=2, width=1),
            region(x=3, y=4, width=1, positive=False),
            region(x=5, y=6, width=1) | {"value": {"x": 5, "y": 6, "positive": False}},
        ]
        asked = prompt(points, self.CONFIG)
        assert asked is not None
        assert asked.points((100, 100)) == ([(1, 2)], [(3, 4), (5, 6)])


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["x", "y", "width", "height", "points", "rotation", "radiusX", "radiusY"]
            ),
            inner,
        )
    ),
    max_leaves=12,
)
FIELDS = ("from_name", "id", "type", "value", "original_width", "is_positive")


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=100)
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), ODD | st.just("box")), max_size=3))
def test_whatever_was_drawn_is_no_fault(drawn: list[dict]) -> None:
    asked = prompt(drawn, TestPrompt.CONFIG)
    if asked is not None and asked.corners is not None:
        x0, y0, x1, y1 = asked.box((64, 48))
        assert 0 <= x0 <= x1 <= 64
        assert 0 <= y0 <= y1 <= 48
