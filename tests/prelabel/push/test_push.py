"""`prelabel label-studio push` against a Label Studio in memory, with a real model."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import tiny_model
from PIL import Image
from studio_double import Double

from prelabel import push
from prelabel.errors import JobError
from prelabel.label_studio.configs import Configs
from prelabel.label_studio.plan import Planner
from prelabel.observer import Observer
from prelabel.pool import ModelFile, Pool
from prelabel.push.journal import NAME
from prelabel.service import Service
from prelabel.settings import Settings

CONFIG = """<View><Image name="image" value="$image"/>
<RectangleLabels name="box" toName="image" model_score_threshold="0.6">
<Label value="Red"/><Label value="green"/></RectangleLabels></View>"""


def picture(seed: int) -> dict[str, str]:
    """A task's data: four coloured quarters in a data: address."""
    quarters = np.random.default_rng(seed).integers(0, 256, (2, 2, 3), dtype=np.uint8)
    stream = io.BytesIO()
    Image.fromarray(np.kron(quarters, np.ones((32, 32, 1), np.uint8))).save(stream, "PNG")
    return {"image": f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"}


class Counter(Observer):
    """Counts what goes through the model."""

    def __init__(self) -> None:
        self.count = 0

    def inferred(self, model: str, seconds: float) -> None:
        self.count += 1


class Bench:
    """A service over the tiny model, and how often it ran."""

    def __init__(self, folder: Path) -> None:
        self.counter = Counter()
        model = tiny_model.write(folder / "tiny.onnx")
        settings = Settings(provider="cpu", data_dir=str(folder / "data"))
        self.pool = Pool([ModelFile.parse(str(model))], settings, self.counter)
        self.service = Service(self.pool, settings, observer=self.counter)

    def push(self, studio: Double, **more: Any) -> push.Report:
        asked = push.Push(project=7, workers=4, **more)
        return push.run(asked, studio.client(), self.service)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.service.close()
    made.pool.close()


@pytest.fixture
def studio() -> Double:
    return Double(CONFIG, {i: picture(i) for i in range(1, 41)})


def test_every_task_has_its_prediction_in_the_end(bench: Bench, studio: Double) -> None:
    report = bench.push(studio)
    assert sorted(p["task"] for p in studio.stored) == list(range(1, 41))
    assert (report.made, report.imported, report.there, report.failures) == (40, 40, 0, {})
    assert {p["model_version"] for p in studio.stored} == {report.version}


def test_the_version_is_that_of_the_server(bench: Bench, studio: Double) -> None:
    plan = Planner(bench.pool, {}).plan(Configs().parsed(CONFIG))
    assert bench.push(studio).version == plan.version


def test_regions_are_in_the_projects_words_and_above_its_threshold(
    bench: Bench, studio: Double
) -> None:
    report = bench.push(studio)
    regions = [region for p in studio.stored for region in p["result"]]
    assert len(regions) == report.objects > 0
    assert {r["value"]["rectanglelabels"][0] for r in regions} == {"Red", "green"}
    assert min(r["score"] for r in regions) >= 0.6
    assert {(r["from_name"], r["to_name"], r["original_width"]) for r in regions} == {
        ("box", "image", 64)
    }


def test_pushing_again_labels_nothing(bench: Bench, studio: Double) -> None:
    bench.push(studio)
    report = bench.push(studio)
    assert (report.there, report.made, report.imported) == (40, 0, 0)
    assert bench.counter.count == 40
    assert len(studio.stored) == 40


def test_tasks_of_another_version_are_labelled(bench: Bench, studio: Double) -> None:
    studio.stored = [{"task": 1, "model_version": "older", "result": []}]
    assert bench.push(studio).made == 40


def test_broken_pictures_are_told_and_the_others_go_on(bench: Bench, studio: Double) -> None:
    studio.data[3] = {"image": "data:image/png;base64,AAAA"}
    studio.data[4] = {"text": "no picture at all"}
    studio.data[5] = {"image": "http://127.0.0.1:9/x.png"}
    report = bench.push(studio)
    assert sorted(report.failures) == [3, 4, 5]
    assert "no picture under image" in report.failures[4]
    assert "this machine" in report.failures[5]
    assert report.imported == 37


def test_what_was_labelled_before_a_crash_is_not_labelled_again(
    bench: Bench, studio: Double, tmp_path: Path
) -> None:
    studio.fault = lambda _: httpx.Response(403)
    with pytest.raises(OSError, match="403"):
        bench.push(studio, out=tmp_path / "out")
    assert not studio.stored
    assert bench.counter.count == 40
    studio.fault = lambda _: None
    report = bench.push(studio, out=tmp_path / "out", resume=True)
    assert (report.kept, report.made, report.imported) == (40, 0, 40)
    assert bench.counter.count == 40


def test_a_line_that_a_crash_cut_is_labelled_again(
    bench: Bench, studio: Double, tmp_path: Path
) -> None:
    bench.push(studio, out=tmp_path / "out")
    path = tmp_path / "out" / NAME
    path.write_bytes(path.read_bytes()[:-40])
    studio.stored.clear()
    report = bench.push(studio, out=tmp_path / "out", resume=True)
    assert (report.kept, report.made, report.imported) == (39, 1, 40)


def test_a_journal_is_taken_up_only_when_asked(
    bench: Bench, studio: Double, tmp_path: Path
) -> None:
    bench.push(studio, out=tmp_path / "out")
    with pytest.raises(JobError, match="--resume"):
        bench.push(studio, out=tmp_path / "out")


def test_a_journal_of_another_version_is_not_taken_up(
    bench: Bench, studio: Double, tmp_path: Path
) -> None:
    bench.push(studio, out=tmp_path / "out")
    studio.config = CONFIG.replace("0.6", "0.7")
    with pytest.raises(JobError, match="model-version"):
        bench.push(studio, out=tmp_path / "out", resume=True)


def test_a_folder_with_something_else_is_left_alone(
    bench: Bench, studio: Double, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(JobError, match="no push in it"):
        bench.push(studio, out=tmp_path / "out", resume=True)


@pytest.mark.parametrize(
    ("control", "words"),
    [
        ('<TextArea name="t" toName="image"/>', "no control"),
        ('<RectangleLabels name="b" toName="image"><Label value="cat"/></RectangleLabels>', "cat"),
        (
            '<RectangleLabels name="b" toName="image" model_path="other"/>',
            "tiny",
        ),
    ],
)
def test_a_project_that_the_model_cannot_fill_is_told_before_the_first_picture(
    bench: Bench, studio: Double, control: str, words: str
) -> None:
    studio.config = f'<View><Image name="image" value="$image"/>{control}</View>'
    with pytest.raises(JobError, match=words):
        bench.push(studio)
    assert not bench.counter.count


def test_classes_go_by_other_names_where_a_map_says_so(bench: Bench, studio: Double) -> None:
    studio.config = CONFIG.replace("Red", "Rouge").replace("green", "Vert")
    bench.push(studio, alias={"red": "Rouge"})
    labels = {r["value"]["rectanglelabels"][0] for p in studio.stored for r in p["result"]}
    assert labels == {"Rouge"}


@pytest.mark.parametrize(("before", "after"), [("", "ours"), ("theirs", "theirs")])
def test_the_project_shows_them_where_it_showed_none(
    bench: Bench, studio: Double, before: str, after: str
) -> None:
    studio.model_version = before
    asked = push.Push(project=7)
    report = push.run(asked, studio.client(), bench.service)
    push.show(studio.client(), asked, report)
    assert studio.model_version == (report.version if after == "ours" else before)


def test_a_summary_is_json(bench: Bench, studio: Double) -> None:
    studio.data[3] = {}
    summary = json.loads(json.dumps(bench.push(studio).summary()))
    assert (summary["tasks"], summary["labelled"]) == (40, 39)
    assert summary["failures"][0]["task"] == 3
