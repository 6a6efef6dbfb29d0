"""Corrections of every kind of control: an annotator who accepts all that is shown, or deletes it.

What is shown is what /predict answers, so the edits are known without any geometry.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny_heads
from label_studio_calls import Studio
from label_studio_configs import tag, view
from PIL import Image
from serving import Served, serve

from prelabel import scenes, weights
from prelabel.compare import match, panel
from prelabel.corrections.reading import read

POINTS = '<KeyPointLabels name="bones" toName="image" {}>{}</KeyPointLabels>'


@pytest.fixture(scope="module")
def classes(served: Served) -> dict[str, list[dict[str, Any]]]:
    """The classes of every model, as the API tells them."""
    names = ("masks", "points", "turned", "colour")
    return {name: served.client.get(f"/api/v1/models/{name}").json()["labels"] for name in names}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server over a model of every kind, and drawn scenes."""
    folder = tmp_path_factory.mktemp("scenes")
    for seed in range(2):
        Image.fromarray(scenes.draw(seed, 160).pixels).save(folder / f"{seed}.png")
    models = {
        "masks": weights.path("segment"),
        "points": weights.path("pose"),
        "turned": tiny_heads.obb(folder / "turned.onnx"),
        "colour": tiny_heads.classify(folder / "colour.onnx"),
    }
    with serve(models, folders=(str(folder),), workers=1) as found:
        yield found


def config(kind: str, classes: dict[str, list[dict[str, Any]]]) -> str:
    """A config whose controls take what one of the models finds."""
    names = {model: [label["name"] for label in labels] for model, labels in classes.items()}
    if kind == "skeletons":
        (first, *_) = classes["points"]
        marks = "".join(f'<Label value="{name}"/>' for name in first["keypoints"])
        bones = POINTS.format('model_path="points"', marks)
        boxes = tag("RectangleLabels", "bones_bbox", names["points"], 'model_path="points"')
        return view(boxes, bones)
    if kind == "two models":
        return view(
            tag("PolygonLabels", "outline", names["masks"], 'model_path="masks"'),
            tag("RectangleLabels", "turned", names["turned"], 'model_path="turned"'),
        )
    model = {"Choices": "colour", "Rotated": "turned"}.get(kind, "masks")
    control = "RectangleLabels" if kind in ("Rotated", "Rectangle") else kind
    return view(tag(control, "control", names[model], f'model_path="{model}"'))


KINDS = ("Rectangle", "PolygonLabels", "BrushLabels", "BitmaskLabels", "EllipseLabels", "Rotated")
KINDS += ("Choices", "skeletons", "two models")


def saved(number: int, path: str, config: str, result: list[Any]) -> dict[str, Any]:
    return {
        "action": "ANNOTATION_CREATED",
        "annotation": {"id": number, "result": result, "updated_at": "2026-11-20T10:00:00Z"},
        "task": {"id": number, "data": {"image": path}},
        "project": {"id": 1, "label_config": config},
    }


def edits(studio: Studio) -> dict[str, int]:
    """Of all corrections so far, over all models."""
    end = time.monotonic() + 60
    while studio.served.counted("corrections_pending") and time.monotonic() < end:
        time.sleep(0.01)
    models = studio.served.client.get("/api/v1/corrections").json()["models"]
    kinds = ("verify", "adjust", "delete", "draw", "relabel")
    return {kind: sum(model["edits"][kind] for model in models) for kind in kinds}


@pytest.mark.parametrize("kind", KINDS)
def test_who_accepts_all_has_nothing_to_do(served, classes, kind):
    studio = Studio(served, config(kind, classes))
    path = str(next(Path(served.settings.folders[0]).glob("0.png")))
    (told,) = studio.predict([path])
    shown = told["result"]
    assert shown
    before = edits(studio)
    number = KINDS.index(kind) + 1
    served.client.post("/webhook", json=saved(number, path, studio.config, shown))
    accepted = edits(studio)
    done = {name: accepted[name] - before[name] for name in before}
    assert done["verify"] > 0
    assert done == {**dict.fromkeys(before, 0), "verify": done["verify"]}
    sides = read(Path(served.settings.data_dir) / "corrections")
    (picture,) = panel([("model", sides[0]), ("people", sides[1])]).pictures
    seen, left = (item.annotations for item in picture.items)
    found = match(seen, left, size=picture.size)
    assert len(found.same) == len(left) <= len(seen)
    assert found.same_likeness.min() > 0.99, "what was accepted looks untouched to tune"
    again = saved(number + 100, path, studio.config, [])
    served.client.post("/webhook", json=again)
    emptied = edits(studio)
    assert emptied["delete"] - accepted["delete"] == done["verify"]
    for gone in (number, number + 100):
        body = {"action": "ANNOTATIONS_DELETED", "annotations": [{"id": gone}]}
        served.client.post("/webhook", json=body)
