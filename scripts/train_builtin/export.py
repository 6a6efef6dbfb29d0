"""Write the two ONNX files of a checkpoint: a YOLO segment head and a YOLO pose head.

    PYTHONPATH=. python scripts/train_builtin/export.py /tmp/builtin/last.pt prelabel/weights

Input `images` float32 [batch, 3, S, S], RGB of 0..1. Segment: `output0` [batch, 4 + nc + 32, A] and
prototypes `output1` [batch, 32, S/4, S/4]; pose: `output0` [batch, 4 + nc + 3k, A]; A = (S/4)^2,
boxes as centre and size in pixels. Weights are stored as float16 behind a Cast, which the runtime
folds away when it loads the file.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from network import (
    PROTOTYPES,
    STRIDE,
    Conv,
    Network,
    axis,
    boxes,
    centres,
    coefficients,
    coordinates,
    points,
    rows,
)
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from prelabel.outlines import CLASSES, KEYPOINTS

OPSET = 17
SMALLEST = 64
"""Tensors of fewer values stay float32."""


class Head(nn.Module):
    """The network's answer in the layout of the YOLO heads; boxes and scores are common to all."""

    def __init__(self, net: Network, size: int) -> None:
        super().__init__()
        self.net = net
        self.side = size // STRIDE
        self.register_buffer("centre", centres(self.side))
        self.register_buffer("axis", axis(self.side))

    def common(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Boxes and scores (B, A, 4 + nc), the other shape values, the learned
        prototypes."""
        logits, values, protos = self.net(pictures)
        found = rows(values)
        centred = boxes(found[..., :4], self.centre)
        return torch.cat([centred, rows(logits).sigmoid()], dim=-1), found[..., 4:], protos


class SegmentHead(Head):
    """Boxes, scores and mask coefficients, and the prototypes."""

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 4 + nc + 32, A) and (B, 32, S/4, S/4)."""
        both, other, protos = self.common(pictures)
        weights = coefficients(other[..., :PROTOTYPES], self.centre, self.side)
        drawn = coordinates(self.axis).expand(protos.shape[0], -1, -1, -1)
        return torch.cat([both, weights], dim=-1).transpose(1, 2), torch.cat([protos, drawn], dim=1)


class PoseHead(Head):
    """Boxes, scores and keypoints."""

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 4 + nc + 3k, A); the third value of a keypoint is the chance that it is seen."""
        both, other, _ = self.common(pictures)
        found = points(other[..., PROTOTYPES:], self.centre)
        found = torch.cat([found[..., :2], found[..., 2:].sigmoid()], dim=-1).flatten(2)
        return torch.cat([both, found], dim=-1).transpose(1, 2)


def write(head: Head, path: Path, size: int, outputs: list[str], metadata: dict[str, str]) -> None:
    """Trace the head, shrink its weights, add the metadata, save and check the file."""
    axes = {name: {0: "batch"} for name in ["images", *outputs]}
    torch.onnx.export(
        head.eval(),
        (torch.zeros(1, 3, size, size),),
        str(path),
        input_names=["images"],
        output_names=outputs,
        dynamic_axes=axes,
        opset_version=OPSET,
        do_constant_folding=False,  # it would store the drawn prototypes
        dynamo=False,
    )
    model = onnx.load(str(path))
    state_shapes(model.graph, size)
    halve(model.graph)
    helper.set_model_props(model, metadata)
    model.producer_name, model.producer_version, model.doc_string = "prelabel", "", ""
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, str(path))


def join(net: Network) -> None:
    """Put every normalisation into the convolution before it, in place."""
    for block in net.modules():
        if isinstance(block, Conv):
            block[0] = fuse_conv_bn_eval(block[0], block[1])
            block[1] = nn.Identity()


def state_shapes(graph: onnx.GraphProto, size: int) -> None:
    """Write the output shapes that the tracer left open, so readers know them without a run."""
    k = 3 * len(KEYPOINTS) if len(graph.output) == 1 else PROTOTYPES
    sides = ("batch", 4 + len(CLASSES) + k, (size // STRIDE) ** 2)
    protos = ("batch", PROTOTYPES, size // 4, size // 4)
    for output, shape in zip(graph.output, (sides, protos), strict=False):
        stated = helper.make_tensor_value_info(output.name, TensorProto.FLOAT, shape)
        output.CopyFrom(stated)


def halve(graph: onnx.GraphProto) -> None:
    """Store large float32 weights as float16 and cast them back, in place."""
    casts = []
    for tensor in list(graph.initializer):
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < SMALLEST:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + "_half"))
        casts.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
    nodes = casts + list(graph.node)
    del graph.node[:]
    graph.node.extend(nodes)


def described(task: str, size: int, **more: str) -> dict[str, str]:
    """The metadata strings that readers of Ultralytics' exports look for."""
    return {
        "description": f"prelabel built-in {task} model of drawn shapes",
        "author": "prelabel",
        "license": "Apache-2.0",
        "task": task,
        "names": repr(dict(enumerate(CLASSES))),
        "stride": str(STRIDE),
        "imgsz": repr([size, size]),
        "batch": "1",
        "channels": "3",
        "end2end": "False",
        **more,
    }


def main() -> None:
    """Read the command line and export."""
    parser = argparse.ArgumentParser(description="Export the built-in model.")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=320, help="side of the input in pixels")
    chosen = parser.parse_args()
    net = Network(len(CLASSES), len(KEYPOINTS))
    net.load_state_dict(torch.load(chosen.checkpoint, weights_only=True))
    join(net.eval())
    chosen.folder.mkdir(parents=True, exist_ok=True)
    size, folder = chosen.size, chosen.folder
    segment = SegmentHead(net, size), folder / "shapes-seg.onnx", size, ["output0", "output1"]
    write(*segment, described("segment", size))
    kinds = {
        "kpt_shape": repr([len(KEYPOINTS), 3]),
        "kpt_names": repr({i: list(KEYPOINTS) for i in range(len(CLASSES))}),
    }
    pose = PoseHead(net, size), folder / "shapes-pose.onnx", size, ["output0"]
    write(*pose, described("pose", size, **kinds))


if __name__ == "__main__":
    main()
