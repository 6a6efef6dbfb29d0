"""A Label Studio in memory for tests of push and pull: answers as version 1.23.2 gives them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from prelabel.clients.label_studio import LabelStudio

__all__ = ["Double"]

URL = "http://studio.example"
Fault = Callable[[list[dict]], httpx.Response | Exception | None]


@dataclass
class Double:
    """One project. `data`: of each task by id; `invalid`: labels that it does not take.

    `fault` may answer an import in its place, or raise: before it happens (`early`) or after.
    """

    config: str
    data: dict[int, dict[str, Any]]
    model_version: str = ""
    invalid: set[str] = field(default_factory=set)
    fault: Fault = lambda _: None
    early: bool = True
    stored: list[dict] = field(default_factory=list)
    imports: list[int] = field(default_factory=list)
    export: Any = field(default_factory=list)
    exports: list[dict[str, str]] = field(default_factory=list)

    def client(self) -> LabelStudio:
        """A client whose pauses take no time."""
        studio = LabelStudio.at(URL, "key", httpx.MockTransport(self))
        studio.rest._sleep = lambda _: None
        return studio

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/import/predictions"):
            return self.imported(json.loads(request.content))
        if path == "/api/tasks":
            return httpx.Response(200, json={"tasks": self.found(dict(request.url.params))})
        if path.endswith("/export"):
            self.exports.append(dict(request.url.params))
            return httpx.Response(200, json=self.export)
        assert path == "/api/projects/7", path
        if request.method == "PATCH":
            self.model_version = json.loads(request.content)["model_version"]
        return httpx.Response(200, json=self.project())

    def project(self) -> dict[str, Any]:
        return {
            "id": 7,
            "title": "birds",
            "label_config": self.config,
            "task_number": len(self.data),
            "model_version": self.model_version,
        }

    def found(self, parameters: dict[str, str]) -> list[dict]:
        filters = json.loads(parameters["query"])["filters"]["items"]
        tasks = [self.task(i) for i in sorted(self.data)]
        passing = [task for task in tasks if all(_passes(task, one) for one in filters)]
        return passing[: int(parameters["page_size"])]

    def task(self, number: int) -> dict[str, Any]:
        versions = [p["model_version"] for p in self.stored if p["task"] == number]
        known = ",".join(versions)
        return {"id": number, "data": self.data[number], "predictions_model_versions": known}

    def imported(self, predictions: list[dict]) -> httpx.Response:
        self.imports.append(len(predictions))
        answer = self.fault(predictions)
        if answer is not None and self.early:
            return _given(answer)
        if any(p["task"] not in self.data for p in predictions):
            return httpx.Response(400, json={"detail": 'invalid "task" field'})
        valid = [p for p in predictions if not self.invalid & set(_labels(p))]
        self.stored += valid
        if answer is not None:
            return _given(answer)
        return httpx.Response(201, json={"created": len(valid)})


def _given(answer: httpx.Response | Exception) -> httpx.Response:
    if isinstance(answer, Exception):
        raise answer
    return answer


def _labels(prediction: dict) -> list[str]:
    return [label for r in prediction["result"] for label in r["value"].get(r["type"], [])]


def _passes(task: dict, item: dict) -> bool:
    if item["filter"] == "filter:tasks:predictions_model_versions":
        return any(value in task["predictions_model_versions"] for value in item["value"])
    signs = {"greater": task["id"] > item["value"], "less": task["id"] < item["value"]}
    return signs[item["operator"]]
