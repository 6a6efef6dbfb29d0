"""Jobs over HTTP: against `prelabel label`, over restarts and kills, within their bounds."""

from __future__ import annotations

import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import served_process
import tiny_model
from fake_models import until
from jobs import draw, finished, wait
from serving import Served, serve

import formats
from prelabel import batch
from prelabel.job import Asked, Job, Spec
from prelabel.settings import Settings
from server.jobs.sources import check
from server.protocols.native.schemas import JobDetail

PATH = "/api/v1/jobs"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return draw(tmp_path / "photos", 9)


@pytest.fixture
def served(tiny: Path, photos: Path, tmp_path: Path) -> Iterator[Served]:
    with serve({"tiny": tiny}, data_dir=str(tmp_path / "data"), folders=(str(photos),)) as found:
        yield found


def begun(served: Served, **asked: Any) -> str:
    answer = served.client.post(PATH, json=asked)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def ended(served: Served, id_: str) -> dict[str, Any]:
    """What is told of a job at its end; asked now and then, for it needs the processor, too."""
    end = time.monotonic() + 120
    while (found := served.client.get(f"{PATH}/{id_}").json())["state"] in ("waiting", "running"):
        assert time.monotonic() < end, found
        time.sleep(0.05)
    JobDetail.model_validate(found)
    return dict(found)


def results(served: Served, id_: str, name: str) -> bytes:
    answer = served.client.get(f"{PATH}/{id_}/results", params={"format": name})
    assert answer.status_code == 200, answer.text
    return answer.content


def test_a_job_gives_what_the_command_line_gives(
    served: Served, tiny: Path, photos: Path, tmp_path: Path
) -> None:
    asked = {"conf": 0.3, "classes": ["red", "green"], "thresholds": {"red": 0.5}}
    id_ = begun(served, sources=[str(photos)], formats=["coco", "yolo"], **asked)
    found = ended(served, id_)
    assert found["state"] == "done", found
    assert found["pictures"] == {"total": 9, "done": 9, "failed": 0}
    assert served.counted("images_inferred_total", model="tiny") == 9
    out = tmp_path / "shell"
    job = Job(
        sources=(str(photos),),
        out=str(out),
        spec=Spec(model=str(tiny)),
        targets=("coco", "yolo"),
        options={"images": "none"},
        asked=batch_asked(asked),
    )
    report = batch.run(job)
    assert found["objects"] == dict(report.objects)
    assert results(served, id_, "coco") == next((out / "coco").rglob("*.json")).read_bytes()
    mine = formats.read(out, "native")
    place = tmp_path / "native.jsonl"
    place.write_bytes(results(served, id_, "native"))
    for one, other in zip(formats.read(place, "native").items, mine.items, strict=True):
        assert one.path == other.path
        assert one.annotations is not None
        assert other.annotations is not None
        assert np.array_equal(one.annotations.boxes, other.annotations.boxes)
    with zipfile.ZipFile(io.BytesIO(results(served, id_, "yolo"))) as archive:
        assert archive.testzip() is None
        labels = [path for path in (out / "yolo").rglob("*.txt") if path.is_file()]
        for path in labels:
            assert archive.read(path.relative_to(out / "yolo").as_posix()) == path.read_bytes()


def batch_asked(asked: dict[str, Any]) -> Asked:
    return Asked(
        conf=asked["conf"],
        classes=tuple(asked["classes"]),
        thresholds=tuple(asked["thresholds"].items()),
    )


def test_pictures_that_cannot_be_had_are_told_and_the_rest_is_done(
    served: Served, photos: Path
) -> None:
    (photos / "broken.png").write_bytes(b"no picture")
    sources = [str(photos), "http://127.0.0.1:9/private.jpg"]
    found = ended(served, begun(served, sources=sources))
    assert found["state"] == "done"
    assert found["pictures"] == {"total": 11, "done": 11, "failed": 2}
    reasons = {lost["path"]: lost["reason"] for lost in found["failures"]}
    assert "is not a picture" in reasons["broken.png"]
    assert "this machine" in reasons["private.jpg"]
    assert str(photos) not in json.dumps(found)


@pytest.mark.parametrize(
    "source",
    [
        "/etc/passwd",
        "photos",
        "../photos",
        "/etc/*.conf",
        "file:///etc/passwd",
        "data:,x",
        "ftp://example.org/x.jpg",
        "\0",
        "~",
    ],
)
def test_other_folders_are_closed(served: Served, source: str) -> None:
    answer = served.client.post(PATH, json={"sources": [source]})
    assert answer.status_code == 403, answer.text
    assert answer.json()["error"]["kind"] == "FetchRefused"
    assert served.client.get(PATH).json() == {"jobs": []}


