"""The other calls of a real Label Studio: suggestions, events, credentials, a restart."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import label_studio_regions as regions
import numpy as np
import pytest
import served_process
import tiny_model
from jobs import draw
from label_studio_app import App

pytestmark = [pytest.mark.label_studio, pytest.mark.xdist_group("label_studio")]

COLOURS = '<View><Image name="image" value="$image"/>{}</View>'.format(
    '<RectangleLabels name="box" toName="image" model_score_threshold="0.5">'
    '<Label value="red"/><Label value="green"/><Label value="blue"/></RectangleLabels>'
)
SMART = (
    '<RectangleLabels name="box" toName="image" model_path="boxes" smart="true">'
    '<Label value="bus"/><Label value="person"/></RectangleLabels>'
)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.write(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture
def pictures(label_studio: App, tmp_path: Path) -> list[str]:
    """Addresses of two pictures among Label Studio's local files."""
    folder = draw(label_studio.files / tmp_path.name, 2)
    return [
        f"/data/local-files/?d={tmp_path.name}/{path.name}" for path in sorted(folder.glob("*.png"))
    ]


def happens(what: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether something comes true within some seconds."""
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.1)
    return what()


def drawn(x: float, y: float, width: float, height: float, label: str) -> dict:
    value = {"x": x, "y": y, "width": width, "height": height, "rotation": 0}
    return {
        "id": "drawn",
        "from_name": "box",
        "to_name": "image",
        "type": "rectanglelabels",
        "original_width": 810,
        "original_height": 1080,
        "is_positive": True,
        "value": {**value, "rectanglelabels": [label]},
    }


@pytest.mark.real
def test_a_smart_box_becomes_the_object_that_it_fits(beside):
    project = beside.studio.project(f'<View><Image name="image" value="$image"/>{SMART}</View>')
    (task,) = beside.studio.upload(project, beside.pictures[:1])
    backend = beside.studio.connect(project, beside.served.url, is_interactive=True)

    def suggested(region: dict) -> dict:
        body = {"task": task, "context": {"result": [region]}}
        answer = beside.studio.post(f"/api/ml/{backend['id']}/interactive-annotating", body)
        (found,) = answer["data"]["result"]
        return found

    bus = suggested(drawn(4, 25, 90, 42, "bus"))
    table, card = beside.seen("boxes", "bus.jpg")
    names = [card.labels[k].name for k in table.labels]
    assert np.abs(regions.box(bus) - table.boxes[names.index("bus")]).max() < 1e-3
    wall = suggested(drawn(40, 2, 20, 10, "bus"))
    assert np.allclose(regions.box(wall), [324, 21.6, 486, 129.6], atol=1e-3)


def test_annotations_are_told_to_the_server(label_studio, tiny, tmp_path, pictures):
    with served_process.serving({"tiny": tiny}, tmp_path) as served:
        project = label_studio.project(COLOURS)
        (task, *_) = label_studio.add(project, [{"image": address} for address in pictures])
        label_studio.connect(project, served.url)
        label_studio.post(f"/api/tasks/{task}/annotations/", {"result": [], "lead_time": 1})
        told = "label_studio_events_total"
        assert happens(lambda: served.counted(told, action="ANNOTATION_CREATED") == 1)


def test_credentials(label_studio, tiny, tmp_path, pictures):
    known = {
        "api_keys": ["open-sesame"],
        "label_studio_url": label_studio.url,
        "label_studio_files": label_studio.files,
    }
    with served_process.serving({"tiny": tiny}, tmp_path, **known) as served:
        project = label_studio.project(COLOURS)
        tasks = label_studio.add(project, [{"image": address} for address in pictures])
        form = {"auth_method": "BASIC_AUTH", "basic_auth_user": "any"}
        with pytest.raises(AssertionError, match="authentication parameters"):
            label_studio.connect(project, served.url, **form, basic_auth_pass="wrong")
        with pytest.raises(AssertionError, match="authentication parameters"):
            label_studio.connect(project, served.url)
        right = {**form, "basic_auth_pass": "open-sesame"}
        row = label_studio.connect(project, served.url, **right, extra_params={"a": 1})
        assert row["state"] == "CO"
        label_studio.retrieve(project)
        found = label_studio.predictions(project)
        assert [len(found[task]) for task in tasks] == [1] * len(tasks)


def test_versions_and_clicks_after_a_restart(label_studio, tiny, tmp_path, pictures):
    known = {"label_studio_url": label_studio.url, "label_studio_files": label_studio.files}
    project = label_studio.project(COLOURS)
    tasks = label_studio.add(project, [{"image": address} for address in pictures])
    with served_process.serving({"tiny": tiny}, tmp_path, **known) as served:
        backend = label_studio.connect(project, served.url)
        label_studio.retrieve(project, tasks[:1])
        port = served.port
    first = label_studio.predictions(project)
    assert [len(first[task]) for task in tasks] == [1, 0]
    with served_process.serving({"tiny": tiny}, tmp_path, port=port, **known) as served:
        label_studio.retrieve(project)
        label_studio.retrieve(project)
        versions = label_studio.get(f"/api/ml/{backend['id']}/versions")["versions"]
        assert served.counted("images_inferred_total") == 1
    found = label_studio.predictions(project)
    assert [len(found[task]) for task in tasks] == [1, 1]
    assert {p["model_version"] for one in found.values() for p in one} == {versions[0]}
    assert versions[0] == backend["model_version"] == first[tasks[0]][0]["model_version"]


def test_a_picture_that_is_broken_costs_only_itself(label_studio, tiny, tmp_path, pictures):
    known = {"label_studio_url": label_studio.url, "label_studio_files": label_studio.files}
    with served_process.serving({"tiny": tiny}, tmp_path, **known) as served:
        project = label_studio.project(COLOURS)
        data = [{"image": pictures[0]}, {"image": "/data/local-files/?d=gone.png"}]
        odd = {"image": "http://127.0.0.1:1/x.png"}
        whole, gone, inside, last = label_studio.add(project, [*data, odd, {"image": pictures[1]}])
        label_studio.connect(project, served.url)
        label_studio.retrieve(project)
        found = label_studio.predictions(project)
        counts = {task: len(predictions) for task, predictions in found.items()}
        assert counts == {whole: 1, gone: 0, inside: 0, last: 1}
        there = label_studio.files / pictures[0].partition("=")[2]
        shutil.copy(there, label_studio.files / "gone.png")
        label_studio.retrieve(project)
        assert len(label_studio.predictions(project)[gone]) == 1
        (label_studio.files / "gone.png").unlink()


def test_local_files_come_through_label_studio_where_the_folder_is_not_here(
    label_studio, tiny, tmp_path, pictures
):
    known = {
        "label_studio_url": label_studio.url,
        "label_studio_api_key": label_studio.personal,
    }
    with served_process.serving({"tiny": tiny}, tmp_path, **known) as served:
        project = label_studio.project(COLOURS)
        folder = label_studio.files / tmp_path.name
        label_studio.post("/api/storages/localfiles/", {"project": project, "path": str(folder)})
        tasks = label_studio.add(project, [{"image": address} for address in pictures])
        label_studio.connect(project, served.url)
        label_studio.retrieve(project)
        found = label_studio.predictions(project)
        assert [len(found[task]) for task in tasks] == [1] * len(tasks)
