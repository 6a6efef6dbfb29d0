"""Retrieve Predictions in a real Label Studio: what it has afterwards is what the model says."""

from __future__ import annotations

from itertools import groupby

import label_studio_regions as regions
import numpy as np
import pytest
from label_studio_app import LEGACY

from formats.annotations import Annotations
from formats.columns import Kind
from geometry import masks
from prelabel.clients.label_studio import LabelStudio

pytestmark = [pytest.mark.label_studio, pytest.mark.real, pytest.mark.xdist_group("label_studio")]

PIXEL = 1e-3
"""Six digits behind the point of a percent are a hundred thousandth of a pixel here."""
SIDES = ["eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"]
KEYPOINTS = ["nose", *(f"{side}_{part}" for part in SIDES for side in ("left", "right"))]


def control(tag: str, model: str, labels: list[str], more: str = "", name: str = "control") -> str:
    """A control that asks for one of the served models."""
    one = "Choice" if tag == "Choices" else "Label"
    inside = "".join(f'<{one} value="{label}"/>' for label in labels)
    head = f'{tag} name="{name}" toName="image" model_path="{model}"'
    return f"<{head} {more}>{inside}</{tag}>"


def by_score(found: Annotations, least: float = 0.0) -> Annotations:
    return found[np.argsort(-found.scores, kind="stable")][: int((found.scores >= least).sum())]


@pytest.mark.parametrize("form", ["legacy", "personal"])
def test_both_forms_of_token_are_accepted(label_studio, form):
    key = LEGACY if form == "legacy" else label_studio.personal
    project = label_studio.project("<View/>")
    with LabelStudio.at(label_studio.url, key) as studio:
        assert studio.version() == "1.23.2"
        assert studio.project(project).config == "<View/>"


def test_rectangles(beside):
    config = control("RectangleLabels", "boxes", ["Person", "bus", "tie"])
    found = beside.retrieved(beside.project(config))
    for picture, prediction in found.items():
        expected, card = beside.seen("boxes", picture)
        names = [card.labels[k].name for k in expected.labels]
        expected = by_score(expected[np.isin(names, ["person", "bus", "tie"])])
        result = sorted(prediction["result"], key=lambda region: -region["score"])
        assert np.abs(expected.boxes - [regions.box(r) for r in result]).max() < PIXEL
        assert [r["score"] for r in result] == pytest.approx(list(expected.scores))
        assert [regions.label(r).lower() for r in result] == [
            card.labels[k].name for k in expected.labels
        ]
    assert {regions.label(r) for r in found["bus.jpg"]["result"]} == {"Person", "bus"}
    (version,) = {prediction["model_version"] for prediction in found.values()}
    assert version


def test_rotated_rectangles(beside):
    config = control("RectangleLabels", "turned", ["red", "green", "blue"])
    found = beside.retrieved(beside.project(config))
    for picture, prediction in found.items():
        expected, card = beside.seen("turned", picture)
        drawn = np.array([regions.corners(region) for region in prediction["result"]])
        _, height = regions.size(prediction["result"][0])
        expected = expected[expected.boxes[:, 1] < height]  # the model also looks at the margin
        nearest, apart = paired(turned(expected), drawn)
        assert apart.max() < PIXEL
        assert sorted(nearest) == list(range(len(drawn)))
        assert len(drawn) > 10
        names = [regions.label(prediction["result"][k]) for k in nearest]
        assert names == [card.labels[k].name for k in expected.labels]


