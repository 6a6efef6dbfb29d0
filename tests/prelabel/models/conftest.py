"""ONNX graphs with exact interfaces and made-up outputs, and exports of the peer."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from benchmarks import torchvision_operators

TYPES = {
    "float32": TensorProto.FLOAT,
    "float16": TensorProto.FLOAT16,
    "uint8": TensorProto.UINT8,
    "int64": TensorProto.INT64,
}


@dataclass
class Interface:
    """A graph to be built: names, shapes (a text is a free axis), dtypes, metadata.

    `outputs` is name -> (declared shape, values that it answers to one picture); values move a
    little with the mean of the pictures unless `frozen`.
    """

    outputs: Mapping[str, tuple[Sequence[int | str], NDArray]]
    shape: Sequence[int | str] = (1, 3, 64, 64)
    dtype: str = "float32"
    input_name: str = "images"
    extra_inputs: Mapping[str, tuple[Sequence[int | str], str]] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)
    frozen: bool = False


def build(interface: Interface, path: Path) -> Path:
    """Write the graph: every output is its values plus 1e-4 times the mean of the picture."""
    nodes = [
        helper.make_node("Cast", [interface.input_name], ["picture"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["picture"], ["mean"], keepdims=0),
    ]
    constants = [numpy_helper.from_array(np.float32(0 if interface.frozen else 1e-4), "step")]
    constants.append(numpy_helper.from_array(np.zeros(1, np.int64), "first"))
    constants.append(numpy_helper.from_array(np.ones(1, np.int64), "second"))
    nodes += [
        helper.make_node("Mul", ["mean", "step"], ["change"]),
        helper.make_node("Shape", [interface.input_name], ["size"]),
        helper.make_node("Slice", ["size", "first", "second"], ["batch"]),
    ]
    declared = []
    for name, (shape, values) in interface.outputs.items():
        constants.append(numpy_helper.from_array(values.astype(np.float32), f"{name}_values"))
        kind = TYPES[values.dtype.name]
        constants.append(numpy_helper.from_array(np.array(values.shape[1:]), f"{name}_rest"))
        nodes += [
            helper.make_node("Add", [f"{name}_values", "change"], [f"{name}_sum"]),
            helper.make_node("Cast", [f"{name}_sum"], [f"{name}_one"], to=kind),
            helper.make_node("Concat", ["batch", f"{name}_rest"], [f"{name}_size"], axis=0),
            helper.make_node("Expand", [f"{name}_one", f"{name}_size"], [name]),
        ]
        declared.append(helper.make_tensor_value_info(name, kind, list(shape)))
    inputs = {interface.input_name: (interface.shape, interface.dtype), **interface.extra_inputs}
    graph = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info(n, TYPES[d], list(s)) for n, (s, d) in inputs.items()],
        declared,
        initializer=constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(model, dict(interface.metadata))
    onnx.save(model, path)
    return path


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Path]:
    """``made(outputs, ...)`` writes a graph with the fields of `Interface` and gives its path."""

    def make(*args: Any, **fields: Any) -> Path:
        return build(Interface(*args, **fields), tmp_path / "made.onnx")

    return make


@pytest.fixture(scope="session")
def peer() -> Any:
    """The ultralytics package, with a torchvision that lacks its operators made importable."""
    pytest.importorskip("ultralytics", reason="needs the ultralytics extra", exc_type=ImportError)
    torchvision_operators.declare()
    import ultralytics

    return ultralytics


@pytest.fixture(scope="session")
def exported(peer: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """``exported("yolo11n-seg", imgsz=96, ...)``: the peer's export of lively random weights."""
    folder = tmp_path_factory.mktemp("exports")
    done: dict[str, Path] = {}

    def export(name: str, **arguments: Any) -> Path:
        key = "_".join([name, *(f"{k}-{v}" for k, v in sorted(arguments.items()))])
        if key not in done:
            before = Path.cwd()
            os.chdir(folder)
            try:
                done[key] = _export(peer, name, arguments).rename(folder / f"{key}.onnx")
            finally:
                os.chdir(before)
        return done[key]

    return export


def _export(peer: Any, name: str, arguments: dict[str, Any]) -> Path:
    import torch

    torch.manual_seed(1)
    kind = peer.RTDETR if name.startswith("rtdetr") else peer.YOLO
    model = kind(f"{name}.yaml")
    _enliven(model.model)
    options = {"format": "onnx", "simplify": False, "verbose": False, "imgsz": 96, **arguments}
    return Path(model.export(**options)).resolve()


def _enliven(network: Any) -> None:
    """Random weights such that scores differ from candidate to candidate and from class to class.

    Fresh networks answer almost a constant, so that ties would decide what is suppressed.
    """
    import torch

    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    with torch.no_grad():
        for norm in norms:
            norm.momentum = 1.0
        network.train()
        network(torch.rand(4, 3, 96, 96))
        for module in network.modules():
            if isinstance(module, torch.nn.Conv2d) and module.bias is not None:
                module.weight.mul_(0.2)
                module.bias.normal_(1, 0.5)
    network.eval()
