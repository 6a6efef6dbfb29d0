"""Figures equal those of pycocotools fed with the same records, raw."""

import contextlib
import io
import math
from copy import deepcopy

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from formats.annotations import Annotations, Flag, Kind
from formats.dataset import Dataset, Item, Label
from geometry.keypoints import COCO_SIGMAS
from geometry.masks import Mask
from geometry.rings import Rings
from prelabel.evaluate import score

KINDS = {"boxes": "bbox", "masks": "segm", "keypoints": "keypoints"}
NAMES = ("person", "car", "dog")


def coco_truth(rng, pictures=12):
    """A COCO file as a dict: polygons of one or two rings, crowds as runs, keypoints."""
    images, rows = [], []
    for i in range(pictures):
        image = {"id": 100 - i, "file_name": f"{i:03}.jpg", "width": 320, "height": 240}
        images.append(image)
        for _ in range(int(rng.integers(0, 9))):
            rows.append(coco_row(rng, image, len(rows) + 1))
    names = list(COCO_SIGMAS)
    categories = [{"id": 7 * k, "name": n, "keypoints": names} for k, n in enumerate(NAMES, 1)]
    return {"images": images, "annotations": rows, "categories": categories}


def coco_row(rng, image, id_):
    x, y = rng.uniform(0, 180, 2)
    w, h = rng.uniform(8, 130, 2)
    box = [round(float(v), 2) for v in (x, y, min(w, 319 - x), min(h, 239 - y))]
    crowd = bool(rng.random() < 0.1)
    points = keypoints(rng, box, 0.0)
    points[rng.random(17) < 0.3] = 0
    if rng.random() < 0.2:
        points[:] = 0
    row = {"id": id_, "image_id": image["id"], "category_id": 7 * int(rng.integers(1, 4))}
    row |= {"bbox": box, "area": box[2] * box[3] * 0.8, "iscrowd": int(crowd)}
    row |= {"segmentation": counts(box) if crowd else outline(box)}
    return row | {
        "keypoints": points.ravel().tolist(),
        "num_keypoints": int((points[:, 2] > 0).sum()),
    }


def outline(box):
    x, y, w, h = box
    left = [x, y, x + w * 0.6, y, x + w * 0.5, y + h, x, y + h]
    right = [x + w * 0.7, y, x + w, y + h * 0.2, x + w, y + h, x + w * 0.7, y + h]
    return [left, right] if w > 60 else [left]


def counts(box):
    mask = np.zeros((240, 320), dtype=np.uint8)
    x, y, w, h = (int(v) for v in box)
    mask[y : y + h, x : x + w] = 1
    flat = np.concatenate([[0], mask.T.ravel(), [0]])
    edges = np.flatnonzero(np.diff(flat))
    runs = np.diff(np.concatenate([[0], edges, [320 * 240]])).tolist()
    return {"size": [240, 320], "counts": runs}


