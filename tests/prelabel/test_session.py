"""Sessions: what a graph tells about itself, and onnxruntime's errors as ours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
import tiny_model
from onnx import TensorProto, helper

from prelabel import providers, session
from prelabel.errors import ModelError
from prelabel.session import open_session


def saved(path: Path, *nodes: onnx.NodeProto, shape: tuple = ("n", 2), opset: int = 17) -> Path:
    """A graph from `x` to `y` of one shape."""
    graph = helper.make_graph(
        nodes or [helper.make_node("Neg", ["x"], ["y"])],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
    )
    opsets = [helper.make_opsetid("", opset)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    helper.set_model_props(model, {"task": "negate"})
    path.write_bytes(model.SerializeToString())
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return saved(tmp_path / "m.onnx")


def test_the_graph_tells_its_interface(path: Path) -> None:
    graph = open_session(path).graph
    assert graph.path == str(path)
    assert (graph.inputs[0].name, graph.inputs[0].shape, graph.inputs[0].dtype) == (
        *("x", ("n", 2)),
        "float32",
    )
    assert graph.metadata == {"task": "negate"}
    assert len(graph.sha256) == 64


def test_runs_for_many_threads(path: Path) -> None:
    opened = open_session(path)
    inputs = [np.full((1, 2), i, np.float32) for i in range(64)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda x: opened.run({"x": x})[0], inputs))
    assert all(np.array_equal(a, -x) for a, x in zip(answers, inputs, strict=True))


def test_a_run_gets_one_thread_unless_told_otherwise(path: Path) -> None:
    assert open_session(path).threads == 1
    assert open_session(path, threads=2).threads == 2


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"x": np.zeros((1, 3), np.float32)}, r"index: 1 Got: 3 Expected: 2"),
        ({"x": np.zeros((1, 2), np.float64)}, r"Unexpected input data type"),
        ({"z": np.zeros((1, 2), np.float32)}, r"\['x'\]\) are missing"),
    ],
)
def test_inputs_that_do_not_fit(path: Path, inputs: dict, told: str) -> None:
    with pytest.raises(ModelError, match=told) as caught:
        open_session(path).run(inputs)
    assert str(caught.value).startswith(f"{path}: run failed: ")
    assert "\n" not in str(caught.value)
    assert "ONNXRuntimeError" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"opset": 99},
            r"is written in opset 99, supported are those up to \d+ .export with an older opset",
        ),
        ({"node": helper.make_node("Nonsense", ["x"], ["y"])}, r"No Op registered for Nonsense"),
        ({"node": helper.make_node("Neg", ["missing"], ["y"])}, r"missing"),
    ],
)
def test_models_that_the_runtime_refuses(change: dict, told: str, tmp_path: Path, capfd) -> None:
    nodes = [change["node"]] if "node" in change else []
    path = saved(tmp_path / "m.onnx", *nodes, opset=change.get("opset", 17))
    with pytest.raises(ModelError, match=told) as caught:
        open_session(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_provider_that_is_not_here(path: Path) -> None:
    with pytest.raises(ModelError, match=r"provider 'tensorrt' is not installed .here: .*cpu"):
        open_session(path, provider="tensorrt")


@pytest.mark.parametrize("raises", [True, False])
def test_a_provider_that_is_listed_but_does_not_start(
    raises: bool, path: Path, monkeypatch
) -> None:
    start = session._start

    def without_driver(path: Path, name: str, threads: int) -> object:
        if name != "cpu" and raises:
            raise RuntimeError("libcuda.so.1: cannot open shared object file")
        return start(path, "cpu", threads)

    listed = [providers.PROVIDERS["cuda"], providers.PROVIDERS["cpu"]]
    monkeypatch.setattr(session.onnxruntime, "get_available_providers", lambda: listed)
    monkeypatch.setattr(session, "_start", without_driver)
    assert open_session(path).provider == "cpu"
    told = r"libcuda" if raises else r"provider 'cuda' does not start here"
    with pytest.raises(ModelError, match=told):
        open_session(path, provider="cuda")


def test_weights_in_a_second_file_that_is_missing(tmp_path: Path) -> None:
    path = tiny_model.write(tmp_path / "m.onnx")
    model = onnx.load(path)
    onnx.save_model(model, path, save_as_external_data=True, location="m.data", size_threshold=512)
    assert open_session(path).provider == "cpu"
    (tmp_path / "m.data").unlink()
    with pytest.raises(ModelError, match=r"m\.data"):
        open_session(path)


@pytest.mark.parametrize(
    ("text", "cores"),
    [("max 100000", 1 << 16), ("150000 100000", 2), ("50000 100000", 1), ("", 1 << 16)],
)
def test_quota_of_a_control_group(text: str, cores: int, tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text(text)
    assert session.quota(tmp_path / "cpu.max") == cores
    assert session.quota(tmp_path / "none") == 1 << 16
    assert session.cores() >= 1
