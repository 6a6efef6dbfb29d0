"""Which task and which head a graph has: from its shapes, and from the metadata where it has any.

Rows of the outputs of a picture, with C classes and A candidates:

========  ==========================  ===========================================================
task      raw head                    NMS inside, or end to end
========  ==========================  ===========================================================
detect    (4 + C, A)                  (N, 6): x0 y0 x1 y1, score, class
segment   (4 + C + M, A), prototypes  (N, 6 + M), prototypes (M, h, w)
pose      (4 + C + K * D, A)          (N, 6 + K * D)
obb       (4 + C + 1, A), angle last  (N, 7): cx cy w h, score, class, angle
classify  (C,)
========  ==========================  ===========================================================

A raw head states cx cy w h; all boxes are in pixels of the tensor.
"""

from __future__ import annotations

from dataclasses import dataclass

from prelabel.errors import ModelError
from prelabel.models.card import Card
from prelabel.models.graph import Graph, Tensor, picture_input
from prelabel.models.grids import PYRAMIDS, cells, is_grid
from prelabel.models.ultralytics import Metadata

__all__ = ["SUPPORTED", "TASKS", "recognise"]

SUPPORTED = (
    "Ultralytics detect, segment, pose, obb [1, 4+classes+.., candidates] or [1, N, 6+..], "
    "classify [1, classes]; one picture [1, 3, H, W]"
)
TASKS = ("detect", "segment", "pose", "obb", "classify")
DEFAULT_SIZE = (640, 640)


@dataclass(frozen=True, slots=True)
class Layout:
    """A reading of the outputs: task, head, numbers of a candidate after its classes, and why."""

    task: str
    head: str
    extra: int
    why: str


def recognise(graph: Graph) -> Card | None:
    """The claim of the Ultralytics YOLO family on a graph."""
    if picture_input(graph) is None:
        return None
    metadata = Metadata.of(graph)
    if metadata.model == "rtdetr":
        return None
    layouts = _layouts(graph, metadata)
    if len(layouts) == 1:
        return _card(graph, metadata, layouts[0])
    if layouts:
        raise ModelError(
            "the head can be read in more than one way: " + "; ".join(x.why for x in layouts),
            where=graph.path,
            hint="give --labels FILE; YAML with names (and kpt_shape for keypoints) settles it",
        )
    if metadata.known:
        raise _misfit(graph, metadata)
    return None


def _layouts(graph: Graph, metadata: Metadata) -> list[Layout]:
    if metadata.known and metadata.task not in TASKS:
        return []
    tasks = (metadata.task,) if metadata.known else TASKS[:-1]
    found = [_layout(task, graph, metadata) for task in tasks]
    return [layout for layout in found if layout is not None]


def _layout(task: str, graph: Graph, metadata: Metadata) -> Layout | None:
    ranks = sorted(len(node.shape) for node in graph.outputs)
    if ranks != {"segment": [3, 4], "classify": [2]}.get(task, [3]):
        return None
    head = next(node for node in graph.outputs if len(node.shape) == min(ranks))
    if task == "classify":
        fits = head.sizes[1] in (len(metadata.labels), None)
        return Layout(task, "scores", 0, f"classify {list(head.shape)}") if fits else None
    readings = (
        _raw(task, head, graph, metadata, extra)
        or _rows(task, head, graph, metadata, extra)
        or _free(task, head, metadata, extra)
        for extra in _extras(task, graph, metadata)
    )
    return next((layout for layout in readings if layout is not None), None)


def _extras(task: str, graph: Graph, metadata: Metadata) -> list[int]:
    """How many numbers may follow the classes of a candidate; none: not this task."""
    points, dims = metadata.kpt_shape or (0, 0)
    prototypes = next((n.sizes[1] for n in graph.outputs if len(n.shape) == 4), None)
    return {
        "detect": [0],
        "segment": [prototypes] if prototypes else [],
        "pose": [points * d for d in ((dims,) if dims else (3, 2)) if points],
        "obb": [1],
    }[task]


def _raw(task: str, head: Tensor, graph: Graph, metadata: Metadata, extra: int) -> Layout | None:
    _, rows, count = head.sizes
    classes = len(metadata.labels)
    if rows is None or not _fits_classes(task, rows - 4 - extra, classes):
        return None
    size = graph.inputs[0].sizes
    if not metadata.known and count not in [None, *(cells(size, s) for s in PYRAMIDS)]:
        return None
    seen = f"4 + {rows - 4 - extra} classes" + (f" + {extra}" if extra else "")
    return Layout(task, "raw", extra, f"{task} {list(head.shape)}: {seen} rows")


def _fits_classes(task: str, count: int, classes: int) -> bool:
    """Without class names only detect and segment are taken for granted."""
    return count == classes if classes else count > 0 and task in ("detect", "segment")


def _rows(task: str, head: Tensor, graph: Graph, metadata: Metadata, extra: int) -> Layout | None:
    _, count, columns = head.sizes
    dense = not metadata.known and is_grid(count, graph.inputs[0].sizes)
    if columns != 6 + extra or dense:
        return None
    why = f"{task} {list(head.shape)}: {columns} numbers a box, in pixels"
    return Layout(task, "rows", extra, why)


def _free(task: str, head: Tensor, metadata: Metadata, extra: int) -> Layout | None:
    """A head whose axes are both free: the metadata tells, else the first run."""
    if not metadata.known or head.sizes[1] is not None or head.sizes[2] is not None:
        return None
    kind = {None: "either", True: "rows", False: "raw"}[metadata.finished]
    return Layout(task, kind, extra, f"{task} {list(head.shape)}: free axes, {kind} head")


def _card(graph: Graph, metadata: Metadata, layout: Layout) -> Card:
    node = graph.inputs[0]
    batch, _, height, width = node.sizes
    free = height is None or width is None
    size = (metadata.imgsz or DEFAULT_SIZE) if free else (width, height)
    writer = f"Ultralytics metadata, task {metadata.task}" if metadata.known else "no metadata"
    return Card(
        name=graph.stem,
        family="yolo",
        task=layout.task,
        labels=metadata.labels,
        input_size=(int(size[0] or 0), int(size[1] or 0)),
        sha256=graph.sha256,
        head=layout.head,
        input_name=node.name,
        input_dtype=node.dtype,
        dynamic_size=free,
        dynamic_batch=batch is None,
        licence=metadata.licence,
        options=_options(metadata, layout),
        why=f"{writer}; {layout.why}",
    )


def _options(metadata: Metadata, layout: Layout) -> dict[str, object]:
    options: dict[str, object] = {"stride": metadata.stride}
    if layout.task == "pose" and metadata.kpt_shape:
        points = metadata.kpt_shape[0]
        options["kpt_shape"] = (points, layout.extra // points)
    return options


def _misfit(graph: Graph, metadata: Metadata) -> ModelError:
    if metadata.task not in TASKS:
        return ModelError(
            f"Ultralytics task {metadata.task!r} is not supported",
            where=graph.path,
            hint="supported: " + ", ".join(TASKS),
        )
    return ModelError(
        f"outputs do not fit task {metadata.task} with {len(metadata.labels)} classes: "
        f"{graph.describe()}",
        where=graph.path,
        hint=SUPPORTED,
    )
