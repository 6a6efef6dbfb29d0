"""The metadata strings of an Ultralytics export, typed (YOLO and RT-DETR share the exporter)."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from formats.dataset import Label
from prelabel.errors import ModelError
from prelabel.models.graph import Graph
from prelabel.models.skeletons import labels_of

__all__ = ["Metadata"]

KEYS = {"task", "names"}
"""Where both are present, the strings are taken to be Ultralytics' own; else none is read."""

DEFAULT_STRIDE = 32
LARGEST = 16384
"""Largest number that is believed: a side of a tensor in pixels, a stride, a count of points."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the exporter wrote; empty or None where it wrote nothing.

    `imgsz` = (width, height); `kpt_shape` = (points, 2 or 3 numbers per point); `model` = yolo,
    rtdetr, or "" where the strings do not tell; `finished`: whether the head gives rows after NMS
    or end to end, None where the strings do not tell.
    """

    task: str = ""
    labels: tuple[Label, ...] = ()
    imgsz: tuple[int, int] | None = None
    stride: int = 32
    kpt_shape: tuple[int, int] | None = None
    licence: str = ""
    model: str = ""
    finished: bool | None = None

    @property
    def known(self) -> bool:
        """Whether an exporter wrote these strings."""
        return bool(self.task)

    @classmethod
    def of(cls, graph: Graph) -> Metadata:
        """The metadata of a graph; labels that the user gave stand over `names`."""
        graph = graph if set(graph.metadata) >= KEYS else replace(graph, metadata={})
        texts = graph.metadata
        shape = _pair(graph, "kpt_shape")
        imgsz = _pair(graph, "imgsz")
        stride = int(_literal(graph, "stride", (int, float)) or DEFAULT_STRIDE)
        if not 0 < stride <= LARGEST:
            raise _unreadable(graph, "stride")
        if shape and shape[1] not in (2, 3):
            raise _unreadable(graph, "kpt_shape")
        return cls(
            task=texts.get("task", ""),
            labels=_labels(graph, shape),
            imgsz=imgsz[::-1] if imgsz else None,
            stride=stride,
            kpt_shape=shape or _stated(graph.labels),
            licence=texts.get("license", ""),
            model=_model(texts, _nms_inside(graph)),
            finished=_finished(texts, _nms_inside(graph)),
        )


def _nms_inside(graph: Graph) -> bool:
    """Whether the arguments of the export asked for NMS in the graph."""
    args = _literal(graph, "args", (dict,))
    return bool(args and args.get("nms"))


def _finished(texts: Mapping[str, str], inside: bool) -> bool | None:
    stated = {"True": True, "False": False}.get(texts.get("end2end", ""))
    return True if inside else stated


def _model(texts: Mapping[str, str], inside: bool) -> str:
    """``yolo``, ``rtdetr`` or "" where nothing tells them apart.

    Newer exporters name the head; older ones only describe the model by its file name. Boxes after
    NMS, or of a head without it, are only written for YOLO.
    """
    told = (texts.get("head", "") + texts.get("description", "")).lower().replace("-", "")
    if "rtdetr" in told:
        return "rtdetr"
    ended = texts.get("end2end") == "True"
    return "yolo" if inside or ended or texts.get("head") or "yolo" in told else ""


def _stated(labels: tuple[Label, ...]) -> tuple[int, int] | None:
    """The keypoint shape of labels that came with keypoints; numbers per point unknown, 0."""
    points = max((len(label.keypoints) for label in labels), default=0)
    return (points, 0) if points else None


def _labels(graph: Graph, shape: tuple[int, int] | None) -> tuple[Label, ...]:
    """The user's labels, else those of ``{0: name, ...}`` or ``[name, ...]``, with keypoints."""
    if graph.labels and (not shape or any(label.keypoints for label in graph.labels)):
        return graph.labels
    names = [label.name for label in graph.labels] or _names(graph)
    return labels_of(names, shape, _literal(graph, "kpt_names", (dict, list, tuple)))


def _names(graph: Graph) -> list[str]:
    found = _literal(graph, "names", (dict, list, tuple)) or []
    if isinstance(found, Mapping):
        if sorted(found) != list(range(len(found))):
            raise _unreadable(graph, "names")
        return [str(found[i]) for i in range(len(found))]
    return [str(name) for name in found]


def _pair(graph: Graph, key: str) -> tuple[int, int] | None:
    """Two whole numbers, or one for both."""
    found = _literal(graph, key, (int, list, tuple))
    if found is None:
        return None
    numbers = [found, found] if isinstance(found, int) else list(found)
    if len(numbers) != 2 or not all(isinstance(n, int) and 0 < n <= LARGEST for n in numbers):
        raise _unreadable(graph, key)
    return numbers[0], numbers[1]


def _literal(graph: Graph, key: str, kinds: tuple[type, ...]) -> Any:
    """A metadata string is a Python literal; None where it is missing."""
    text = graph.metadata.get(key)
    if text is None:
        return None
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        found = Ellipsis
    if found is not None and not isinstance(found, kinds):
        raise _unreadable(graph, key)
    return found


def _unreadable(graph: Graph, key: str) -> ModelError:
    return ModelError(
        f"metadata {key!r} cannot be read: {graph.metadata[key][:60]!r}", where=graph.path
    )
