"""pycocotools, supervision, shapely, faster-coco-eval and OpenCV on given shapes.

`python peer_geometry.py`, by an interpreter that has them: reads lines ``QUESTION FILE SECONDS``
and answers each with a line of JSON, median CPU milliseconds by peer. FILE is an .npz of the
shapes. After SECONDS no further run of a peer begins. Where the question is which shapes
overlap by IoU .5 or more, a peer that knows matrices only has its matrix searched.

It imports nothing of this project.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from collections.abc import Callable

import cv2
import numpy as np
import shapely
import supervision as sv
from faster_coco_eval import mask as faster
from pycocotools import mask as coco
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from supervision.detection.utils import iou_and_nms

SIZE = (1000, 1000)
SLOW = 100
"""People up to which COCO's own loop is asked: 10 s for 1,000."""
Work = Callable[[], object]


def milliseconds(work: Work, seconds: float) -> float:
    """Median CPU milliseconds of up to five runs within `seconds`, after one that warms up."""
    times: list[float] = []
    while len(times) < 6 and sum(times) + max(times[-1:], default=0) < seconds:
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    times = times[1:] or times
    return sorted(times)[len(times) // 2] * 1e3


def boxes(found: dict) -> dict[str, Work]:
    """All pairs of boxes."""
    a, b = found["a"], found["b"]
    left, right = (np.hstack([x[:, :2], x[:, 2:] - x[:, :2]]) for x in (a, b))
    flags = [0] * len(b)
    return {
        "pycocotools": lambda: coco.iou(left, right, flags),
        "faster-coco-eval": lambda: faster.iou(left, right, flags),
        "supervision": lambda: sv.box_iou_batch(a, b),
    }


def box_pairs(found: dict) -> dict[str, Work]:
    """Boxes with IoU of .5 or more."""
    upright = [shapely.box(*found[side].T) for side in "ab"]
    return searched(boxes(found)) | {"shapely": lambda: above(*overlapping(*upright))}


def rotated(found: dict) -> dict[str, Work]:
    """All pairs of rotated boxes, from their corners."""
    a, b = found["corners_a"], found["corners_b"]
    shapes = shapely.polygons(a), shapely.polygons(b)
    rows = [rectangles(found[side]) for side in "ab"]
    return {
        "shapely": lambda: scattered(*overlapping(*shapes), len(a), len(b)),
        "supervision": lambda: sv.oriented_box_iou_batch(a, b),
        "cv2": lambda: cv2_pairs(shapes, rows),
    }


def rotated_pairs(found: dict) -> dict[str, Work]:
    """Rotated boxes with IoU of .5 or more."""
    shapes = shapely.polygons(found["corners_a"]), shapely.polygons(found["corners_b"])
    return {"shapely": lambda: above(*overlapping(*shapes))}


def polygons(found: dict) -> dict[str, Work]:
    """All pairs of polygons of one number of corners; masks are of whole pixels."""
    a, b = found["a"], found["b"]
    shapes = shapely.polygons(a), shapely.polygons(b)
    return {
        "shapely": lambda: scattered(*overlapping(*shapes), len(a), len(b)),
        "pycocotools, drawn": lambda: coco.iou(drawn(a), drawn(b), [0] * len(b)),
    }


def polygon_pairs(found: dict) -> dict[str, Work]:
    """Polygons with IoU of .5 or more."""
    shapes = shapely.polygons(found["a"]), shapely.polygons(found["b"])
    drawing = {"pycocotools, drawn": polygons(found)["pycocotools, drawn"]}
    return searched(drawing) | {"shapely": lambda: above(*overlapping(*shapes))}


def masks(found: dict) -> dict[str, Work]:
    """All pairs of masks, which are given as compressed runs."""
    a, b = drawn(found["a"]), drawn(found["b"])
    return {
        "pycocotools": lambda: coco.iou(a, b, [0] * len(b)),
        "faster-coco-eval": lambda: faster.iou(a, b, [0] * len(b)),
    }


def mask_pairs(found: dict) -> dict[str, Work]:
    """Masks with IoU of .5 or more."""
    return searched(masks(found))


def oks(found: dict) -> dict[str, Work]:
    """OKS of all pairs of people."""
    a, b, areas, sigmas = (found[name] for name in ("a", "b", "areas", "sigmas"))
    points, truth, seen = a[..., :2], b[..., :2], b[..., 2] > 0
    work: dict[str, Work] = {
        "supervision": lambda: iou_and_nms._keypoint_oks_batch(truth, points, areas, sigmas, seen)
    }
    if len(a) <= SLOW:
        judge = evaluation(a, b, areas)
        work["pycocotools"] = lambda: judge.computeOks(1, 1)
    return work


def nms(found: dict) -> dict[str, Work]:
    """Boxes that stay, of 80 classes."""
    a, scores, labels = found["a"], found["scores"], found["labels"]
    sides = np.hstack([a[:, :2], a[:, 2:] - a[:, :2]])
    rows = np.column_stack([a, scores, labels])
    return {
        "cv2": lambda: cv2.dnn.NMSBoxesBatched(sides, scores, labels, 0.0, 0.5),
        "supervision": lambda: sv.box_non_max_suppression(rows, 0.5),
    }


def overlapping(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs that touch, by a tree, and their IoU."""
    j, i = shapely.STRtree(a).query(b, predicate="intersects")
    inter = shapely.area(shapely.intersection(a[i], b[j]))
    return i, j, inter / (shapely.area(a)[i] + shapely.area(b)[j] - inter)


def above(i: np.ndarray, j: np.ndarray, iou: np.ndarray) -> object:
    """The pairs of IoU .5 or more."""
    return i[iou >= 0.5], j[iou >= 0.5], iou[iou >= 0.5]


def scattered(i: np.ndarray, j: np.ndarray, iou: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """The matrix of pairs."""
    matrix = np.zeros((rows, columns))
    matrix[i, j] = iou
    return matrix


def searched(dense: dict[str, Work]) -> dict[str, Work]:
    """Matrices of which the pairs of .5 or more are taken."""
    return {name: lambda work=work: np.nonzero(work() >= 0.5) for name, work in dense.items()}


def rectangles(boxes: np.ndarray) -> list[tuple]:
    """Rotated boxes as OpenCV wants them."""
    return [((x, y), (w, h), t) for x, y, w, h, t in (boxes * [1, 1, 1, 1, 180 / np.pi]).tolist()]


def cv2_pairs(shapes: tuple, rows: list[list[tuple]]) -> np.ndarray:
    """OpenCV's intersection of the pairs that touch, one after the other."""
    matrix = np.zeros((len(rows[0]), len(rows[1])))
    for j, i in shapely.STRtree(shapes[0]).query(shapes[1], predicate="intersects").T.tolist():
        a, b = rows[0][i], rows[1][j]
        points = cv2.rotatedRectangleIntersection(a, b)[1]
        if points is not None:
            inter = cv2.contourArea(cv2.convexHull(points))
            matrix[i, j] = inter / (a[1][0] * a[1][1] + b[1][0] * b[1][1] - inter)
    return matrix


def drawn(points: np.ndarray) -> list[dict]:
    """Polygons as compressed runs."""
    return coco.frPyObjects([ring.ravel().tolist() for ring in points], *SIZE)


def evaluation(found: np.ndarray, truth: np.ndarray, areas: np.ndarray) -> COCOeval:
    """COCO's evaluation over one picture."""
    with contextlib.redirect_stdout(io.StringIO()):
        judge = COCOeval(people(truth, areas), people(found, areas, score=1.0), "keypoints")
        judge.params.maxDets = [len(found)]
        judge._prepare()
    return judge


def people(points: np.ndarray, areas: np.ndarray, **more: float) -> COCO:
    """Keypoints as a data set of COCO."""
    rows = [
        {"id": k + 1, "image_id": 1, "category_id": 1, "keypoints": person.ravel().tolist(),
         "num_keypoints": int((person[:, 2] > 0).sum()), "bbox": [0, 0, 1, 1], "iscrowd": 0,
         "area": float(area), **more}
        for k, (person, area) in enumerate(zip(points, areas, strict=True))
    ]  # fmt: skip
    data = COCO()
    data.dataset = {"images": [{"id": 1}], "categories": [{"id": 1}], "annotations": rows}
    data.createIndex()
    return data


QUESTIONS: dict[str, Callable[[dict], dict[str, Work]]] = {
    "boxes": boxes,
    "box_pairs": box_pairs,
    "rotated": rotated,
    "rotated_pairs": rotated_pairs,
    "polygons": polygons,
    "polygon_pairs": polygon_pairs,
    "masks": masks,
    "mask_pairs": mask_pairs,
    "oks": oks,
    "nms": nms,
}


def main() -> None:
    """Answer until the input ends."""
    for line in sys.stdin:
        question, file, seconds = line.rstrip("\n").split("\t")
        work = QUESTIONS[question](dict(np.load(file)))
        answer = {name: milliseconds(run, float(seconds)) for name, run in work.items()}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
