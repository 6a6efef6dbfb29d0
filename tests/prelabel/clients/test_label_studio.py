"""The calls of Label Studio's REST API, against answers in the form of version 1.23.2."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from prelabel.clients.label_studio import LabelStudio
from prelabel.clients.rest import AnswerError

VERSION = {
    "release": "1.23.2",
    "label-studio-os-package": {"version": "1.23.2", "short_version": "1.23"},
    "edition": "Community",
}


class Studio:
    """Tasks 1 to n, some with predictions, filtered as Label Studio filters them."""

    def __init__(self, count: int, versions: dict[int, str] | None = None) -> None:
        self.ids = list(range(1, count + 1))
        self.versions = versions or {}
        self.queries: list[dict] = []
        self.posted: list[object] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.posted.append(json.loads(request.content))
            return httpx.Response(201, json={"created": len(self.posted[-1])})
        parameters = dict(request.url.params)
        assert parameters["project"] == "3"
        assert parameters["resolve_uri"] == "false"
        query = json.loads(parameters["query"])
        self.queries.append(query)
        page = [self.task(i) for i in self.ids if self.passes(i, query["filters"]["items"])]
        return httpx.Response(200, json={"tasks": page[: int(parameters["page_size"])]})

    def task(self, number: int) -> dict:
        versions = self.versions.get(number, "")
        data = {"image": f"/data/upload/{number}.png"}
        return {"id": number, "data": data, "predictions_model_versions": versions}

    def passes(self, number: int, filters: list[dict]) -> bool:
        for item in filters:
            if item["operator"] == "greater" and not number > item["value"]:
                return False
            if item["operator"] == "less" and not number < item["value"]:
                return False
            versions = item["filter"] == "filter:tasks:predictions_model_versions"
            if versions and not any(v in self.versions.get(number, "") for v in item["value"]):
                return False
        return True

    def client(self) -> LabelStudio:
        return LabelStudio.at("http://studio.example", "key", httpx.MockTransport(self))


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 25])
def test_every_task_comes_once(count: int) -> None:
    studio = Studio(count)
    assert [task.id for task in studio.client().tasks(3, size=10)] == studio.ids


def test_tasks_that_vanish_or_appear_meanwhile_shift_nothing() -> None:
    studio = Studio(30)
    walk = studio.client().tasks(3, size=10)
    seen = [next(walk).id for _ in range(10)]
    studio.ids = [i for i in studio.ids if i not in (2, 3, 4)] + [31]
    seen += [task.id for task in walk]
    assert seen == [*range(1, 32)]


def test_only_the_very_version_counts() -> None:
    studio = Studio(5, {1: "abc", 2: "abcd", 3: "x,abc", 4: "ab"})
    found = studio.client().labelled(3, "abc", size=2)
    assert [task.id for task in found] == [1, 3]
    among = studio.client().labelled(3, "abc", among=(2, 3))
    assert [task.id for task in among] == [3]


def test_predictions_go_in_one_request() -> None:
    studio = Studio(0)
    predictions = [{"task": 1, "result": [], "score": 0.5, "model_version": "v"}] * 3
    assert studio.client().import_predictions(3, [json.dumps(p).encode() for p in predictions]) == 3
    assert studio.posted == [predictions]


def test_a_project() -> None:
    found = {"id": 3, "title": "birds", "label_config": "<View/>", "task_number": 12}
    with answering(found) as studio:
        project = studio.project(3)
    assert (project.title, project.config, project.tasks) == ("birds", "<View/>", 12)


@pytest.mark.parametrize(
    ("answer", "version"),
    [(VERSION, "1.23.2"), ({"release": "1.0"}, ""), ([], ""), ("hello", "")],
)
def test_the_version_of_label_studio_and_of_nothing_else(answer: object, version: str) -> None:
    with answering(answer) as studio:
        assert studio.version() == version


def test_an_export_becomes_a_file(tmp_path: Path) -> None:
    tasks = [{"id": 1, "annotations": []}]
    with answering(tasks) as studio:
        studio.export(3, tmp_path / "export.json", everything=True)
    assert json.loads((tmp_path / "export.json").read_text()) == tasks


def test_a_page_is_no_export(tmp_path: Path) -> None:
    page = httpx.MockTransport(lambda _: httpx.Response(200, html="<html>"))
    with (
        LabelStudio.at("http://studio.example", "key", page) as studio,
        pytest.raises(AnswerError, match="not JSON"),
    ):
        studio.export(3, tmp_path / "export.json")
    assert not list(tmp_path.iterdir())


def answering(body: object) -> LabelStudio:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=body))
    return LabelStudio.at("http://studio.example", "key", transport)


@pytest.mark.parametrize("answer", [[], {}, "hello", {"tasks": [{}]}, {"id": "x"}, 7])
def test_another_servers_answers_are_told(answer: object) -> None:
    with answering(answer) as studio:
        for call in (lambda: studio.project(3), lambda: list(studio.tasks(3))):
            with pytest.raises(AnswerError, match=r"http://studio\.example.*another form"):
                call()
        with pytest.raises(AnswerError, match="another form"):
            studio.import_predictions(3, [])
