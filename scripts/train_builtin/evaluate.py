"""Measure the exported files on drawn scenes with pycocotools: boxes, masks and keypoints.

    PYTHONPATH=. python scripts/train_builtin/evaluate.py prelabel/weights --scenes 500

Reads the two heads with a small decoder of its own (best class per cell, scores from .001,
class-aware suppression at IoU .65, at most 300 rows), so the figures do not depend on the package
under test.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray
from pycocotools import mask as runs
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import prelabel
from prelabel.outlines import CLASSES, KEYPOINTS
from prelabel.painting import coverage
from prelabel.scenes import Scene, draw

SIGMAS = (0.05, 0.1)
"""Every keypoint figure is given at each of these, the same sigma for all four keypoints."""
LEAST, OVERLAP, MOST = 0.001, 0.65, 300

Array = NDArray[np.float32]
Row = dict[str, Any]


class Model:
    """The two exported files of a folder, one thread each."""

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        names = ("shapes-seg.onnx", "shapes-pose.onnx")
        self.seg, self.pose = (
            onnxruntime.InferenceSession(folder / n, options, ["CPUExecutionProvider"])
            for n in names
        )
        self.size = int(self.seg.get_inputs()[0].shape[2])

    def __call__(self, scene: Scene, image: int) -> list[Row]:
        """Result rows of one scene as COCO writes them."""
        pixels = scene.pixels.transpose(2, 0, 1)[None].astype(np.float32) / 255
        flat, protos = self.seg.run(None, {"images": pixels})
        posed = self.pose.run(None, {"images": pixels})[0][0].T
        found = flat[0].T
        scores = found[:, 4 : 4 + len(CLASSES)]
        cell = (scores.max(axis=1) >= LEAST).nonzero()[0]
        label = scores[cell].argmax(axis=1)
        score = scores[cell, label]
        boxes = corners(found[cell, :4])
        kept = suppress(boxes, score, label)
        return [
            {
                "image_id": image,
                "category_id": int(label[i]),
                "score": float(score[i]),
                "bbox": coco_box(boxes[i]),
                "segmentation": mask(found[cell[i], 4 + len(CLASSES) :], protos[0], boxes[i]),
                "keypoints": posed[cell[i], 4 + len(CLASSES) :].astype(float).tolist(),
            }
            for i in kept
        ]


def corners(centred: Array) -> Array:
    """(N, 4) x0 y0 x1 y1 from centre and size."""
    half = centred[:, 2:] / 2
    return np.concatenate([centred[:, :2] - half, centred[:, :2] + half], axis=1)


def suppress(boxes: Array, scores: Array, labels: NDArray[np.int64]) -> list[int]:
    """Indices that class-aware suppression keeps, best first."""
    sides = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1).tolist()
    kept = cv2.dnn.NMSBoxesBatched(sides, scores.tolist(), labels.tolist(), LEAST, OVERLAP)
    return sorted(np.asarray(kept, dtype=int).reshape(-1).tolist(), key=lambda i: -scores[i])[:MOST]


def mask(weights: Array, protos: Array, box: Array) -> Row:
    """The run-length mask of one row: prototypes enlarged, cut to the box, above one half."""
    size = protos.shape[1] * 4
    large = cv2.resize(np.tensordot(weights, protos, 1), (size, size))
    x0, y0, x1, y1 = np.clip(np.rint(box), 0, size).astype(int)
    inside = np.zeros((size, size), dtype=np.uint8, order="F")
    inside[y0:y1, x0:x1] = large[y0:y1, x0:x1] > 0
    return runs.encode(inside)


def coco_box(box: NDArray[Any]) -> list[float]:
    """x y width height."""
    return [float(box[0]), float(box[1]), float(box[2] - box[0]), float(box[3] - box[1])]


def truth(scene: Scene, image: int) -> list[Row]:
    """Truth rows of one scene as COCO writes them."""
    frame = (scene.size, scene.size)
    rows = []
    for shape in scene.shapes:
        painted = np.asfortranarray(coverage(shape.visible, frame) >= 0.5, dtype=np.uint8)
        points = shape.keypoints(scene.size)
        rows.append(
            {
                "image_id": image,
                "category_id": shape.body.label,
                "bbox": coco_box(shape.box),
                "area": float(shape.visible.area),
                "iscrowd": 0,
                "segmentation": runs.encode(painted),
                "keypoints": points.ravel().tolist(),
                "num_keypoints": int((points[:, 2] > 0).sum()),
            }
        )
    return rows


def measure(wanted: list[Row], found: list[Row], kind: str, sigma: float = 0.0) -> Array:
    """pycocotools' summary figures: AP50-95, AP50, ..."""
    height, width = wanted[0]["segmentation"]["size"]
    numbers = sorted({row["image_id"] for row in wanted})
    images = [{"id": i, "height": height, "width": width} for i in numbers]
    numbered = [{**row, "id": i} for i, row in enumerate(wanted, start=1)]
    categories = [{"id": i, "name": name} for i, name in enumerate(CLASSES)]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {"images": images, "annotations": numbered, "categories": categories}
        coco.createIndex()
        only = ("image_id", "category_id", "score", {"segm": "segmentation"}.get(kind, kind))
        results = coco.loadRes([{k: r[k] for k in only} for r in found])
        job = COCOeval(coco, results, kind)
        job.params.kpt_oks_sigmas = np.full(len(KEYPOINTS), sigma)
        job.evaluate()
        job.accumulate()
        job.summarize()
    return job.stats


def sums(folder: Path) -> str:
    """The card's table of sha256 sums: the generator's modules and the exported files."""
    package = Path(prelabel.__file__).parent
    files = [package / f"{name}.py" for name in ("scenes", "painting", "outlines")]
    files += sorted(folder.glob("*.onnx"))
    rows = [f"| `{f.name}` | `{hashlib.sha256(f.read_bytes()).hexdigest()}` |" for f in files]
    return "\n".join(["| file | sha256 |", "|---|---|", *rows])


def main() -> None:
    """Read the command line and print the figures."""
    parser = argparse.ArgumentParser(description="Measure the built-in model.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scenes", type=int, default=500)
    parser.add_argument("--first", type=int, default=0, help="first seed; the card's is 0")
    parser.add_argument("--sums", action="store_true", help="print the table of sums only")
    chosen = parser.parse_args()
    if chosen.sums:
        print(sums(chosen.folder))
        return
    report(Model(chosen.folder), range(chosen.first, chosen.first + chosen.scenes))


def report(model: Model, seeds: range) -> None:
    """Draw the scenes of the seeds, run the model on them, print every figure."""
    wanted, found = [], []
    for seed in seeds:
        scene = draw(seed, model.size)
        wanted += truth(scene, seed)
        found += model(scene, seed)
    print(f"{len(seeds)} scenes of {model.size} px, {len(wanted)} shapes")
    for kind in ("bbox", "segm"):
        stats = measure(wanted, found, kind)
        print(f"{kind}: AP50 {stats[1]:.4f}  AP50-95 {stats[0]:.4f}  small {stats[3]:.4f}")
    for sigma in SIGMAS:
        stats = measure(wanted, found, "keypoints", sigma)
        print(f"keypoints, sigma {sigma}: AP50 {stats[1]:.4f}  AP50-95 {stats[0]:.4f}")


if __name__ == "__main__":
    main()
