"""What a bare .onnx file tells about itself: inputs, outputs, metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from formats.dataset import Label

__all__ = ["Graph", "Tensor", "is_picture", "picture_input"]

_DTYPES = {
    "tensor(float)": "float32",
    "tensor(float16)": "float16",
    "tensor(double)": "float64",
    "tensor(uint8)": "uint8",
    "tensor(int8)": "int8",
    "tensor(int32)": "int32",
    "tensor(int64)": "int64",
    "tensor(bool)": "bool",
}


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output: `shape` has an int for a fixed axis, a name or None for a free one.

    `dtype` is NumPy's name ("float32", "float16", "uint8", "int64").
    """

    name: str
    shape: tuple[int | str | None, ...]
    dtype: str

    @classmethod
    def of(cls, node: Any) -> Tensor:
        """One input or output as onnxruntime describes it (a `NodeArg`)."""
        return cls(node.name, tuple(node.shape), _DTYPES.get(node.type, node.type))

    @property
    def sizes(self) -> tuple[int | None, ...]:
        """The shape with None for every free axis."""
        return tuple(size if isinstance(size, int) else None for size in self.shape)


@dataclass(frozen=True, slots=True)
class Graph:
    """The interface of an ONNX graph and the metadata strings that its exporter wrote.

    `labels` are the class names that the user gave; they stand over those of the metadata.
    """

    path: str
    sha256: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    metadata: Mapping[str, str]
    labels: tuple[Label, ...] = ()

    @classmethod
    def of_session(cls, session: Any, path: str, sha256: str) -> Graph:
        """The interface of an open onnxruntime `InferenceSession`."""
        return cls(
            path=path,
            sha256=sha256,
            inputs=tuple(Tensor.of(node) for node in session.get_inputs()),
            outputs=tuple(Tensor.of(node) for node in session.get_outputs()),
            metadata=dict(session.get_modelmeta().custom_metadata_map),
        )

    @property
    def stem(self) -> str:
        """The file's name without folder and ending."""
        return PurePath(self.path).stem

    def describe(self) -> str:
        """Inputs and outputs in one line, for error texts."""
        ins = ", ".join(f"{t.name} {list(t.shape)} {t.dtype}" for t in self.inputs)
        outs = ", ".join(f"{t.name} {list(t.shape)} {t.dtype}" for t in self.outputs)
        return f"inputs {ins}; outputs {outs}"


PICTURE_DTYPES = ("float32", "float16", "uint8")


def picture_input(graph: Graph) -> Tensor | None:
    """The only input of a graph that takes pictures as (N, 3, H, W); None of any other graph."""
    return graph.inputs[0] if len(graph.inputs) == 1 and is_picture(graph.inputs[0]) else None


def is_picture(node: Tensor) -> bool:
    """Whether a tensor is (N, 3, H, W) of a type that pictures come in."""
    return len(node.shape) == 4 and node.sizes[1] in (3, None) and node.dtype in PICTURE_DTYPES