def test_links_and_dots_do_not_lead_out(photos: Path, tmp_path: Path, served: Served) -> None:
    secret = draw(tmp_path / "secret", 1)
    (photos / "way-out").symlink_to(secret)
    settings = Settings(folders=(str(photos),))
    check([str(photos), f"{photos}/*.png", str(photos / "more")], settings)
    for source in (photos / "way-out", photos / ".." / "secret", secret):
        answer = served.client.post(PATH, json={"sources": [str(source)]})
        assert answer.status_code == 403
    found = ended(served, begun(served, sources=[str(photos)]))
    lost = [each for each in found["failures"] if "way-out" in each["path"]]
    assert len(lost) == 1
    assert "outside the folders" in lost[0]["reason"]


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        (422, {}),
        (422, {"sources": []}),
        (422, {"sources": [1]}),
        (422, {"sources": ["http://a/b"], "formats": ["tiff"]}),
        (422, {"sources": ["http://a/b"], "formats": []}),
        (422, {"sources": ["http://a/b"], "classes": ["dog"]}),
        (422, {"sources": ["http://a/b"], "conf": 2}),
        (422, {"sources": ["http://a/b"], "colour": 2}),
        (404, {"sources": ["http://a/b"], "model": "none"}),
    ],
)
def test_wrong_jobs_are_not_begun(served: Served, status: int, asked: dict[str, Any]) -> None:
    answer = served.client.post(PATH, json=asked)
    assert answer.status_code == status, answer.text
    assert served.client.get(PATH).json() == {"jobs": []}


def test_results_of_what_is_not_there(served: Served, photos: Path) -> None:
    id_ = begun(served, sources=[str(photos)])
    ended(served, id_)
    get = served.client.get
    assert get(f"{PATH}/{id_}/results", params={"format": "yolo"}).status_code == 422
    assert get(f"{PATH}/{id_}/results", params={"format": "../../x"}).status_code == 422
    for path in ("none", "..", "%2e%2e%2fphotos", id_ + "x"):
        assert get(f"{PATH}/{path}").status_code == 404
        assert get(f"{PATH}/{path}/results").status_code == 404
        assert served.client.delete(f"{PATH}/{path}").status_code == 404


def test_a_deleted_job_leaves_nothing(served: Served, photos: Path) -> None:
    id_ = begun(served, sources=[str(photos)], formats=["yolo"])
    ended(served, id_)
    results(served, id_, "yolo")
    assert served.client.delete(f"{PATH}/{id_}").status_code == 204
    assert served.client.get(f"{PATH}/{id_}").status_code == 404
    assert list((Path(served.settings.data_dir) / "jobs").iterdir()) == []


def slow_model(folder: Path) -> Path:
    """A model that takes its time, so that a job is met in the middle."""
    return tiny_model.write(folder / "slow.onnx", layers=10)


def test_a_running_job_can_be_deleted_and_the_next_one_runs(tmp_path: Path, photos: Path) -> None:
    draw(photos, 200, seed=1)
    settings = {"data_dir": str(tmp_path / "data"), "folders": (str(photos),)}
    with serve({"slow": slow_model(tmp_path)}, **settings) as served:
        first = begun(served, sources=[str(photos)])
        second = begun(served, sources=[str(photos / "more")])
        until(lambda: served.client.get(f"{PATH}/{first}").json()["pictures"]["done"] > 2)
        states = [job["state"] for job in served.client.get(PATH).json()["jobs"]]
        assert states == ["running", "waiting"]
        answer = served.client.get(f"{PATH}/{first}/results")
        assert answer.status_code == 409
        assert served.client.delete(f"{PATH}/{first}").status_code == 204
        assert [job["id"] for job in served.client.get(PATH).json()["jobs"]] == [second]
        until(lambda: served.client.get(f"{PATH}/{second}").json()["state"] != "waiting")
        assert not (tmp_path / "data" / "jobs" / first).exists()


def test_a_stopped_server_leaves_the_rest_to_the_next(tmp_path: Path, photos: Path) -> None:
    draw(photos, 30, seed=1)
    model = slow_model(tmp_path)
    settings = {"data_dir": str(tmp_path / "data"), "folders": (str(photos),)}
    with serve({"slow": model}, **settings) as served:
        ids = [begun(served, sources=[str(photos)]), begun(served, sources=[str(photos / "more")])]
        until(lambda: served.client.get(f"{PATH}/{ids[0]}").json()["pictures"]["done"] > 2)
    done = served.counted("images_inferred_total", model="slow")
    assert 2 < done < 39
    with serve({"slow": model}, **settings) as served:
        found = [ended(served, id_) for id_ in ids]
        assert [each["state"] for each in found] == ["done", "done"]
        assert found[0]["pictures"] == {"total": 39, "done": 39, "failed": 0}
        again = served.counted("images_inferred_total", model="slow")
        assert done + again == 39 + found[1]["pictures"]["total"]
        first = results(served, ids[0], "native")
    out = tmp_path / "shell"
    batch.run(Job(sources=(str(photos),), out=str(out), spec=Spec(model=str(model))))
    assert boxes(first) == boxes((out / "dataset.prelabel.jsonl").read_bytes())


