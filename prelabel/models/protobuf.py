"""The few protobuf fields of an ONNX file that holds one operator.

Field numbers: onnx.proto3 of the ONNX specification. A field is a key, ``number << 3 | wire
type``, and a value: wire type 0 is a variable-length integer, 2 is bytes with their length before
them (texts and nested messages).
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["FLOAT", "INT64", "model"]

FLOAT, INT64 = 1, 7
"""Element types of `TensorProto.DataType`."""

IR_VERSION, OPSET = 6, 11

Value = tuple[int, tuple[int | str, ...]]


def model(operator: str, inputs: Mapping[str, Value], outputs: Mapping[str, Value]) -> bytes:
    """`ModelProto` of one node; inputs and outputs are name -> (element type, shape)."""
    node = b"".join(
        [
            *(_bytes(1, name.encode()) for name in inputs),
            *(_bytes(2, name.encode()) for name in outputs),
            _bytes(4, operator.encode()),
        ]
    )
    graph = b"".join(
        [
            _bytes(1, node),
            _bytes(2, operator.encode()),
            *(_bytes(11, _value(name, *value)) for name, value in inputs.items()),
            *(_bytes(12, _value(name, *value)) for name, value in outputs.items()),
        ]
    )
    return _integer(1, IR_VERSION) + _bytes(7, graph) + _bytes(8, _integer(2, OPSET))


def _value(name: str, element: int, shape: tuple[int | str, ...]) -> bytes:
    """`ValueInfoProto`: a name and a tensor type; a text in the shape is a free axis."""
    axes = b"".join(
        _bytes(1, _integer(1, n) if isinstance(n, int) else _bytes(2, n.encode())) for n in shape
    )
    tensor = _integer(1, element) + _bytes(2, axes)
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, tensor))


def _bytes(field: int, payload: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(payload)) + payload


def _integer(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _varint(number: int) -> bytes:
    """Seven bits a byte, lowest first; the top bit says that more follow."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])
