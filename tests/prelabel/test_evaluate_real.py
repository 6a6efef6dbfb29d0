"""Figures on real COCO files equal those of pycocotools fed with the same files."""

import contextlib
import io
import json

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

import formats
from prelabel.evaluate import score

pytestmark = pytest.mark.real

KINDS = {"boxes": "bbox", "masks": "segm", "keypoints": "keypoints"}
SETS = [
    ("coco_tiny38", "instances", "boxes"),
    ("coco_tiny38", "instances", "masks"),
    ("coco_pose60", "person_keypoints", "boxes"),
    ("coco_pose60", "person_keypoints", "keypoints"),
]


def whole(folder, kind):
    """The files of all splits as one record."""
    files = [json.loads(f.read_text()) for f in sorted(folder.glob(f"{kind}_*.json"))]
    joined = {key: [row for f in files for row in f[key]] for key in ("images", "annotations")}
    return joined | {"categories": files[0]["categories"]}


def detections(truth, task):
    """Objects moved a little, some twice, some left out, with rounded scores that repeat."""
    rng = np.random.default_rng(5)
    objects = [row for row in truth["annotations"] if not row["iscrowd"]]
    times = rng.integers(0, 3, len(objects)).tolist()
    return [moved(row, task, rng) for row, k in zip(objects, times, strict=True) for _ in range(k)]


def moved(row, task, rng):
    shift = rng.normal(0, 0.08, 2) * row["bbox"][2:]
    x, y, w, h = row["bbox"]
    new = {key: row[key] for key in ("image_id", "category_id")}
    new["score"] = round(float(rng.random()), 1)
    if task == "boxes":
        return new | {"bbox": [x + float(shift[0]), y + float(shift[1]), w, h]}
    if task == "keypoints":
        points = np.array(row["keypoints"], dtype=float).reshape(-1, 3)
        points[:, :2] += shift * 0.2
        return new | {"keypoints": (points * [1, 1, 0] + [0, 0, 1]).ravel().tolist()}
    rings = [(np.reshape(ring, (-1, 2)) + shift).ravel().tolist() for ring in row["segmentation"]]
    return new | {"segmentation": rings}


def raw(truth, rows, task):
    with contextlib.redirect_stdout(io.StringIO()):
        api = COCO()
        api.dataset = truth
        api.createIndex()
        if task == "masks":
            rows = [row | {"segmentation": api.annToRLE(row)} for row in rows]
        run = COCOeval(api, api.loadRes(rows), KINDS[task])
        run.evaluate()
        run.accumulate()
        run.summarize()
    return run.stats


@pytest.mark.parametrize(("data", "kind", "task"), SETS)
def test_equals_pycocotools_on_real_files(real_data, tmp_path, data, kind, task):
    folder = real_data / "datasets" / data / "annotations"
    truth = whole(folder, kind)
    rows = detections(truth, task)
    results = tmp_path / "results.json"
    results.write_text(json.dumps(rows))
    stated = tmp_path / "truth.json"
    stated.write_text(json.dumps(truth))
    pred = formats.read(results, "coco-results", {"categories": str(stated)})
    got = score(pred, formats.read(folder, "coco"), task=task).tasks()[task]
    wanted = raw(truth, rows, task)
    assert [got.ap, got.ap50, got.ap75] == pytest.approx(wanted[:3].tolist(), abs=1e-9)
    sizes = [got.medium, got.large] if task == "keypoints" else [got.small, got.medium, got.large]
    assert sizes == pytest.approx(wanted[3 : 3 + len(sizes)].tolist(), abs=1e-9)
    assert 0.1 < got.ap < 0.9


@pytest.mark.parametrize("data", ["coco_tiny38", "coco_pose60"])
def test_truth_against_itself(real_data, data):
    whole = formats.read(real_data / "datasets" / data / "annotations", "coco")
    scores = score(whole, whole)
    assert [f.ap for f in scores.tasks().values()] == pytest.approx([1] * len(scores.tasks()))
    assert "masks" in scores.tasks()
