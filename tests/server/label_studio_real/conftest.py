"""One server with a model of every task beside the real Label Studio, for all tests here."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import served_process
import tiny_heads
from label_studio_app import App

from formats.annotations import Annotations
from prelabel import image
from prelabel.labeler import Labeler
from prelabel.models.card import Card
from prelabel.models.query import Query

ORACLE = Path(__file__).parents[2] / "label_studio_oracle.py"
CLICKS = 5
NAMES = ("bus.jpg", "zidane.jpg")

Prediction = dict[str, Any]


@dataclass(frozen=True)
class Beside:
    """A Label Studio, a server, its models by name and the pictures that projects are made of."""

    studio: App
    served: served_process.Process
    models: Mapping[str, Path]
    pictures: Sequence[Path]
    labelers: dict[str, Labeler] = field(default_factory=dict)

    def project(self, *controls: str, title: str = "a test") -> int:
        """A project with the pictures uploaded and the server connected."""
        shown = '<Image name="image" value="$image"/>'
        project = self.studio.project(f"<View>{shown}{''.join(controls)}</View>", title)
        self.studio.upload(project, self.pictures)
        assert self.studio.connect(project, self.served.url)["state"] == "CO"
        return project

    def retrieved(self, project: int) -> dict[str, Prediction]:
        """The one prediction of each picture after Retrieve Predictions.

        Where opening the models takes longer than Label Studio waits, it is clicked again.
        """
        for _ in range(CLICKS):
            self.studio.retrieve(project)
            found = self.studio.predictions(project)
            if all(found.values()):
                break
        assert [len(predictions) for predictions in found.values()] == [1] * len(self.pictures)
        return {self.picture(task): one for task, (one,) in found.items()}

    def picture(self, task: int) -> str:
        """The name of the picture of a task; Label Studio puts digits in front of it."""
        address = self.studio.get(f"/api/tasks/{task}")["data"]["image"]
        return next(name for name in NAMES if address.endswith(name))

    def seen(self, model: str, picture: str, conf: float = 0.25) -> tuple[Annotations, Card]:
        """What a model says by itself."""
        if model not in self.labelers:
            self.labelers[model] = Labeler.open(self.models[model], check=False)
        data = next(p for p in self.pictures if p.name == picture).read_bytes()
        labeler = self.labelers[model]
        return labeler.label(image.decode(data), Query(conf=conf)), labeler.card


@pytest.fixture(scope="session")
def models(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A model of every task, by name."""
    folder = tmp_path_factory.mktemp("models")
    real = real_data / "models"
    return {
        "boxes": real / "yolo11n_640_w16.onnx",
        "masks": real / "yolov8n-seg_640_w16.onnx",
        "people": real / "yolo11n-pose_640_w16.onnx",
        "turned": tiny_heads.obb(folder / "turned.onnx"),
        "colour": tiny_heads.classify(folder / "colour.onnx"),
    }


@pytest.fixture(scope="session")
def beside(
    label_studio: App,
    models: Mapping[str, Path],
    real_data: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Beside]:
    """The server, with Label Studio's personal access token."""
    known = {"label_studio_url": label_studio.url, "label_studio_api_key": label_studio.personal}
    with served_process.serving(models, tmp_path_factory.mktemp("served"), **known) as served:
        pictures = [real_data / "images" / name for name in NAMES]
        found = Beside(label_studio, served, models, pictures)
        yield found
        for labeler in found.labelers.values():
            labeler.close()


class Oracle:
    """Label Studio's SDK, in the environment that has it."""

    def __init__(self, python: Path, folder: Path) -> None:
        self._python = python
        self._folder = folder

    def asked(
        self, config: str, predictions: Sequence[Prediction], masks: int = 0
    ) -> tuple[list[str], list[np.ndarray]]:
        """(what is wrong with predictions, the first masks of brush regions)."""
        source, target = self._folder / "asked.json", self._folder / "told.npz"
        bare = [{k: p[k] for k in ("result", "score", "model_version")} for p in predictions]
        source.write_text(json.dumps({"config": config, "predictions": bare, "masks": masks}))
        subprocess.run([self._python, ORACLE, source, target], check=True, capture_output=True)
        with np.load(target) as told:
            errors = json.loads(str(told["errors"]))
            return errors, [told[f"mask{i}"] for i in range(len(told.files) - 1)]


@pytest.fixture
def oracle(label_studio_python: Path, tmp_path: Path) -> Oracle:
    return Oracle(label_studio_python, tmp_path)
