"""The commands against a real Label Studio: push, pull, doctor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import served_process
import tiny_model
from jobs import draw
from label_studio_app import LEGACY, App, running

import formats
from prelabel.commands import run
from prelabel.doctor import Mark
from prelabel.doctor.label_studio import Case, examine

pytestmark = [pytest.mark.label_studio, pytest.mark.xdist_group("label_studio")]

CONFIG = """<View><Image name="image" value="$image"/>
<RectangleLabels name="box" toName="image" model_score_threshold="0.5">
<Label value="green"/><Label value="Red"/></RectangleLabels></View>"""
COUNT = 30


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.write(tmp_path_factory.mktemp("model") / "tiny.onnx")


@pytest.fixture
def project(label_studio: App, tmp_path: Path) -> int:
    """A project with pictures that were uploaded."""
    made = label_studio.project(CONFIG)
    label_studio.upload(made, sorted(draw(tmp_path / "pictures", COUNT).rglob("*.png")))
    return made


@pytest.fixture
def known(label_studio: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands know Label Studio by the environment, with a personal access token."""
    monkeypatch.setenv("LABEL_STUDIO_URL", label_studio.url)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", label_studio.personal)


def command(verb: str, *arguments: Any) -> int:
    return run(["label-studio", verb, *map(str, arguments)])


@pytest.mark.usefixtures("known")
def test_push_then_the_server_has_nothing_left_to_do(label_studio, project, tiny, tmp_path):
    summary = tmp_path / "summary.json"
    assert command("push", project, "--model", tiny, "--summary", summary) == 0
    done = json.loads(summary.read_text())
    assert (done["tasks"], done["labelled"], done["imported"]) == (COUNT, COUNT, COUNT)
    found = label_studio.predictions(project)
    assert [len(predictions) for predictions in found.values()] == [1] * COUNT
    assert {p["model_version"] for (p,) in found.values()} == {done["model_version"]}
    assert sum(len(p["result"]) for (p,) in found.values()) == done["objects"] > COUNT
    shown = label_studio.get(f"/api/projects/{project}")["model_version"]
    assert shown == done["model_version"]
    url = label_studio.url
    with served_process.serving({"tiny": tiny}, tmp_path / "s", label_studio_url=url) as served:
        assert label_studio.connect(project, served.url)["model_version"] == shown
        label_studio.retrieve(project)
        assert served.counted("images_inferred_total") == 0
    assert len(label_studio.get("/api/predictions", project=project)) == COUNT


@pytest.mark.usefixtures("known")
def test_push_goes_on_where_it_was_and_tells_broken_pictures(
    label_studio, project, tiny, tmp_path, capsys
):
    assert command("push", project, "--model", tiny, "--out", tmp_path / "out") == 0
    label_studio.add(project, [{"image": "/data/upload/1/gone.png"}])
    again = ("--model", tiny, "--out", tmp_path / "out", "--resume")
    capsys.readouterr()
    assert command("push", project, *again) == 1
    told = capsys.readouterr()
    assert "gone.png: answers 500" in told.err  # so it says of a file that is not there
    assert f"{COUNT + 1} ({COUNT} had it)" in told.out
    assert len(label_studio.get("/api/predictions", project=project)) == COUNT


@pytest.mark.usefixtures("known")
def test_what_a_person_corrected_comes_back(label_studio, project, tiny, tmp_path):
    assert command("push", project, "--model", tiny) == 0
    corrected = {}
    for task, (prediction,) in label_studio.predictions(project).items():
        kept = prediction["result"][::2]
        label_studio.post(f"/api/tasks/{task}/annotations/", {"result": kept, "lead_time": 1})
        corrected[task] = len(kept)
    assert command("pull", project, "--out", tmp_path / "native") == 0
    dataset = formats.read(tmp_path / "native")
    items = list(dataset.items)
    assert [label.name for label in dataset.labels] == ["green", "Red"]
    assert sorted(len(item.annotations) for item in items) == sorted(corrected.values())
    assert {item.size for item in items if len(item.annotations)} == {(64, 64)}
    assert command("pull", project, "--to", "coco", "--out", tmp_path / "coco.json") == 0
    found = json.loads((tmp_path / "coco.json").read_text())
    assert len(found["annotations"]) == sum(corrected.values())
    boxes = np.array([annotation["bbox"] for annotation in found["annotations"]])
    assert np.abs(boxes * 2 - (boxes * 2).round()).max() < 1e-3  # the tiny model's grid


