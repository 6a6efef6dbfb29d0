"""`prelabel label-studio pull`: an export becomes a data set, one item for each annotator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from studio_double import Double

import formats
from formats.errors import FormatError, UnknownName
from prelabel import pull
from prelabel.errors import JobError

CONFIG = """<View><Image name="image" value="$image"/>
<RectangleLabels name="box" toName="image"><Label value="wolf"/><Label value="bear"/>
<Label value="ant"/></RectangleLabels></View>"""


def region(label: str, x: float) -> dict[str, Any]:
    value = {"x": x, "y": 20, "width": 10, "height": 40, "rotation": 0, "rectanglelabels": [label]}
    return {
        "id": f"{label}{x}",
        "from_name": "box",
        "to_name": "image",
        "type": "rectanglelabels",
        "value": value,
        "original_width": 200,
        "original_height": 100,
    }


def task(number: int, **said: list[dict]) -> dict[str, Any]:
    """An exported task; `said`: the regions of each annotator."""
    annotations = [
        {"id": 10 * number + i, "completed_by": {"email": f"{who}@x.org"}, "result": regions}
        for i, (who, regions) in enumerate(said.items())
    ]
    address = f"/data/upload/7/0a1b2c3d-{number}.jpg"
    return {"id": number, "data": {"image": address}, "annotations": annotations}


@pytest.fixture
def studio() -> Double:
    tasks = [
        task(1, ann=[region("wolf", 10), region("ant", 50)], bob=[region("bear", 10)]),
        task(2, ann=[]),
    ]
    return Double(CONFIG, {}, export=tasks)


def pulled(studio: Double, out: Path, **more: Any) -> tuple[pull.Counts, Any]:
    given = {"to": "native", "out": out, **more}
    return pull.run(pull.Pull(project=7, **given), studio.client())


def test_an_item_for_every_annotator_of_a_picture(studio: Double, tmp_path: Path) -> None:
    counts, losses = pulled(studio, tmp_path / "out")
    assert str(counts) == "2 pictures, 3 items, 2 annotators, 3 objects"
    assert not list(losses)
    dataset = formats.read(tmp_path / "out")
    groups = dataset.by_image()
    assert [len(items) for items in groups.values()] == [2, 1]
    first = {item.annotator: item.annotations for item in next(iter(groups.values()))}
    assert sorted(first) == ["ann@x.org", "bob@x.org"]
    assert np.allclose(first["ann@x.org"].boxes, [[20, 20, 40, 60], [100, 20, 120, 60]])
    assert [label.name for label in dataset.labels] == ["wolf", "bear", "ant"]


def test_a_picture_without_objects_was_looked_at(studio: Double, tmp_path: Path) -> None:
    pulled(studio, tmp_path / "out")
    last = list(formats.read(tmp_path / "out").items)[-1]
    assert last.annotations is not None
    assert len(last.annotations) == 0


def test_any_format(studio: Double, tmp_path: Path) -> None:
    pulled(studio, tmp_path / "out.json", to="coco", reading={"annotators": "newest"})
    found = json.loads((tmp_path / "out.json").read_text())
    assert [category["name"] for category in found["categories"]] == ["wolf", "bear", "ant"]
    assert len(found["images"]) == 2


def test_what_a_format_cannot_hold_is_told(studio: Double, tmp_path: Path) -> None:
    _, losses = pulled(studio, tmp_path / "out.json", to="coco")
    assert any("annotator" in str(loss) for loss in losses)


def test_a_project_without_annotations_is_no_empty_data_set(studio: Double, tmp_path: Path) -> None:
    studio.export = []
    with pytest.raises(JobError, match="--everything"):
        pulled(studio, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_everything_asks_for_all_tasks(studio: Double, tmp_path: Path) -> None:
    for everything in (False, True):
        pulled(studio, tmp_path / str(everything), everything=everything)
    assert [dict(asked)["download_all_tasks"] for asked in studio.exports] == ["false", "true"]


def test_an_unknown_format_is_told_before_anything_is_asked(studio: Double, tmp_path: Path) -> None:
    with pytest.raises(UnknownName):
        pulled(studio, tmp_path / "out", to="cocco")


def test_a_broken_export_names_its_place(studio: Double, tmp_path: Path) -> None:
    studio.export = {"tasks": 3}
    with pytest.raises(FormatError):
        pulled(studio, tmp_path / "out")
