"""`prelabel label --to label-studio`: tasks that a project takes by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from jobs import Job
from PIL import Image

import formats

CONFIG = """<View>
  <Image name="photo" value="$photo"/>
  <RectangleLabels name="box" toName="photo" model_score_threshold="0.9">
    <Label value="Green" alias="leaf"/>
  </RectangleLabels>
</View>
"""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    pixels = np.zeros((128, 128, 3), np.uint8)
    pixels[64:, :64] = (0, 204, 0)
    pixels[:64, 64:] = (204, 0, 0)
    (tmp_path / "photos").mkdir()
    Image.fromarray(pixels).save(tmp_path / "photos/a.png")
    (tmp_path / "project.xml").write_text(CONFIG)
    return tmp_path


def test_tasks_speak_the_words_of_the_project(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = ("--label-config", str(photos / "project.xml"), "-o", "image_prefix=https://h/")
    job = Job(photos, "--to", "label-studio", "--conf", "0.5", *project)
    assert job.run() == 0
    out = job.out / "label-studio"
    (task,) = json.loads((out / "tasks.json").read_text())
    assert task["data"] == {"photo": "https://h/a.png"}
    (prediction,) = task["predictions"]
    assert prediction["model_version"]
    values = [region["value"] for region in prediction["result"]]
    assert {tuple(value["rectanglelabels"]) for value in values} == {("leaf",)}
    assert {"x": 0, "y": 50, "width": 50, "height": 50, "rotation": 0} in [
        {k: v for k, v in value.items() if k != "rectanglelabels"} for value in values
    ]
    told = capsys.readouterr().err
    assert "no control of the label config can hold" in told
    (item,) = formats.read(out).items
    assert item.path == "a.png"
    assert item.annotations is not None
    assert len(item.annotations) == len(values)


def test_a_config_that_is_none_fails_before_the_model_runs(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "project.xml").write_text("<View>\n<Image")
    job = Job(photos, "--to", "label-studio", "--label-config", str(photos / "project.xml"))
    assert job.run() != 0
    assert "project.xml:2: not XML" in capsys.readouterr().err
    assert not job.out.exists()


def test_the_option_belongs_to_a_format(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    job = Job(photos, "--to", "coco", "--label-config", str(photos / "project.xml"))
    assert job.run() != 0
    assert "no option 'label_config' of coco" in capsys.readouterr().err


def test_without_a_config_one_is_written(photos: Path) -> None:
    job = Job(photos, "--to", "label-studio", "--conf", "0.5")
    assert job.run() == 0
    back = formats.read(job.out / "label-studio")
    assert [label.name for label in back.labels] == ["red", "green", "blue"]
    (item,) = back.items
    assert item.annotations is not None
    assert set(item.annotations.labels.tolist()) == {0, 1}