def test_a_project_that_is_not_there(label_studio, tiny, capsys):
    where = ("--url", label_studio.url, "--api-key", LEGACY)
    assert command("push", 999_999, "--model", tiny, *where) == 5
    assert "404" in capsys.readouterr().err


class Doctor:
    """What the doctor finds about a connection."""

    def __init__(self, app: App) -> None:
        self.app = app

    def told(self, key: str, **case: Any) -> dict[Mark, list[str]]:
        found = list(examine(Case(**{"url": self.app.url, "key": key, **case})))
        return {mark: [str(f) for f in found if f.mark is mark] for mark in Mark}


def test_the_doctor_finds_nothing_where_all_is_well(label_studio, tiny, tmp_path):
    project = label_studio.project(CONFIG)
    with served_process.serving({"tiny": tiny}, tmp_path) as served:
        label_studio.connect(project, served.url)
        hooks = label_studio.get("/api/webhooks/", project=project)
        case = {"backend": served.url, "project": project}
        told = Doctor(label_studio).told(label_studio.personal, **case)
        assert not told[Mark.PROBLEM]
        assert any("is connected" in line for line in told[Mark.OK])
        assert any("Label Studio reaches" in line for line in told[Mark.OK])
        assert label_studio.get("/api/webhooks/", project=project) == hooks
        assert len(label_studio.get("/api/ml", project=project)) == 1
    told = Doctor(label_studio).told(LEGACY, **case)
    (here, row, there) = told[Mark.PROBLEM]
    assert "cannot be reached from here" in here
    assert "Disconnected" in row
    assert "Label Studio cannot reach" in there


def test_the_doctor_knows_the_tokens(label_studio):
    doctor = Doctor(label_studio)
    for key, words in (
        ("", "there is no token"),
        ("0" * 40, "does not know this token"),
        (label_studio.personal.rpartition(".")[0], "lacks its last part"),
        (f"{label_studio.personal}x", "does not accept"),
    ):
        (problem,) = doctor.told(key)[Mark.PROBLEM]
        assert words in problem
    allowed = label_studio.get("/api/jwt/settings")
    off = {**allowed, "legacy_api_tokens_enabled": False, "api_token_ttl_days": 1000}
    with label_studio.as_personal() as client:
        client.post("/api/jwt/settings", json=off).raise_for_status()
        try:
            (problem,) = doctor.told(LEGACY)[Mark.PROBLEM]
            assert "legacy tokens are off" in problem
            assert any("is refused" in n for n in doctor.told(label_studio.personal)[Mark.NOTE])
        finally:
            on = {**off, "legacy_api_tokens_enabled": True}
            client.post("/api/jwt/settings", json=on).raise_for_status()


@pytest.mark.slow
def test_the_doctor_knows_what_label_studio_refuses(
    label_studio, label_studio_python, tiny, tmp_path
):
    """As it comes but for ML_BLOCK_LOCAL_IP=false: backends are created by half."""
    half = {"SSRF_PROTECTION_ENABLED": "true", "LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED": "false"}
    with (
        running(label_studio_python, tmp_path / "studio", label_studio, **half) as studio,
        served_process.serving({"tiny": tiny}, tmp_path / "server") as served,
    ):
        project = studio.project(CONFIG)
        case = {"backend": served.url, "project": project}
        (problem,) = Doctor(studio).told(studio.personal, **case)[Mark.PROBLEM]
        assert "half-create" in problem
        assert "SSRF_PROTECTION_ENABLED=false" in problem
        with pytest.raises(AssertionError, match="reserved network"):
            studio.connect(project, served.url)
        told = Doctor(studio).told(studio.personal, **case)
        assert "is half-created" in told[Mark.PROBLEM][0]
        assert any("no local files" in note for note in told[Mark.NOTE])