def test_a_killed_server_leaves_the_rest_to_the_next(tmp_path: Path, photos: Path) -> None:
    draw(photos, 30, seed=1)
    model = slow_model(tmp_path)
    settings = {"folders": [photos], "workers": 1}
    with served_process.serving({"slow": model}, tmp_path / "run", **settings) as served:
        url = f"{served.url}{PATH}"
        answer = httpx.post(url, json={"sources": [str(photos)]}, trust_env=False, timeout=60)
        id_ = answer.json()["id"]
        wait(lambda: finished(tmp_path / "run" / "data" / "jobs" / id_ / "out") > 2, served.process)
        served.kill()
    settings = {"data_dir": str(tmp_path / "run" / "data"), "folders": (str(photos),)}
    with serve({"slow": model}, **settings) as served:
        again = begun(served, sources=[str(photos)])
        first, second = (ended(served, each) for each in (id_, again))
        assert first["pictures"] == second["pictures"]
        assert boxes(results(served, id_, "native")) == boxes(results(served, again, "native"))


def boxes(journal: bytes) -> list[Any]:
    """What a journal says about its pictures, in order."""
    return [json.loads(line) for line in journal.splitlines()[1:]]


def test_another_model_under_the_name_ends_the_job_in_words(tmp_path: Path, photos: Path) -> None:
    draw(photos, 30, seed=1)
    settings = {"data_dir": str(tmp_path / "data"), "folders": (str(photos),)}
    with serve({"m": slow_model(tmp_path)}, **settings) as served:
        id_ = begun(served, sources=[str(photos)])
        until(lambda: served.client.get(f"{PATH}/{id_}").json()["pictures"]["done"] > 2)
    other = tiny_model.write(
        tmp_path / "other.onnx", ("red", "green", "blue", "grey")[:3], layers=1
    )
    with serve({"m": other}, **settings) as served:
        found = ended(served, id_)
    assert found["state"] == "failed"
    assert "the job was begun with model" in found["failure"]
    with serve({"x": other}, **settings) as served:
        assert served.client.get(f"{PATH}/{id_}").json()["failure"] == found["failure"]


def test_a_folder_that_was_closed_meanwhile_ends_the_job(tmp_path: Path, photos: Path) -> None:
    draw(photos, 30, seed=1)
    model, data = slow_model(tmp_path), str(tmp_path / "data")
    with serve({"m": model}, data_dir=data, folders=(str(photos),)) as served:
        id_ = begun(served, sources=[str(photos)])
        until(lambda: served.client.get(f"{PATH}/{id_}").json()["pictures"]["done"] > 2)
    with serve({"m": model}, data_dir=data) as served:
        found = ended(served, id_)
    assert found["state"] == "failed"
    assert "lies in no folder that may be read" in found["failure"]


def test_the_number_of_jobs_is_bounded(tmp_path: Path, tiny: Path, photos: Path) -> None:
    settings = {"data_dir": str(tmp_path / "data"), "folders": (str(photos),), "max_jobs": 2}
    with serve({"tiny": tiny}, **settings) as served:
        ids = [begun(served, sources=[str(photos)]) for _ in range(2)]
        answer = served.client.post(PATH, json={"sources": [str(photos)]})
        assert answer.status_code == 409
        assert answer.json()["error"]["kind"] == "ConflictError"
        assert served.client.delete(f"{PATH}/{ids[0]}").status_code == 204
        ended(served, begun(served, sources=[str(photos)]))


def test_records_that_cannot_be_read_are_passed_over(
    tmp_path: Path, tiny: Path, photos: Path
) -> None:
    for name, text in {"a": "{", "b": "", "c": '{"id": 1}'}.items():
        place = tmp_path / "data" / "jobs" / name
        place.mkdir(parents=True)
        (place / "job.json").write_text(text)
    settings = {"data_dir": str(tmp_path / "data"), "folders": (str(photos),)}
    with serve({"tiny": tiny}, **settings) as served:
        assert served.client.get(PATH).json() == {"jobs": []}
        ended(served, begun(served, sources=[str(photos)]))


def test_interactive_requests_go_before_a_job(tmp_path: Path, photos: Path) -> None:
    """While a job holds the only place for one picture at a time, a prediction waits for one."""
    draw(photos, 300, seed=1)
    settings = {"data_dir": str(tmp_path / "data"), "folders": (str(photos),), "workers": 1}
    with serve({"slow": slow_model(tmp_path)}, **settings) as served:
        id_ = begun(served, sources=[str(photos)])

        def pictures() -> int:
            return int(served.client.get(f"{PATH}/{id_}").json()["pictures"]["done"])

        until(lambda: pictures() > 2)
        data = next(photos.glob("*.png")).read_bytes()
        before = pictures()
        answer = served.client.post(
            "/api/v1/predict", content=data, headers={"content-type": "image/png"}
        )
        assert answer.status_code == 200
        assert pictures() - before < 20
        served.client.delete(f"{PATH}/{id_}")


def test_nothing_is_polled_while_there_is_nothing_to_do(served: Served) -> None:
    """The job thread sleeps: it uses no processor time worth measuring."""
    thread = next(t for t in threading.enumerate() if t.name == "prelabel-jobs")
    clock = time.pthread_getcpuclockid(thread.ident or 0)
    before = time.clock_gettime(clock)
    time.sleep(0.5)
    assert time.clock_gettime(clock) - before < 0.005
