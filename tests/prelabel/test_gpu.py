"""Every provider that works on this machine beside the CPU: the same boxes, masks and keypoints,
the same bytes of a job each time, and told as what it is.

Skipped where only the CPU works; the reason of the skip is what a user is told. OpenVINO, which
needs no GPU, counts too. `-s` prints the largest differences.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from jobs import Job, content
from PIL import Image as Pillow
from serving import jpeg, serve

from formats.annotations import Annotations
from geometry import masks
from prelabel import weights
from prelabel.batching import Batcher
from prelabel.errors import ModelError
from prelabel.image import Image
from prelabel.labeler import Labeler
from prelabel.models.query import Query
from prelabel.scenes import draw
from prelabel.session import Session, open_session
from prelabel.settings import Settings

pytestmark = pytest.mark.gpu

SEEDS = range(8_000_000, 8_000_006)
CONF, CLOSE = 0.25, 0.002
"""What lies so close to the threshold may be on either side of it."""


@pytest.fixture(scope="module", params=["cuda", "tensorrt", "openvino"])
def provider(request: pytest.FixtureRequest) -> str:
    try:
        open_session(weights.path("segment"), provider=request.param).close()
    except ModelError as error:
        pytest.skip(str(error))
    return request.param


@pytest.fixture(scope="module")
def pictures() -> list[Image]:
    return [Image(draw(seed).pixels) for seed in SEEDS]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory, pictures: list[Image]) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    for i, picture in enumerate(pictures):
        Pillow.fromarray(picture.pixels).save(folder / f"{i}.png")
    return folder


@pytest.fixture(params=weights.TASKS)
def pair(request: pytest.FixtureRequest, provider: str) -> Iterator[tuple[Labeler, Labeler]]:
    """A built-in model on the provider and on the CPU."""
    path = weights.path(request.param)
    with (
        Labeler.open(path, settings=Settings(provider=provider)) as other,
        Labeler.open(path, settings=Settings(provider="cpu")) as cpu,
    ):
        assert (other.session.provider, cpu.session.provider) == (provider, "cpu")
        yield other, cpu


def tensors(pictures: list[Image]) -> np.ndarray:
    pixels = np.stack([picture.pixels for picture in pictures])
    return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2), np.float32) / 255


@pytest.mark.parametrize("count", [1, 3, 6])
def test_outputs_are_those_of_the_cpu(pair: tuple, pictures: list[Image], count: int) -> None:
    inputs = {pair[0].card.input_name: tensors(pictures[:count])}
    for theirs, ours in zip(*(each.session.run(inputs) for each in pair), strict=True):
        scale = np.abs(ours).max()
        print(f"batch of {count}: {np.abs(theirs - ours).max():.2g} of {scale:.3g}")
        assert theirs.dtype == ours.dtype
        assert np.allclose(theirs, ours, rtol=1e-3, atol=1e-5 * scale)


def partners(found: Annotations, others: Annotations) -> Iterator[tuple[int, int]]:
    """The row of `others` for each row that is clearly over the threshold: nearest of its class."""
    for i in np.flatnonzero(found.scores > CONF + CLOSE):
        same = np.flatnonzero(others.labels == found.labels[i])
        assert len(same), "found by one alone"
        yield i, same[np.abs(others.boxes[same] - found.boxes[i]).max(axis=1).argmin()]


def difference(found: Annotations, others: Annotations) -> dict[str, float]:
    """The largest differences of rows that belong together, pixels; masks by 1 - IoU."""
    worst = dict.fromkeys(("box", "score", "mask", "keypoint"), 0.0)
    for i, j in partners(found, others):
        row = {"box": np.abs(found.boxes[i] - others.boxes[j]).max()}
        row["score"] = abs(found.scores[i] - others.scores[j])
        if found.masks is not None and others.masks is not None:
            row["mask"] = 1 - masks.iou([found.masks[i]], [others.masks[j]])[0, 0]
        if found.keypoints is not None and others.keypoints is not None:
            row["keypoint"] = np.nanmax(np.abs(found.keypoints - others.keypoints[j])[i, :, :2])
        worst |= {name: max(worst[name], float(value)) for name, value in row.items()}
    return worst


def test_objects_are_those_of_the_cpu(pair: tuple, pictures: list[Image]) -> None:
    tables = [[each.label(picture, Query(conf=CONF)) for picture in pictures] for each in pair]
    assert sum(map(len, tables[1])) > 20
    for theirs, ours in zip(*tables, strict=True):
        for worst in (difference(theirs, ours), difference(ours, theirs)):
            print(worst)
            assert worst["box"] < 0.05
            assert worst["score"] < CLOSE
            assert worst["mask"] < 0.02
            assert worst["keypoint"] < 0.05


def test_calls_of_many_threads_get_their_own_answers(pair: tuple, pictures: list[Image]) -> None:
    """On a GPU they become batches of whatever size: none takes another's row."""
    other, cpu = pair
    assert other.session.on_cpu or isinstance(other.runner, Batcher)
    wanted = [cpu.label(picture, Query(conf=CONF)) for picture in pictures]
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda p: other.label(p, Query(conf=CONF)), pictures * 6))
    for table, own in zip(found, wanted * 6, strict=True):
        assert difference(table, own)["box"] < 0.05