def keypoints(rng, box, spread):
    x, y, w, h = box
    grid = np.array([((k % 4) / 3, (k // 4) / 4) for k in range(17)])
    noise = rng.normal(0, spread, (17, 2)) if spread else 0.0
    points = grid * (w, h) + (x, y) + noise
    return np.column_stack([np.round(points, 2), np.full(17, 2.0)])


def coco_found(rng, truth):
    """Detections near the objects, some missed, some doubled, some of the wrong class."""
    rows = []
    for row in truth["annotations"]:
        for _ in range(int(rng.integers(0, 3))):
            box = [round(float(v + rng.normal(0, 6)), 3) for v in row["bbox"]]
            box = [max(box[0], 0), max(box[1], 0), max(box[2], 3), max(box[3], 3)]
            label = row["category_id"] if rng.random() < 0.85 else 7 * int(rng.integers(1, 4))
            found = {"image_id": row["image_id"], "category_id": label, "bbox": box}
            found |= {"segmentation": outline(box), "score": round(float(rng.random()), 1)}
            rows.append(found | {"keypoints": keypoints(rng, row["bbox"], 5).ravel().tolist()})
    return rows


def raw(task, truth, found):
    """The figures of pycocotools itself: stats, and precision of every class."""
    with contextlib.redirect_stdout(io.StringIO()):
        api = COCO()
        api.dataset = deepcopy(truth)  # the evaluation rewrites its shapes in place
        api.createIndex()
        keys = {"boxes": "bbox", "masks": "segmentation", "keypoints": "keypoints"}[task]
        rows = [{k: r[k] for k in ("image_id", "category_id", "score", keys)} for r in found]
        if task == "masks":
            rows = [r | {"segmentation": api.annToRLE(r)} for r in rows]
        run = COCOeval(api, api.loadRes(rows), KINDS[task])
        run.evaluate()
        run.accumulate()
        run.summarize()
    return run.stats, run.eval["precision"][..., 0, -1]


def dataset(truth, rows, prefix="", scored=False):
    """The same records as tables."""
    ids = [c["id"] for c in truth["categories"]]
    labels = [
        Label(c["name"], c["id"], keypoints=tuple(c["keypoints"])) for c in truth["categories"]
    ]
    items = []
    for image in truth["images"]:
        mine = [r for r in rows if r["image_id"] == image["id"]]
        items.append(
            Item(prefix + image["file_name"], (320, 240), table(mine, ids, scored), id=image["id"])
        )
    return Dataset.of(labels, items)


def table(rows, ids, scored):
    n = len(rows)
    boxes = np.array([r["bbox"] for r in rows], dtype=float).reshape(n, 4)
    shapes = [r["segmentation"] for r in rows]
    rings = [[[np.reshape(p, (-1, 2))] for p in s] if isinstance(s, list) else [] for s in shapes]
    masks = [
        Mask(np.array(s["counts"]), (320, 240)) if isinstance(s, dict) else None for s in shapes
    ]
    columns = {
        "boxes": np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]]),
        "kinds": np.full(n, Kind.POLYGON),
        "labels": np.array([ids.index(r["category_id"]) for r in rows], dtype=int),
        "rings": Rings.of(rings),
        "masks": masks,
        "keypoints": np.array([r["keypoints"] for r in rows], dtype=float).reshape(n, 17, 3),
    }
    if scored:
        return Annotations.of(n, scores=np.array([r["score"] for r in rows]), **columns)
    columns["areas"] = np.array([r["area"] for r in rows])
    columns["flags"] = np.array([r["iscrowd"] for r in rows], dtype=int) * int(Flag.CROWD)
    return Annotations.of(n, **columns)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("task", KINDS)
def test_equals_pycocotools(task, seed):
    rng = np.random.default_rng(seed)
    truth = coco_truth(rng)
    found = coco_found(rng, truth)
    stats, precision = raw(task, truth, found)
    pred = dataset(truth, found, scored=True)
    got = score(pred, dataset(truth, truth["annotations"]), task=task).tasks()[task]
    names = ["ap", "ap50", "ap75", "small", "medium", "large"]
    if task == "keypoints":
        names.remove("small")
    for name, wanted in zip(names, stats, strict=False):
        wanted = math.nan if wanted == -1 else wanted
        assert getattr(got, name) == pytest.approx(wanted, abs=1e-9, nan_ok=True), name
    assert got.recall == pytest.approx(stats[5 if task == "keypoints" else 8], abs=1e-9)
    for k, figures in enumerate(got.classes):
        assert figures.ap == pytest.approx(precision[:, :, k].mean(), abs=1e-9)
    assert 0.05 < got.ap < 0.95


def test_truth_as_prediction_is_perfect():
    truth = coco_truth(np.random.default_rng(9))
    whole = dataset(truth, truth["annotations"])
    scores = score(whole, whole)
    assert list(scores.tasks()) == ["boxes", "masks", "keypoints"]
    assert scores.ap == scores.ap50 == scores.ap75 == pytest.approx(1)
    assert scores.mask_ap == scores.mask_ap50 == pytest.approx(1)
    assert scores.keypoint_ap == scores.keypoint_ap50 == pytest.approx(1)
