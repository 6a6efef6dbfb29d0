"""A very small detector with the interface of an Ultralytics export, for tests of jobs.

It sees 16 x 16 and larger cells of a 64 x 64 tensor and gives each the scores "how red, how green,
how blue is it", so that what it finds follows from the picture and can be worked out by hand.
`layers` adds convolutions that leave the picture as it is: a model that takes its time.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

NAMES = ("red", "green", "blue")
SIZE = 64
STRIDES = (8, 16, 32)
WIDE = 24


def write(path: Path, names: tuple[str, ...] = NAMES, layers: int = 0, batch: int = 1) -> Path:
    """Write the model to `path`; it takes `batch` pictures at once, no more and no less."""
    nodes, constants = _slow(layers) if layers else ([], [])
    source = "same" if layers else "images"
    constants.append(numpy_helper.from_array(np.repeat(_boxes(), batch, axis=0), "boxes"))
    constants.append(numpy_helper.from_array(np.array([batch, 3, -1]), "row"))
    for stride in STRIDES:
        sides = [stride, stride]
        pool = helper.make_node(
            "AveragePool", [source], [f"mean{stride}"], kernel_shape=sides, strides=sides
        )
        nodes += [pool, helper.make_node("Reshape", [f"mean{stride}", "row"], [f"row{stride}"])]
    rows = [f"row{stride}" for stride in STRIDES]
    nodes.append(helper.make_node("Concat", rows, ["scores"], axis=2))
    nodes.append(helper.make_node("Concat", ["boxes", "scores"], ["output0"], axis=1))
    return _save(path, names, nodes, constants, batch)


def _save(path: Path, names: tuple[str, ...], nodes: list, constants: list, batch: int) -> Path:
    shape = [batch, 3, SIZE, SIZE]
    cells = sum((SIZE // stride) ** 2 for stride in STRIDES)
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, [batch, 7, cells])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    facts = {"task": "detect", "names": str(dict(enumerate(names))), "stride": "32"}
    helper.set_model_props(model, {**facts, "imgsz": f"[{SIZE}, {SIZE}]"})
    onnx.save(model, path)
    return path


def _boxes() -> np.ndarray:
    """(1, 4, cells) cx cy w h: every cell is its own box."""
    rows = []
    for stride in STRIDES:
        centres = np.arange(SIZE // stride) * stride + stride / 2
        y, x = np.meshgrid(centres, centres, indexing="ij")
        rows.append(np.stack([x.ravel(), y.ravel(), *np.full((2, x.size), stride)]))
    return np.concatenate(rows, axis=1)[None].astype(np.float32)


def _slow(layers: int) -> tuple[list, list]:
    """Convolutions by a unit kernel: `same` equals `images`, after some work."""
    widen = np.zeros((WIDE, 3, 1, 1), np.float32)
    widen[[0, 1, 2], [0, 1, 2]] = 1
    unit = np.zeros((WIDE, WIDE, 7, 7), np.float32)
    unit[range(WIDE), range(WIDE), 3, 3] = 1
    narrow = widen.transpose(1, 0, 2, 3).copy()
    constants = [
        numpy_helper.from_array(array, name)
        for name, array in (("widen", widen), ("unit", unit), ("narrow", narrow))
    ]
    nodes = [helper.make_node("Conv", ["images", "widen"], ["wide0"])]
    for i in range(layers):
        pads = [3, 3, 3, 3]
        nodes.append(helper.make_node("Conv", [f"wide{i}", "unit"], [f"wide{i + 1}"], pads=pads))
    nodes.append(helper.make_node("Conv", [f"wide{layers}", "narrow"], ["same"]))
    return nodes, constants
