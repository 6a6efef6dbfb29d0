"""The metadata strings of an Ultralytics export, typed (YOLO and RT-DETR share the exporter)."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from formats.dataset import Label
from prelabel.errors import ModelError
from prelabel.models.graph import Graph
from prelabel.models.skeletons import skeleton

__all__ = ["Metadata"]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the exporter wrote; empty or None where it wrote nothing.

    `imgsz` = (width, height); `kpt_shape` = (points, 2 or 3 numbers per point); `model` = yolo,
    rtdetr, or "" where the strings do not tell.
    """

    task: str = ""
    labels: tuple[Label, ...] = ()
    imgsz: tuple[int, int] | None = None
    stride: int = 32
    kpt_shape: tuple[int, int] | None = None
    licence: str = ""
    model: str = ""

    @property
    def known(self) -> bool:
        """Whether an Ultralytics exporter wrote the file."""
        return bool(self.task)

    @classmethod
    def of(cls, graph: Graph) -> Metadata:
        """The metadata of a graph; labels that the user gave stand over `names`."""
        texts = graph.metadata
        fields = {key: _literal(graph, key) for key in ("names", "imgsz", "stride", "kpt_shape")}
        points = fields["kpt_shape"]
        imgsz = fields["imgsz"]
        return cls(
            task=texts.get("task", ""),
            labels=graph.labels or _labels(fields["names"], points, _literal(graph, "kpt_names")),
            imgsz=(int(imgsz[1]), int(imgsz[0])) if imgsz else None,
            stride=int(fields["stride"] or 32),
            kpt_shape=(int(points[0]), int(points[1])) if points else _stated(graph.labels),
            licence=texts.get("license", ""),
            model=_model(texts, _literal(graph, "args")),
        )


def _model(texts: Mapping[str, str], args: Any) -> str:
    """``yolo``, ``rtdetr`` or "" where nothing tells them apart.

    Newer exporters name the head; older ones only describe the model by its file name. Boxes after
    NMS, or of a head without it, are only written for YOLO.
    """
    told = (texts.get("head", "") + texts.get("description", "")).lower().replace("-", "")
    if "rtdetr" in told:
        return "rtdetr"
    inside = isinstance(args, Mapping) and bool(args.get("nms"))
    ended = texts.get("end2end") == "True"
    return "yolo" if inside or ended or texts.get("head") or "yolo" in told else ""


def _stated(labels: tuple[Label, ...]) -> tuple[int, int] | None:
    """The keypoint shape of labels that came with keypoints (three numbers per point)."""
    points = max((len(label.keypoints) for label in labels), default=0)
    return (points, 3) if points else None


def _literal(graph: Graph, key: str) -> Any:
    """A metadata string is a Python literal; None where it is missing."""
    text = graph.metadata.get(key)
    if text is None:
        return None
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError) as error:
        raise ModelError(
            f"metadata {key!r} cannot be read: {text[:60]!r}", where=graph.path
        ) from error


def _labels(names: Any, kpt_shape: Any, kpt_names: Any) -> tuple[Label, ...]:
    """Labels of ``{0: name, ...}`` or ``[name, ...]``, each with the points of its skeleton."""
    if not names:
        return ()
    rows = names if isinstance(names, Mapping) else dict(enumerate(names))
    points = int(kpt_shape[0]) if kpt_shape else 0
    return tuple(skeleton(str(rows[i]), i, points, _names_of(kpt_names, i)) for i in sorted(rows))


def _names_of(kpt_names: Any, row: int) -> tuple[str, ...]:
    found = kpt_names.get(row, ()) if isinstance(kpt_names, Mapping) else kpt_names or ()
    return tuple(str(name) for name in found)
