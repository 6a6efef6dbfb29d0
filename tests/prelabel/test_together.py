"""Batches: what a model sees at once follows from the order of the pictures, never from timing."""

from __future__ import annotations

import random
import time
from pathlib import Path

import numpy as np
import pytest
from jobs import Job, content, draw

from formats.native import NAME
from prelabel import together
from prelabel.errors import ModelError


class Graph:
    """Doubles its input and remembers what it was given; refuses a 13."""

    def __init__(self) -> None:
        self.seen: list[list[float]] = []

    def run(self, inputs):
        values = inputs["x"]
        self.seen.append(values.ravel().tolist())
        if (values == 13).any():
            raise ModelError("unlucky")
        return [values * 2]


def call(run, value: float, width: int = 1):
    (answer,) = run("", {"x": np.full((1, width), value)})
    return answer[0, 0]


def test_calls_of_a_batch_are_one_run_in_the_order_of_the_batch() -> None:
    graph = Graph()
    chance = random.Random(0)

    def work(unit, run):
        time.sleep(chance.random() / 100)
        return call(run, unit)

    for _ in range(5):
        assert together.each(work, [1, 2, 3, 4], graph, 0) == [2, 4, 6, 8]
    assert graph.seen == [[1, 2, 3, 4]] * 5


def test_who_needs_no_run_or_more_than_one_holds_up_nobody() -> None:
    graph = Graph()

    def work(unit, run):
        return [call(run, unit) for _ in range(unit)]

    assert together.each(work, [0, 1, 3, 2], graph, 0) == [[], [2], [6, 6, 6], [4, 4]]
    assert graph.seen == [[1, 3, 2], [3, 2], [3]]


def test_a_graph_of_fixed_size_is_filled_up() -> None:
    graph = Graph()
    assert together.each(lambda unit, run: call(run, unit), [1, 2, 3], graph, 4) == [2, 4, 6]
    assert graph.seen == [[1, 2, 3, 3]]


def test_calls_of_different_shape_are_runs_of_their_own() -> None:
    graph = Graph()
    found = together.each(lambda unit, run: call(run, *unit), [(1, 1), (2, 2), (3, 1)], graph, 0)
    assert found == [2, 4, 6]
    assert graph.seen == [[1, 3], [2, 2]]


def test_one_that_fails_spoils_no_other() -> None:
    def work(unit, run):
        try:
            return call(run, unit)
        except ModelError as error:
            return error.what

    assert together.each(work, [1, 13, 3], Graph(), 0) == [2, "unlucky", 6]


def test_an_exception_of_the_work_is_raised_and_nobody_waits() -> None:
    def work(unit, run):
        if unit == 2:
            raise ValueError("not me")
        return call(run, unit)

    with pytest.raises(ValueError, match="not me"):
        together.each(work, [1, 2, 3], Graph(), 0)


def test_a_model_for_batches_gives_the_same_as_one_for_pictures(tmp_path: Path) -> None:
    draw(tmp_path / "photos", 10)
    (tmp_path / "photos/0-0003.png").write_text("no picture")
    (tmp_path / "b").mkdir()
    single = Job(tmp_path, "--conf", "0.4")
    batches = Job(tmp_path / "b", "--conf", "0.4", batch=4)
    assert single.run() == 1
    for workers in ("1", "12"):
        assert batches.run("--overwrite", "--workers", workers, source=single.photos) == 1
        ours, theirs = content(batches.out), content(single.out)
        assert ours.pop(NAME).splitlines()[1:] == theirs.pop(NAME).splitlines()[1:]
        assert ours == theirs


def test_a_batch_that_was_cut_is_done_again_as_a_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    draw(tmp_path / "photos", 10)
    job = Job(tmp_path, "--conf", "0.4", batch=4)
    assert job.run() == 0
    whole = content(job.out)
    lines = whole[NAME].splitlines(keepends=True)
    (job.out / NAME).write_bytes(b"".join(lines[:7]))  # the header and six of ten pictures
    summary = tmp_path / "summary.json"
    assert job.run("--resume", "--summary", str(summary)) == 0
    assert json.loads(summary.read_text())["labelled"] == 6
    assert content(job.out) == whole
