"""The labeler: a model file to annotations, for many threads, with its doubts told."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
import tiny_model
from onnx import helper

from formats.dataset import Label
from prelabel import batching
from prelabel.batching import Batcher, Direct
from prelabel.errors import BusyError, ModelError
from prelabel.image import Image, decode
from prelabel.labeler import Labeler
from prelabel.models.query import Query
from prelabel.session import cores
from prelabel.settings import Settings


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.write(tmp_path_factory.mktemp("model") / "tiny.onnx")


def coloured(channel: int) -> Image:
    """A picture whose top left quarter is of one colour, the rest black."""
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:32, :32, channel] = 255
    return Image(pixels)


def test_a_file_becomes_a_labeler(path: Path) -> None:
    with Labeler.open(path) as labeler:
        assert labeler.card.family == "yolo"
        assert labeler.warnings == ()
        found = labeler.label(coloured(1), Query(conf=0.9, iou=0.99))
        assert {labeler.card.labels[k].name for k in found.labels} == {"green"}
        assert [0.0, 0.0, 32.0, 32.0] in found.boxes.tolist()


def test_many_threads_get_their_own_answers(path: Path) -> None:
    pictures = [coloured(k % 3) for k in range(60)]
    with Labeler.open(path) as labeler, ThreadPoolExecutor(8) as pool:
        tables = list(pool.map(labeler.label, pictures))
    assert all(set(table.labels) == {k % 3} for k, table in enumerate(tables))


def test_on_a_cpu_calls_run_side_by_side(path: Path) -> None:
    with Labeler.open(path) as labeler:
        assert isinstance(labeler.runner, Direct)
        assert labeler.workers == cores()
    with Labeler.open(path, settings=Settings(workers=7, queue=1)) as labeler:
        assert labeler.workers == 7
        with ThreadPoolExecutor(7) as pool:
            assert len(list(pool.map(labeler.label, [coloured(0)] * 50))) == 50


def test_a_model_for_four_is_given_four(path: Path, tmp_path: Path) -> None:
    model = onnx.load(path)
    for value in (*model.graph.input, *model.graph.output):
        value.type.tensor_type.shape.dim[0].dim_value = 4
    for constant in model.graph.initializer:
        if constant.name == "boxes":
            array = onnx.numpy_helper.to_array(constant).repeat(4, axis=0)
            constant.CopyFrom(onnx.numpy_helper.from_array(array, "boxes"))
        if constant.name == "row":
            constant.CopyFrom(onnx.numpy_helper.from_array(np.array([4, 3, -1]), "row"))
    onnx.save(model, tmp_path / "four.onnx")
    with Labeler.open(path) as single, Labeler.open(tmp_path / "four.onnx") as labeler:
        assert isinstance(labeler.runner, Batcher)
        assert labeler.workers == max(8, cores())
        with ThreadPoolExecutor(8) as pool:
            tables = list(pool.map(labeler.label, [coloured(k % 3) for k in range(30)]))
        for k, table in enumerate(tables):
            alone = single.label(coloured(k % 3))
            assert np.array_equal(table.boxes, alone.boxes)
            assert np.array_equal(table.scores, alone.scores)


def test_labels_given_stand_over_those_of_the_file(path: Path) -> None:
    given = [Label("r"), Label("g"), Label("b")]
    with Labeler.open(path, labels=given) as labeler:
        assert [label.name for label in labeler.card.labels] == ["r", "g", "b"]


def test_a_broken_model_is_refused_unless_unchecked(path: Path, tmp_path: Path) -> None:
    model = onnx.load(path)
    model.graph.node[-1].output[0] = "before"
    model.graph.node.append(helper.make_node("Sub", ["before", "before"], ["output0"]))
    onnx.save(model, tmp_path / "zero.onnx")
    with pytest.raises(ModelError, match=r"zero\.onnx: every score is 0, whatever the picture"):
        Labeler.open(tmp_path / "zero.onnx")
    with Labeler.open(tmp_path / "zero.onnx", check=False) as labeler:
        assert len(labeler.label(coloured(0))) == 0


def test_a_second_graph_is_not_there(path: Path) -> None:
    with Labeler.open(path) as labeler, pytest.raises(ModelError, match="no second graph 'mask'"):
        labeler.run("mask", {})


def test_after_close_nothing_is_taken(path: Path) -> None:
    labeler = Labeler.open(path)
    labeler.close()
    with pytest.raises(BusyError, match="being closed"):
        labeler.label(coloured(0))


def test_one_thread_and_a_batch_agree_on_what_they_see(path: Path) -> None:
    """The same numbers through either runner: batches of one are what `Direct` runs."""
    with Labeler.open(path) as labeler:
        batcher = Batcher(labeler.session, 1, 8)
        name = labeler.card.input_name
        inputs = {name: np.random.default_rng(0).random((1, 3, 64, 64), dtype=np.float32)}
        runners: list[batching.Runner] = [labeler.runner, batcher]
        direct, joined = (runner.run(inputs)[0] for runner in runners)
        assert np.array_equal(direct, joined)
        batcher.close()


def test_importing_what_names_models_loads_no_runtime() -> None:
    heavy = "onnxruntime cv2 httpx httpcore PIL scipy"
    code = (
        "import sys; import prelabel.settings, prelabel.image, prelabel.fetch, prelabel.lookahead;"
        f"print([m for m in {heavy!r}.split() if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.real
def test_the_bus(real_data: Path) -> None:
    data = (real_data / "images" / "bus.jpg").read_bytes()
    with Labeler.open(real_data / "models" / "yolov8n_640_w16.onnx") as labeler:
        found = labeler.label(decode(data, "bus.jpg"), Query(conf=0.5))
    names = [labeler.card.labels[k].name for k in found.labels]
    assert sorted(names) == ["bus", "person", "person", "person"]
    assert np.allclose(np.sort(found.scores), [0.83, 0.90, 0.90, 0.91], atol=0.015)
