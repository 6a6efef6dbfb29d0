"""A large project, a deadline too short for it, and a server that is killed between the clicks.

``--soak`` is the full form: 2,500 tasks and more kills.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import served_process
import tiny_model
from label_studio_calls import config, control, pictures
from served_process import Process

WATCHED = Path(__file__).parents[2] / "watched_serve.py"
WORKERS = 2
PATIENCE = 600
FEW = config(control('RectangleLabels model_score_threshold="0.95"'))
"""A handful of boxes in each picture, as a detector finds them; at the usual threshold the tiny
model finds eighty."""


@dataclass
class Project:
    """A project in Label Studio: it asks about tasks that have no prediction of this version."""

    folder: Path
    count: int
    deadline: float
    queue: int = 20_000
    predictions: dict[int, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.paths = pictures(self.folder / "photos", self.count)
        self.model = tiny_model.write(self.folder / "tiny.onnx")

    def serve(self) -> Process:
        trace = str(self.folder / "trace.txt")
        return served_process.start(
            {"tiny": self.model},
            self.folder / "server",
            program=(str(WATCHED), trace, "0.002"),
            folders=[self.folder / "photos"],
            label_studio_deadline=self.deadline,
            label_studio_queue=self.queue,
            workers=WORKERS,
        )

    def click(self, server: Process, again: bool = False) -> list[Any]:
        """Retrieve predictions; `again`: also of tasks that have some. Entries, by task."""
        asked = [i for i in range(self.count) if again or i not in self.predictions]
        body = self.body(asked)
        answer = httpx.post(f"{server.url}/predict", content=body, timeout=60, trust_env=False)
        assert answer.status_code == 200
        found = answer.json()
        results = found["results"]
        assert len(results) == len(asked)
        for i, entry in zip(asked, results, strict=True):
            if entry != []:
                assert entry["model_version"] == found["model_version"]
                assert self.predictions.setdefault(i, entry) == entry
        return results

    def body(self, asked: list[int]) -> bytes:
        """As large as what Label Studio sends."""
        tasks = [self._task(i) for i in asked]
        params = {"login": "", "password": "", "context": None}
        return json.dumps({"tasks": tasks, "label_config": FEW, "params": params}).encode()

    def _task(self, i: int) -> Mapping[str, Any]:
        moment = "2026-11-20T10:00:00.000000Z"
        times = {"created_at": moment, "updated_at": moment}
        numbers = {"inner_id": i, "overlap": 1, "project": 2, "updated_by": None}
        counts = dict.fromkeys(("total_annotations", "total_predictions", "comment_count"), 0)
        more = {
            "comment_authors": [],
            "annotations": [],
            "predictions": [],
            "meta": {"a": "b" * 99},
        }
        return {"id": i, "data": {"image": self.paths[i]}, **times, **numbers, **counts, **more}

    def seen(self) -> Counter[str]:
        """How often each picture went through a model, in all lives of the server."""
        return Counter((self.folder / "trace.txt").read_text().split())

    def finish(self, server: Process) -> None:
        """Click until every task has its prediction."""
        end = time.monotonic() + PATIENCE
        while len(self.predictions) < self.count:
            assert time.monotonic() < end, f"{len(self.predictions)} of {self.count}"
            self.click(server)


def inferred(server: Process) -> float:
    return server.counted("images_inferred_total")


def at_work(server: Process) -> bool:
    return server.counted("label_studio_waiting") + server.counted("queue_inside") > 0


def wait_for(server: Process, count: float) -> None:
    """Wait until so many pictures were inferred by this server."""
    end = time.monotonic() + PATIENCE
    while inferred(server) < count:
        assert time.monotonic() < end, server.log.read_text()
        time.sleep(0.01)


@pytest.fixture
def sizes(soak: bool) -> tuple[int, int]:
    """(tasks, kills)"""
    return (2500, 8) if soak else (300, 2)


@pytest.mark.slow
def test_killed_at_work_nothing_is_lost_and_nothing_is_done_twice(
    tmp_path: Path, sizes: tuple[int, int]
) -> None:
    count, kills = sizes
    project = Project(tmp_path, count, deadline=0.2)
    counted = 0.0
    for _ in range(kills):
        server = project.serve()
        project.click(server)
        wait_for(server, count / (kills + 4))
        counted += inferred(server)
        server.kill()
    server = project.serve()
    try:
        assert server.counted("label_studio_kept") >= counted, "what was counted has been kept"
        project.finish(server)
        counted += inferred(server)
    finally:
        server.kill()
    assert counted <= count
    seen = project.seen()
    assert len(seen) == count
    assert seen.total() <= count + kills * WORKERS, "but for those in hand when it was killed"


@pytest.mark.slow
def test_killed_between_clicks_each_picture_is_inferred_exactly_once(
    tmp_path: Path, sizes: tuple[int, int]
) -> None:
    count, kills = sizes
    project = Project(tmp_path, count, deadline=0.1, queue=count // (kills + 2))
    counted = 0.0
    for _ in range(kills):
        server = project.serve()
        assert [] in project.click(server), "the deadline is too short for all"
        wait_for(server, 1)
        while at_work(server):
            time.sleep(0.01)
        counted += inferred(server)
        server.kill()
    assert 0 < counted < count
    server = project.serve()
    try:
        project.finish(server)
        counted += inferred(server)
    finally:
        server.kill()
    assert counted == count
    assert set(project.seen().values()) == {1}


@pytest.mark.slow
def test_one_request_for_a_whole_project_is_answered_in_time(tmp_path: Path) -> None:
    project = Project(tmp_path, 2500, deadline=1.0)
    assert len(project.body(list(range(2500)))) > 1_200_000
    server = project.serve()
    try:
        begun = time.monotonic()
        first = project.click(server)
        assert time.monotonic() - begun < 10
        assert [] in first
        project.finish(server)
        assert len(project.click(server, again=True)) == 2500
        assert inferred(server) == 2500
    finally:
        server.kill()
    assert set(project.seen().values()) == {1}
