"""What a bare .onnx file tells about itself: inputs, outputs, metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Graph", "Tensor"]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output: `shape` has an int for a fixed axis, a name or None for a free one.

    `dtype` is NumPy's name ("float32", "float16", "uint8", "int64").
    """

    name: str
    shape: tuple[int | str | None, ...]
    dtype: str

    @property
    def sizes(self) -> tuple[int | None, ...]:
        """The shape with None for every free axis."""
        return tuple(size if isinstance(size, int) else None for size in self.shape)


@dataclass(frozen=True, slots=True)
class Graph:
    """The interface of an ONNX graph and the metadata strings that its exporter wrote."""

    path: str
    sha256: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    metadata: Mapping[str, str]

    def describe(self) -> str:
        """Inputs and outputs in one line, for error texts."""
        ins = ", ".join(f"{t.name} {list(t.shape)} {t.dtype}" for t in self.inputs)
        outs = ", ".join(f"{t.name} {list(t.shape)} {t.dtype}" for t in self.outputs)
        return f"inputs {ins}; outputs {outs}"