@pytest.mark.parametrize("task", weights.TASKS)
def test_a_job_says_what_ran_it_and_gives_the_same_bytes_again(
    provider: str, task: str, photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    job = Job(tmp_path, "--provider", provider, "--to", "coco")
    job.model = weights.path(task)
    summary = tmp_path / "summary.json"
    kept = []
    for name in ("first", "second"):
        out = tmp_path / name
        assert job.run("--summary", str(summary), source=photos, out=out) == 0
        told = capsys.readouterr()
        assert told.err.count("prelabel:") == 0
        assert f" pictures/s on {provider}\n" in told.out
        assert json.loads(summary.read_text())["provider"] == provider
        kept.append(content(out))
    assert kept[0] == kept[1]


def test_the_server_says_what_runs_its_model(provider: str) -> None:
    with serve({"seg": weights.path("segment")}, provider=provider) as served:
        post = served.client.post
        for seed in range(4):
            assert post("/api/v1/predict", files={"file": jpeg(seed=seed)}).status_code == 200
        (model,) = served.client.get("/api/v1/models").json()["models"]
        assert model["provider"] == provider
        line = f'prelabel_model_provider{{model="seg",provider="{provider}"}} 1.0'
        assert line in served.client.get("/metrics").text


@pytest.mark.parametrize("batch", [1, 2])
def test_a_graph_of_a_fixed_batch(provider: str, batch: int, tmp_path: Path) -> None:
    job = Job(tmp_path, batch=batch)
    runs: dict[str, Session] = {
        name: open_session(job.model, provider=name) for name in (provider, "cpu")
    }
    picture = np.random.default_rng(1).random((batch, 3, 64, 64), dtype=np.float32)
    theirs, ours = (each.run({"images": picture})[0] for each in runs.values())
    assert np.allclose(theirs, ours, atol=1e-4)


@pytest.mark.real
@pytest.mark.parametrize(
    "name", ["yolov8n_640_w16", "yolov8n-seg_640_w16", "yolo11n-pose_640_w16", "yolo11n_640_w16"]
)
def test_real_models_see_what_they_see_on_the_cpu(
    provider: str, name: str, real_data: Path
) -> None:
    data = (real_data / "images" / "bus.jpg").read_bytes()
    from prelabel.image import decode

    tables = []
    for each in (provider, "cpu"):
        settings = Settings(provider=each)
        with Labeler.open(real_data / "models" / f"{name}.onnx", settings=settings) as labeler:
            assert labeler.session.provider == each
            tables.append(labeler.label(decode(data, "bus.jpg"), Query(conf=CONF)))
    worst = difference(*tables)
    print(name, worst)
    assert len(tables[1]) >= 4
    assert max(worst["box"], worst["keypoint"]) < 0.1
    assert worst["score"] < CLOSE
