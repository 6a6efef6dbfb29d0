"""Corrections from a real Label Studio: what its webhook tells ends up in the store."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import served_process
import tiny_model
from jobs import draw
from label_studio_app import App
from served_process import Process

from formats.dataset import Item
from prelabel.corrections.reading import read
from prelabel.errors import JobError

pytestmark = [pytest.mark.label_studio, pytest.mark.xdist_group("label_studio")]

COLOURS = '<View><Image name="image" value="$image"/>{}</View>'.format(
    '<RectangleLabels name="box" toName="image" model_score_threshold="0.5">'
    '<Label value="red"/><Label value="green"/><Label value="blue"/></RectangleLabels>'
)


def box(x: float, label: str) -> dict[str, Any]:
    value = {"x": x, "y": 20, "width": 30, "height": 40, "rotation": 0}
    return {
        "id": f"at{x}",
        "from_name": "box",
        "to_name": "image",
        "type": "rectanglelabels",
        "original_width": 64,
        "original_height": 64,
        "origin": "manual",
        "value": {**value, "rectanglelabels": [label]},
    }


@dataclass
class Project:
    """A project whose model's webhook leads to a server that can read its pictures."""

    studio: App
    served: Process
    id: int
    tasks: list[int]
    store: Path

    def annotate(self, task: int, *drawn: dict[str, Any], **more: Any) -> int:
        body = {"result": list(drawn), "lead_time": 12.25, **more}
        return self.studio.post(f"/api/tasks/{task}/annotations/", body)["id"]

    def happens(self, what: Callable[[], bool]) -> bool:
        """Whether something comes true of the store within some seconds."""
        end = time.monotonic() + 30
        while not what() and time.monotonic() < end:
            time.sleep(0.1)
        return what()

    def kept(self) -> list[Item]:
        """The corrections that count; none before everything is worked off."""
        return [] if self.served.counted("corrections_pending") else self.left()

    def left(self) -> list[Item]:
        """The corrections that are there now."""
        try:
            return list(read(self.store, annotators="all")[1].items)
        except JobError:
            return []


@contextmanager
def begun(studio: App, folder: Path, form: Mapping[str, str], **known: Any) -> Iterator[Project]:
    """A project of two pictures; `form` of Connect Model."""
    photos = draw(studio.files / folder.name, 2)
    found = sorted(photos.glob("*.png"))
    data = [{"image": f"/data/local-files/?d={folder.name}/{path.name}"} for path in found]
    model = tiny_model.write(folder / "tiny.onnx")
    known |= {"label_studio_url": studio.url, "label_studio_files": studio.files}
    with served_process.serving({"tiny": model}, folder / "served", **known) as served:
        number = studio.project(COLOURS)
        tasks = studio.add(number, data)
        studio.connect(number, served.url, **form)
        store = folder / "served" / "data" / "corrections"
        yield Project(studio, served, number, tasks, store)


@pytest.fixture
def project(label_studio: App, tmp_path: Path) -> Iterator[Project]:
    with begun(label_studio, tmp_path, {}) as made:
        yield made


def test_an_annotation_is_kept_changed_and_deleted(project):
    project.studio.retrieve(project.id)
    first = project.annotate(project.tasks[0], box(10, "red"), box(50, "blue"))
    assert project.happens(lambda: len(project.kept()) == 1)
    (left,) = project.kept()
    assert left.extra["lead_time"] == 12.25
    assert np.allclose(left.annotations.boxes[:, 0], [6.4, 32])
    (seen,) = read(project.store)[0].items
    assert seen.path == left.path
    assert len(seen.annotations)
    project.studio.patch(f"/api/annotations/{first}/", {"result": [box(25, "green")]})
    assert project.happens(lambda: [len(i.annotations) for i in project.kept()] == [1])
    second = project.annotate(project.tasks[1])
    assert project.happens(lambda: len(project.kept()) == 2)
    project.studio.delete(f"/api/annotations/{first}/")
    assert project.happens(lambda: [len(i.annotations) for i in project.kept()] == [0])
    project.studio.patch(f"/api/annotations/{second}/", {"was_cancelled": True})
    assert project.happens(lambda: not project.kept())


def test_with_a_key_the_webhook_needs_its_secret(label_studio, tmp_path):
    form = {"auth_method": "BASIC_AUTH", "basic_auth_user": "any", "basic_auth_pass": "sesame"}
    with begun(label_studio, tmp_path, form, api_keys=["sesame"], webhook_secret="hush") as made:
        made.annotate(made.tasks[0], box(10, "red"))
        (hook,) = label_studio.get("/api/webhooks/", project=made.id)
        secret = {"url": f"{hook['url']}?secret=hush"}
        label_studio.patch(f"/api/webhooks/{hook['id']}/", secret)
        made.annotate(made.tasks[1], box(10, "red"), box(50, "blue"))
        assert made.happens(lambda: bool(made.left()))
        (left,) = made.left()
        assert len(left.annotations) == 2, "the first event came without the secret"