def paired(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest of b to each of a, and its distance; corners may begin anywhere."""
    starts = [np.roll(b, k, axis=1) for k in range(4)]
    apart = [np.abs(a[:, None] - start[None]).max(axis=(2, 3)) for start in starts]
    least = np.min(apart, axis=0)
    return least.argmin(axis=1), least.min(axis=1)


def turned(found: Annotations) -> np.ndarray:
    """(N, 4, 2) corners of rotated boxes, from the top-left one on."""
    assert (found.kinds == Kind.ROTATED).all()
    cx, cy, w, h, angle = found.rotated.T
    along = np.stack([np.cos(angle), np.sin(angle)], axis=1) * w[:, None] / 2
    down = np.stack([-np.sin(angle), np.cos(angle)], axis=1) * h[:, None] / 2
    centre = np.stack([cx, cy], axis=1)
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return np.stack([centre + a * along + b * down for a, b in signs], axis=1)


def test_polygons(beside):
    config = control("PolygonLabels", "masks", ["person", "bus"])
    found = beside.retrieved(beside.project(config))["bus.jpg"]["result"]
    expected = by_score(beside.seen("masks", "bus.jpg")[0])
    objects = [list(parts) for _, parts in groupby(found, lambda r: r.get("parentID", r["id"]))]
    assert len(objects) == len(expected)
    for parts, row in zip(objects, expected.rows(), strict=True):
        drawn, seen = regions.filled(parts), masks.decode(row.mask).astype(bool)
        assert (drawn & seen).sum() / (drawn | seen).sum() > 0.97


def test_brushes(beside, oracle):
    config = control("BrushLabels", "masks", ["person", "bus"])
    project = beside.project(config)
    found = beside.retrieved(project)["bus.jpg"]
    expected = by_score(beside.seen("masks", "bus.jpg")[0])
    xml = beside.studio.get(f"/api/projects/{project}")["label_config"]
    errors, drawn = oracle.asked(xml, [found], masks=2)
    assert not errors
    assert len(found["result"]) == len(expected)
    for alpha, row in zip(drawn, expected.rows(), strict=False):
        assert set(np.unique(alpha)) == {0, 255}
        assert np.array_equal(alpha > 0, masks.decode(row.mask).astype(bool))


def test_bitmasks(beside):
    found = beside.retrieved(beside.project(control("BitmaskLabels", "masks", ["person", "bus"])))
    for picture, prediction in found.items():
        rows = [r for r in by_score(beside.seen("masks", picture)[0]).rows() if r.label in (0, 5)]
        for region, row in zip(prediction["result"], rows, strict=True):
            assert np.array_equal(regions.bitmap(region), masks.decode(row.mask).astype(bool))


def test_keypoints(beside):
    config = (
        control("KeyPointLabels", "people", KEYPOINTS),
        control("RectangleLabels", "people", ["person"], name="people"),
    )
    found = beside.retrieved(beside.project(*config))
    for picture, prediction in found.items():
        expected = by_score(beside.seen("people", picture)[0])
        people = [r for r in prediction["result"] if r["type"] == "rectanglelabels"]
        assert len(people) == len(expected) > 0
        for person, row in zip(people, expected.rows(), strict=True):
            assert np.abs(regions.box(person) - row.box).max() < PIXEL
            points = [r for r in prediction["result"] if r.get("parentID") == person["id"]]
            assert len(points) == len({regions.label(p) for p in points}) > 3
            for point in points:
                k = KEYPOINTS.index(regions.label(point))
                place = [point["value"][axis] for axis in "xy"] * np.array(regions.size(point))
                assert np.abs(place / 100 - row.keypoints[k, :2]).max() < PIXEL


def test_choices(beside):
    config = control("Choices", "colour", ["red", "green", "blue"], 'model_score_threshold="0.1"')
    for picture, prediction in beside.retrieved(beside.project(config)).items():
        expected, card = beside.seen("colour", picture, conf=0.1)
        (region,) = prediction["result"]
        assert region["value"]["choices"] == [card.labels[expected.labels[0]].name]
        assert region["score"] == pytest.approx(expected.scores[0])


def test_everything_that_is_stored_is_valid_by_the_sdk(beside, oracle):
    project = beside.project(
        control("RectangleLabels", "boxes", ["person", "bus"], name="a"),
        control("RectangleLabels", "turned", ["red"], name="b"),
        control("PolygonLabels", "masks", ["person", "bus"], name="c"),
        control("BitmaskLabels", "masks", ["person", "bus"], name="d"),
        control("EllipseLabels", "masks", ["person", "bus"], name="e"),
        control("KeyPointLabels", "people", KEYPOINTS, name="f"),
        control("Choices", "colour", ["red", "green", "blue"], name="g"),
    )
    found = list(beside.retrieved(project).values())
    xml = beside.studio.get(f"/api/projects/{project}")["label_config"]
    assert oracle.asked(xml, found)[0] == []
    kinds = {region["type"] for prediction in found for region in prediction["result"]}
    assert kinds >= {"rectanglelabels", "polygonlabels", "bitmasklabels", "ellipselabels"}
    assert kinds >= {"keypointlabels", "choices"}
