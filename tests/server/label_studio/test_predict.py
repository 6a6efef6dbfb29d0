"""/predict: an entry for each task, in order, whatever happens; each picture seen once."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import PIL.Image
import pytest
from fake_models import Factory, until, write
from label_studio_calls import BOXES, NAMES, Start, Studio, config, control, pictures
from serving import serve

from prelabel import image
from prelabel.labeler import Labeler
from prelabel.models.query import Query

BIG = "x" * 300


def boxes(result: dict) -> list[tuple]:
    """(label, x, y, width, height, score) of the rectangles of a prediction, in percent."""
    return sorted(
        (
            r["value"]["rectanglelabels"][0],
            *(r["value"][side] for side in ("x", "y", "width", "height")),
            r["score"],
        )
        for r in result["result"]
    )


def test_the_answers_are_the_models_own(tiny: Studio, photos: Path, home: Path) -> None:
    paths = pictures(photos, 6)
    results = tiny.predict(paths)
    with Labeler.open(home / "tiny.onnx") as labeler:
        for path, result in zip(paths, results, strict=True):
            found = labeler.label(image.decode(Path(path).read_bytes()), Query())
            assert len(found) > 0
            percent = found.boxes / 64 * 100
            expected = sorted(
                (NAMES[k], *box[:2], *(box[2:] - box[:2]), score)
                for k, box, score in zip(found.labels, percent, found.scores, strict=True)
            )
            actual = boxes(result)
            assert [row[0] for row in actual] == [row[0] for row in expected]
            assert np.allclose([row[1:] for row in actual], [row[1:] for row in expected])


def test_a_lone_task_gets_what_it_gets_among_many(tiny: Studio, photos: Path) -> None:
    paths = pictures(photos, 3)
    alone = [tiny.predict([path])[0] for path in paths]
    assert alone == tiny.predict(paths)
    assert tiny.inferred == 3


def test_a_picture_without_any_object_is_answered_all_the_same(tiny: Studio, photos: Path) -> None:
    strict = replace(tiny, config=config(control('RectangleLabels model_score_threshold="1"')))
    (result,) = strict.predict(pictures(photos, 1))
    assert result["result"] == []
    assert "score" in result


ODD_TASKS = [
    {},
    {"id": 1},
    {"id": 2, "data": None},
    {"id": 3, "data": {}},
    {"id": 4, "data": {"other": "x.jpg"}},
    {"id": 5, "data": {"image": None}},
    {"id": 6, "data": {"image": 7}},
    {"id": 7, "data": {"image": ["a.jpg"]}},
    {"id": 8, "data": {"image": {"url": "a.jpg"}}},
    {"id": 9, "data": {"image": ""}},
    {"id": 10, "data": {"image": "   "}},
    {"id": 11, "data": {"image": "no such file"}},
    {"id": 12, "data": {"image": "/etc/passwd"}},
    {"id": 13, "data": {"image": "http://"}},
    {"id": 14, "data": {"image": "http://127.0.0.1:1/x.jpg"}},
    {"id": 15, "data": {"image": "http://a.invalid/x.jpg"}},
    {"id": 16, "data": {"image": "ftp://a.invalid/x.jpg"}},
    {"id": 17, "data": {"image": "data:image/png;base64,AAAA"}},
    {"id": 18, "data": {"image": "\u0000"}},
    {"id": 19, "data": {"image": BIG * 100}},
    {"id": {"a": 1}, "data": [1]},
    None,
    7,
    [],
]


def test_odd_tasks_are_nothing_and_cost_the_others_nothing(studio: Studio, photos: Path) -> None:
    good = studio.task(99, pictures(photos, 1)[0])
    first, *odd, last = studio.predict([good, *ODD_TASKS, good])
    assert first == last
    assert first["result"]
    assert odd == [[]] * len(ODD_TASKS)


def test_a_lone_odd_task_is_nothing(studio: Studio) -> None:
    for task in ODD_TASKS:
        assert studio.predict([task]) == [[]], task


def test_broken_pictures_are_nothing(studio: Studio, photos: Path) -> None:
    paths = pictures(photos, 4)
    whole = Path(paths[1]).read_bytes()
    Path(paths[1]).write_bytes(whole[: len(whole) // 2])
    Path(paths[2]).write_bytes(b"no picture")
    results = studio.predict(paths)
    assert [result != [] for result in results] == [True, False, False, True]
    Path(paths[1]).write_bytes(whole)
    assert [result != [] for result in studio.predict(paths)] == [True, True, False, True]
    assert studio.inferred == 3


def test_no_task_at_all(studio: Studio) -> None:
    assert studio.predict([]) == []


def test_what_is_no_request_is_the_callers_error(studio: Studio) -> None:
    lists = (b'{"tasks": 3}', b'{"tasks": null}', b'{"tasks": {}}')
    for body in (b"", b"x", b"[]", b"{}", b"\xff", b"[" * 9999, *lists):
        answer = studio.served.client.post("/predict", content=body)
        assert answer.status_code == 422, body


def test_params_of_any_shape(studio: Studio, photos: Path) -> None:
    body = {"tasks": [studio.task(1, pictures(photos, 1)[0])], "label_config": BOXES}
    for shape in (None, [], {}, {"context": None}, {"context": []}, {"context": {"result": 1}}, 3):
        answer = studio.served.client.post("/predict", json={**body, "params": shape})
        assert answer.json()["results"][0]["result"], shape


def test_a_config_that_gives_nothing_to_do(studio: Studio, photos: Path) -> None:
    tasks = [studio.task(1, path) for path in pictures(photos, 2)]
    video = BOXES.replace("<Image", "<Video")
    for text in ("", "<View>", "<!DOCTYPE x []><View/>", "<View/>", video, None, 3):
        body = {"tasks": tasks, "label_config": text}
        answer = studio.served.client.post("/predict", content=json.dumps(body))
        assert answer.status_code == 200, text
        assert answer.json()["results"] == [[], []]
        assert answer.json()["model_version"]
    assert studio.inferred == 0


def test_controls_that_are_skipped_ask_no_model(studio: Studio, photos: Path) -> None:
    (path,) = pictures(photos, 1)
    skipped = control('RectangleLabels model_skip="true"', name="skipped")
    assert replace(studio, config=config(skipped)).predict([path]) == [[]]
    assert studio.inferred == 0
    (result,) = replace(studio, config=config(skipped, control())).predict([path])
    assert {r["from_name"] for r in result["result"]} == {"box"}


def test_an_attribute_that_is_no_number_is_told(
    studio: Studio, photos: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = control('RectangleLabels model_score_threshold="half"')
    assert replace(studio, config=config(wrong)).predict(pictures(photos, 2)) == [[], []]
    assert "model_score_threshold of 'box' is 'half', expected a number" in caplog.text


def test_thresholds_below_the_usual_one_have_an_effect(tiny: Studio, photos: Path) -> None:
    photos.mkdir()
    PIL.Image.new("RGB", (64, 64), (10, 20, 40)).save(photos / "dark.png")
    usual, low = control(name="usual"), 'RectangleLabels model_score_threshold="0.05"'
    both = replace(tiny, config=config(usual, control(low, name="low")))
    (result,) = both.predict([str(photos / "dark.png")])
    assert {r["from_name"] for r in result["result"]} == {"low"}
    assert {r["value"]["rectanglelabels"][0] for r in result["result"]} == {"blue"}
    assert np.allclose([r["score"] for r in result["result"]], 40 / 255, atol=0.01)


def test_several_controls_run_the_model_once(tiny: Studio, photos: Path) -> None:
    several = config(
        control(name="a"),
        control('RectangleLabels model_score_threshold="0.6"', name="b"),
        control('RectangleLabels model_score_threshold="0.1"', name="c", labels=["red"]),
    )
    paths = pictures(photos, 3)
    results = replace(tiny, config=several).predict(paths)
    assert tiny.inferred == 3
    for result in results:
        scores = {name: [] for name in "abc"}
        for region in result["result"]:
            scores[region["from_name"]].append(region["score"])
        assert min(scores["a"], default=1) >= 0.25
        assert min(scores["b"], default=1) >= 0.6
        assert min(scores["c"], default=1) >= 0.1


def test_several_pictures_are_looked_at_at_once(
    start: Start, photos: Path, factory: Factory
) -> None:
    paths = pictures(photos, 8)
    with start(workers=4, label_studio_deadline=20) as studio:
        factory.inside.clear()
        with ThreadPoolExecutor(1) as pool:
            call = pool.submit(studio.predict, paths)
            until(lambda: studio.served.service.gate.inside == 4)
            factory.inside.set()
            assert all(call.result(20))


def test_labels_differ_from_classes_in_case_alias_or_by_what_is_said(
    studio: Studio, photos: Path
) -> None:
    labels = (
        '<Label value="Reds" predicted_values="red"/><Label value="GREEN"/>'
        '<Label value="Azure" alias="blue"/>'
    )
    shown = f'<RectangleLabels name="box" toName="image">{labels}</RectangleLabels>'
    results = replace(studio, config=config(shown)).predict(pictures(photos, 12))
    found = {r["value"]["rectanglelabels"][0] for result in results for r in result["result"]}
    assert found == {"Reds", "GREEN", "blue"}


def test_projects_share_what_was_seen(tiny: Studio, photos: Path) -> None:
    paths = pictures(photos, 3)
    other = replace(tiny, config=config(control(name="other", labels=["Blue"])))
    tiny.predict(paths)
    results = other.predict(paths)
    assert tiny.inferred == 3
    assert {r["from_name"] for result in results for r in result["result"]} <= {"other"}


def test_a_picture_of_several_tasks_is_seen_once(studio: Studio, photos: Path) -> None:
    paths = pictures(photos, 2)
    results = studio.predict([*paths, *paths, *paths])
    assert results[:2] == results[2:4] == results[4:]
    assert studio.inferred == 2


def test_two_pictures_of_one_task(studio: Studio, photos: Path) -> None:
    two = (
        '<View><Image name="l" value="$left"/><Image name="r" value="$right"/>'
        '<RectangleLabels name="a" toName="l"><Label value="red"/><Label value="green"/>'
        '<Label value="blue"/></RectangleLabels>'
        '<RectangleLabels name="b" toName="r"><Label value="red"/><Label value="green"/>'
        '<Label value="blue"/></RectangleLabels></View>'
    )
    left, right, third = pictures(photos, 3)
    tasks = [
        {"id": 1, "data": {"left": left, "right": right}},
        {"id": 2, "data": {"left": third}},
        {"id": 3, "data": {"left": third, "right": "gone.jpg"}},
    ]
    both, one, none = replace(studio, config=two).predict(tasks)
    assert [(r["from_name"], r["to_name"]) for r in both["result"]] == [("a", "l"), ("b", "r")]
    assert [r["from_name"] for r in one["result"]] == ["a"]
    assert none == []


def test_outcomes_are_counted(fresh: Studio, photos: Path) -> None:
    paths = pictures(photos, 4)
    fresh.predict([*paths[:2], "gone.jpg", {}])
    fresh.predict(paths[:1])
    fresh.predict(paths[:3])
    fresh.predict(paths[3:])
    counted = {
        name: fresh.served.counted("label_studio_tasks_total", outcome=name)
        for name in ("kept", "made", "failed", "unfinished")
    }
    assert counted == {"kept": 3, "made": 4, "failed": 2, "unfinished": 0}


def test_an_answer_of_limited_size_is_completed_by_the_next(
    studio: Studio, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = pictures(photos, 10)
    length = len(json.dumps(studio.predict(paths)[0]))
    monkeypatch.setattr("server.protocols.label_studio.batch.MOST_BYTES", 3 * length)
    finished: set[str] = set()
    while len(finished) < 10:
        left = [path for path in paths if path not in finished]
        new = {path for path, found in zip(left, studio.predict(left), strict=True) if found}
        assert 0 < len(new) < 6
        finished |= new
    assert studio.inferred == 10


def test_without_room_for_a_store_everything_else_works(start: Start, photos: Path) -> None:
    paths = pictures(photos, 5)
    with start(label_studio_store=0) as studio:
        assert all(studio.predict(paths))
        assert all(studio.predict(paths))
        assert studio.inferred == 5, "they are still in memory"


def test_a_full_disk_is_told_once_and_costs_nobody_his_answer(
    fresh: Studio, photos: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("prelabel.appendfile.os.pwrite", full)
    assert all(fresh.predict(pictures(photos, 5)))
    told = [r.getMessage() for r in caplog.records if "answers cannot be kept" in r.getMessage()]
    assert len(told) == 1
    assert "No space left on device" in told[0]


class TestDeadline:
    def test_what_is_not_finished_is_nothing_and_follows(
        self, start: Start, photos: Path, factory: Factory
    ) -> None:
        paths = pictures(photos, 20)
        with start(label_studio_deadline=0.6) as studio:
            factory.inside.clear()
            begun = time.monotonic()
            assert studio.predict(paths) == [[]] * 20
            assert time.monotonic() - begun < 2
            factory.inside.set()
            until(lambda: studio.inferred == 20)
            assert all(result["result"] for result in studio.predict(paths))
            assert studio.inferred == 20

    def test_a_lone_task_that_is_late_follows_too(
        self, start: Start, photos: Path, factory: Factory
    ) -> None:
        paths = pictures(photos, 1)
        with start(label_studio_deadline=0.4) as studio:
            factory.inside.clear()
            assert studio.predict(paths) == [[]]
            factory.inside.set()
            until(lambda: studio.served.metrics and studio.inferred == 1)
            assert studio.predict(paths)[0]["result"]
            assert studio.inferred == 1

    def test_clicks_on_work_in_hand_do_not_repeat_it(
        self, start: Start, photos: Path, factory: Factory
    ) -> None:
        paths = pictures(photos, 12)
        with start(label_studio_deadline=0.3) as studio:
            factory.inside.clear()
            for _ in range(3):
                assert studio.predict(paths) == [[]] * 12
            factory.inside.set()
            until(lambda: all(studio.predict(paths)))
            assert studio.inferred == 12

    def test_what_came_in_time_is_there(self, start: Start, photos: Path, factory: Factory) -> None:
        done, new = pictures(photos, 5), pictures(photos, 5, start=5)
        with start(label_studio_deadline=0.5) as studio:
            studio.predict(done)
            factory.inside.clear()
            results = studio.predict([new[0], *done, *new[1:]])
            assert [result != [] for result in results] == [False, *[True] * 5, *[False] * 4]

    def test_a_full_queue_is_nothing_for_the_rest(
        self, start: Start, photos: Path, factory: Factory
    ) -> None:
        paths = pictures(photos, 60)
        with start(label_studio_deadline=0.5, label_studio_queue=3) as studio:
            factory.inside.clear()
            assert studio.predict(paths) == [[]] * 60
            factory.inside.set()
        with start(label_studio_deadline=30, label_studio_queue=3) as studio:
            assert all(studio.predict(paths)), "as places become free, they are taken"
        assert len(factory.runs) == 60

    def test_an_opened_task_goes_before_a_pile(
        self, start: Start, photos: Path, factory: Factory
    ) -> None:
        pile, (opened,) = pictures(photos, 300), pictures(photos, 1, start=300)
        with start(label_studio_deadline=20, workers=1) as studio:
            factory.inside.clear()
            with ThreadPoolExecutor(2) as pool:
                many = pool.submit(studio.predict, pile)
                assert factory.entered.acquire(timeout=10)
                one = pool.submit(studio.predict, [opened])
                until(lambda: studio.served.service.gate.waiting > 2)
                time.sleep(0.1)
                factory.inside.set()
                one.result(20)
                before = len(factory.runs)
                many.result(20)
            assert before < 100
            assert len(factory.runs) == 301


class TestRestart:
    def test_what_was_seen_is_not_seen_again(
        self, start: Start, photos: Path, factory: Factory
    ) -> None:
        paths = pictures(photos, 5)
        with start() as studio:
            before = studio.predict(paths)
        with start() as studio:
            assert studio.predict(paths) == before
            assert studio.predict(paths[:1]) == before[:1]
            assert studio.inferred == 0
            assert studio.served.client.get("/health").json()["models_loaded"] == 0
        assert len(factory.runs) == 5

    def test_a_second_server_in_the_folder_is_refused(self, start: Start) -> None:
        with start(), pytest.raises(Exception, match="is at work in this folder"), start():
            pass

    def test_stopping_does_not_wait_for_the_pile(
        self, start: Start, photos: Path, factory: Factory, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paths = pictures(photos, 400)
        enter = factory.enter
        monkeypatch.setattr(factory, "enter", lambda sha: (time.sleep(0.1), enter(sha)))
        with start(label_studio_deadline=0.3) as studio:
            assert [] in studio.predict(paths)
            begun = time.monotonic()
        assert time.monotonic() - begun < 10, "not the 20 s that the pile takes"
        assert len(factory.runs) < 400


class TestModels:
    def test_a_changed_model_counts_from_the_next_request(
        self, start: Start, photos: Path, factory: Factory, tmp_path: Path
    ) -> None:
        paths = pictures(photos, 3)
        with start() as studio:
            old = studio.setup()
            assert all(studio.predict(paths))
            write(tmp_path / "first.onnx", "n", "e", "w")
            until(lambda: studio.post(paths).json()["model_version"] != old)
            until(lambda: all(studio.predict(paths)))
            assert studio.setup() != old
            assert studio.inferred == 6

    def test_answers_of_two_model_files_are_never_mixed(
        self, start: Start, photos: Path, factory: Factory, tmp_path: Path
    ) -> None:
        paths = pictures(photos, 30)
        with start(label_studio_deadline=15, workers=1) as studio:
            factory.inside.clear()
            with ThreadPoolExecutor(1) as pool:
                call = pool.submit(studio.post, paths)
                assert factory.entered.acquire(timeout=10)
                old = studio.setup()
                write(tmp_path / "first.onnx", "n", "e", "w")
                time.sleep(1.1)
                factory.inside.set()
                answer = call.result(20).json()
            assert answer["model_version"] == old
            assert all(r == [] or r["model_version"] == old for r in answer["results"])
            until(lambda: all(studio.predict(paths)))

    def test_a_model_that_cannot_be_opened_is_nothing(
        self, start: Start, photos: Path, factory: Factory
    ) -> None:
        paths = pictures(photos, 2)
        with start(label_studio_deadline=5) as studio:
            factory.broken.add(studio.served.service.pool.fingerprint())
            assert studio.predict(paths) == [[], []]
            assert studio.predict(paths[:1]) == [[]]

    def test_a_control_chooses_among_the_models_that_are_served(
        self, tmp_path: Path, photos: Path, factory: Factory
    ) -> None:
        models = {name: write(tmp_path / f"{name}.onnx", name, "x", "y") for name in ("a", "b")}
        choosing = config(
            control('RectangleLabels model_path="b"', name="of_b"),
            control("RectangleLabels", name="of_first"),
            control('RectangleLabels model_path="/etc/passwd"', name="of_none"),
            control('RectangleLabels model_path="a.onnx"', name="of_a"),
        )
        with serve(
            models, opener=factory, data_dir=str(tmp_path / "data"), folders=(str(photos),)
        ) as served:
            studio = Studio(served, choosing)
            (result,) = studio.predict(pictures(photos, 1))
            assert {r["from_name"] for r in result["result"]} == {"of_a", "of_b", "of_first"}
            assert sorted(factory.open) == ["a", "b"]
            assert studio.inferred == 2

    def test_a_model_that_is_not_served_is_told_once(
        self, studio: Studio, photos: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        other = replace(studio, config=config(control('RectangleLabels model_path="yolo99"')))
        for _ in range(3):
            assert other.predict(pictures(photos, 2)) == [[], []]
        told = [r.getMessage() for r in caplog.records if "yolo99" in r.getMessage()]
        assert len(told) == 1
        assert "first" in told[0]

    def test_labels_that_match_no_class_store_nothing(
        self, studio: Studio, photos: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        other = replace(studio, config=config(control(labels=["lorry"])))
        assert other.predict(pictures(photos, 2)) == [[], []]
        assert "no control takes what model 'first' finds (red, green, blue, ...)" in caplog.text


def test_what_touches_memory_only_is_quick_while_predictions_are_blocked(
    start: Start, photos: Path, factory: Factory
) -> None:
    paths = pictures(photos, 64)
    with start(label_studio_deadline=30) as studio:
        idle = _slowest(studio)
        factory.inside.clear()
        calls = [threading.Thread(target=studio.post, args=([path],)) for path in paths]
        for call in calls:
            call.start()
        gate = studio.served.service.gate
        until(lambda: gate.waiting + gate.inside >= 60)
        blocked = min(_slowest(studio) for _ in range(3))
        factory.inside.set()
        for call in calls:
            call.join(30)
    assert blocked < max(0.05, 2 * idle), "50 ms, where the machine has nothing else to do"


def _slowest(studio: Studio) -> float:
    """The slowest but one of 30 seconds that /health takes, with other calls between."""
    seconds = []
    with httpx.Client(base_url=studio.served.url, trust_env=False) as client:
        for _ in range(30):
            begun = time.perf_counter()
            assert client.get("/health").status_code == 200
            seconds.append(time.perf_counter() - begun)
            assert client.get("/versions").status_code == 200
            assert client.post("/setup", json={"schema": BOXES}).status_code == 200
    return sorted(seconds)[-2]
