"""Tiny models of other tasks than detection, built in code: rotated boxes, and tags.

Like `tiny_model` they look at colours alone, so a picture's answer is known without training: each
cell of the grid is a box, turned by an angle of its own, and its scores are its mean colours.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import tiny_model
from onnx import TensorProto, helper, numpy_helper

__all__ = ["classify", "obb"]

SIDE = tiny_model.SIZE


def obb(path: Path, names: tuple[str, ...] = tiny_model.NAMES) -> Path:
    """Boxes twice as wide as high, turned by -0.7 to 0.7 radians; scores are mean colours."""
    boxes = tiny_model._boxes()
    boxes[0, 2] *= 2
    angles = np.linspace(-0.7, 0.7, boxes.shape[2], dtype=np.float32)[None, None]
    constants = [
        numpy_helper.from_array(boxes, "boxes"),
        numpy_helper.from_array(angles, "angles"),
        numpy_helper.from_array(np.array([1, 3, -1]), "row"),
    ]
    nodes = []
    for stride in tiny_model.STRIDES:
        sides = [stride, stride]
        nodes += [
            helper.make_node(
                "AveragePool", ["images"], [f"mean{stride}"], kernel_shape=sides, strides=sides
            ),
            helper.make_node("Reshape", [f"mean{stride}", "row"], [f"row{stride}"]),
        ]
    rows = [f"row{stride}" for stride in tiny_model.STRIDES]
    nodes += [
        helper.make_node("Concat", rows, ["scores"], axis=2),
        helper.make_node("Concat", ["boxes", "scores", "angles"], ["output0"], axis=1),
    ]
    return _save(path, "obb", names, nodes, constants, [1, 8, boxes.shape[2]])


def classify(path: Path, names: tuple[str, ...] = tiny_model.NAMES) -> Path:
    """The scores of a picture are the mean colours of its middle."""
    constants = [numpy_helper.from_array(np.array([1, 3]), "flat")]
    nodes = [
        helper.make_node("GlobalAveragePool", ["images"], ["mean"]),
        helper.make_node("Reshape", ["mean", "flat"], ["output0"]),
    ]
    return _save(path, "classify", names, nodes, constants, [1, 3])


def _save(
    path: Path, task: str, names: tuple[str, ...], nodes: list, constants: list, output: list[int]
) -> Path:
    graph = helper.make_graph(
        nodes,
        task,
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, output)],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    facts = {"task": task, "names": str(dict(enumerate(names))), "stride": "32"}
    helper.set_model_props(model, {**facts, "imgsz": f"[{SIDE}, {SIDE}]"})
    onnx.save(model, path)
    return path
