"""`prelabel.evaluate` against pycocotools fed with raw COCO records, and by hand."""

import contextlib
import io
import json
import math
from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from formats.annotations import Annotations, Flag, Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from geometry.keypoints import COCO_SIGMAS
from geometry.masks import Mask
from geometry.rings import Rings
from prelabel.errors import SettingsError
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


def test_quiet(capsys):
    score(*two())
    assert capsys.readouterr() == ("", "")


def boxes(*corners, label=0, **columns):
    n = len(corners)
    return Annotations.of(
        n, boxes=np.array(corners, float).reshape(n, 4), labels=np.full(n, label), **columns
    )


def single(table, path="a.jpg", labels=("cat",), **item):
    return Dataset.of([Label(n) for n in labels], [Item(path, (100, 100), table, **item)])


def two():
    return single(boxes((0, 0, 10, 10), scores=np.array([0.5]))), single(boxes((0, 0, 10, 10)))


def test_iou_thresholds_by_hand():
    found = single(boxes((0, 0, 10, 6.2), scores=np.array([0.5])))
    scores = score(found, single(boxes((0, 0, 10, 10))))
    assert (scores.ap50, scores.ap75) == (pytest.approx(1), 0)
    assert scores.ap == pytest.approx(0.3)


def test_classes_are_matched_by_name():
    found = single(boxes((0, 0, 10, 10), label=0), labels=("dog", "cat"))
    truth = single(boxes((0, 0, 10, 10), label=1), labels=("cat", "dog"))
    assert score(found, truth).ap == pytest.approx(1)


def test_foreign_classes_are_named():
    table = Annotations.concat([boxes((0, 0, 10, 10)), boxes((5, 5, 9, 9), label=1)])
    scores = score(single(table, labels=("cat", "ufo")), single(boxes((0, 0, 10, 10))))
    assert scores.ap == pytest.approx(1)
    assert "1 predicted objects of classes that the truth does not have are left out: ufo 1" in (
        scores.notes
    )


def test_predictions_without_any_object_are_told():
    scores = score(single(boxes()), single(boxes((0, 0, 10, 10))))
    assert scores.ap == 0
    assert scores.notes == ("the predictions hold no object at all",)


def test_class_without_truth_has_no_figure():
    truth = single(boxes((0, 0, 10, 10)), labels=("cat", "dog"))
    dog = score(truth, truth).boxes.classes[1]
    assert (dog.truth, dog.found) == (0, 0)
    assert math.isnan(dog.ap)
    assert score(truth, truth).as_json()["boxes"]["classes"][1]["ap"] is None


def test_as_json_is_json():
    assert json.loads(json.dumps(score(*two()).as_json(), allow_nan=False))["images"] == 1


def test_picture_without_prediction_counts_unless_common():
    truth = single(boxes((0, 0, 10, 10)))
    more = [*truth.items, replace(next(truth.items), path="b.jpg")]
    both = Dataset.of(truth.labels, more)
    assert score(truth, both).ap == pytest.approx(0.5, abs=0.01)
    assert score(truth, both, common=True).ap == pytest.approx(1)
    assert [i.path for i in score(truth, both).pairing.only_truth] == ["b.jpg"]
    assert [i.path for i in score(both, truth).pairing.only_pred] == ["b.jpg"]


def test_difficult_objects_are_ignored():
    hard = boxes((0, 0, 10, 10), (50, 50, 90, 90), flags=np.array([Flag.DIFFICULT, 0]))
    found = single(boxes((50, 50, 90, 90)))
    assert score(found, single(hard)).ap == pytest.approx(1)


def test_oriented_boxes_are_compared_as_masks():
    turned = {"kinds": np.array([Kind.ROTATED]), "rotated": np.array([[50, 50, 60, 20, 0.7]])}
    upright = boxes((20, 20, 80, 80), **turned)
    other = upright.with_columns(rotated=np.array([[50, 50, 60, 20, -0.7]]))
    assert score(single(upright), single(upright)).mask_ap == pytest.approx(1)
    assert score(single(other), single(upright)).mask_ap == 0
    assert score(single(other), single(upright)).ap == pytest.approx(1)


def test_holes_are_not_part_of_a_mask():
    outer = np.array([(10, 10), (90, 10), (90, 90), (10, 90)])
    hole = np.array([(20, 20), (80, 20), (80, 80), (20, 80)])
    kinds = np.array([Kind.POLYGON])
    ring = boxes((10, 10, 90, 90), kinds=kinds, rings=Rings.of([[[outer, hole]]]))
    disc = boxes((10, 10, 90, 90), kinds=kinds, rings=Rings.of([[[outer]]]))
    filled = np.zeros((100, 100), dtype=bool)
    filled[10:90, 10:90] = True
    filled[20:80, 20:80] = False
    edges = np.flatnonzero(np.diff(filled.T.ravel())) + 1
    runs = np.diff(np.concatenate([[0], edges, [10000]]))
    raster = boxes((10, 10, 90, 90), kinds=kinds + 1, masks=[Mask(runs, (100, 100))])
    assert score(single(ring), single(raster)).mask_ap == pytest.approx(1)
    assert score(single(disc), single(raster)).mask_ap == 0


def test_objects_without_a_mask():
    outer = np.array([(0, 0), (10, 0), (10, 10), (0, 10)])
    both = Rings.of([[[outer]], []])
    truth = single(boxes((0, 0, 10, 10), (40, 40, 60, 60), rings=both))
    scores = score(truth, truth)
    assert scores.mask_ap == pytest.approx(1)
    assert "1 predicted objects have no masks and are left out of masks" in scores.notes
    assert "1 objects of the truth have no masks and are ignored there" in scores.notes


def posed(labels, points, **columns):
    table = boxes((0, 0, 100, 100), keypoints=np.array([points], float), **columns)
    return Dataset.of(labels, [Item("a.jpg", (100, 100), table)])


def test_keypoints_are_matched_by_name():
    truth = posed([Label("box", keypoints=("top", "foot"))], [(50, 10, 2), (50, 90, 2)])
    found = posed([Label("box", keypoints=("foot", "top"))], [(50, 90, 2), (50, 10, 2)])
    assert score(found, truth).keypoint_ap == pytest.approx(1)
    other = posed([Label("box", keypoints=("foot", "head"))], [(50, 90, 2), (50, 10, 2)])
    with pytest.raises(FormatError, match="no keypoint 'top'"):
        score(other, truth)


def test_sigmas_decide():
    label = Label("box", keypoints=("top", "foot"))
    truth = posed([label], [(50, 10, 2), (50, 90, 2)])
    found = posed([label], [(58, 10, 2), (50, 90, 2)])
    oks = (math.exp(-(8**2) / (2 * 100**2 * (2 * 0.05) ** 2)) + 1) / 2
    passed = sum(oks >= t for t in np.linspace(0.5, 0.95, 10)) / 10
    default = score(found, truth)
    assert default.keypoint_ap == pytest.approx(passed)
    assert "OKS sigmas of box: 0.05 for all 2 keypoints (none given)" in default.notes
    assert score(found, truth, sigma=0.5).keypoint_ap == pytest.approx(1)
    assert score(found, truth, sigma={"top": 0.001, "foot": 0.5}).keypoint_ap == (
        pytest.approx(0.1)
    )


@pytest.mark.parametrize("sigma", [0.0, -1.0, [0.1, 0.1, 0.1], {"top": 0.1}])
def test_bad_sigmas(sigma):
    truth = posed([Label("box", keypoints=("top", "foot"))], [(50, 10, 2), (50, 90, 2)])
    with pytest.raises(SettingsError, match="sigma"):
        score(truth, truth, sigma=sigma)


def test_nothing_in_common_is_an_error():
    cat = single(boxes((0, 0, 10, 10)))
    with pytest.raises(FormatError, match=r"no picture is on both sides.*first: b.jpg"):
        score(single(boxes((0, 0, 1, 1)), path="b.jpg"), cat)
    with pytest.raises(FormatError, match=r"no class is on both sides: the predictions have ufo"):
        score(single(boxes((0, 0, 1, 1)), labels=("ufo",)), cat)
    with pytest.raises(SettingsError, match="no task 'tracks'"):
        score(cat, cat, task="tracks")


def test_masks_need_a_size():
    outer = np.array([(0, 0), (10, 0), (10, 10), (0, 10)])
    table = boxes((0, 0, 10, 10), rings=Rings.of([[[outer]]]))
    bare = Dataset.of([Label("cat")], [Item("a.jpg", None, table)])
    with pytest.raises(FormatError, match=r"a.jpg: masks need the picture's size"):
        score(bare, bare)
    assert score(bare, bare, task="boxes").ap == pytest.approx(1)


def test_other_size_is_told():
    found, truth = two()
    wide = Dataset.of(found.labels, [replace(next(found.items), size=(200, 100))])
    (note,) = score(wide, truth).notes
    assert note.startswith("1 pictures have another size in the predictions (first: a.jpg,")
    assert note.endswith("200 x 100 against 100 x 100)")


@pytest.mark.parametrize(
    ("columns", "size"),
    [
        ({"areas": np.array([500.0])}, "small"),
        ({"areas": np.array([5000.0])}, "medium"),
        ({}, "large"),
        ({"rings": Rings.of([[[np.array([(0, 0), (99, 0), (0, 99)])]]])}, "medium"),
        ({"masks": [Mask(np.array([100, 90, 9810]), (100, 100))]}, "small"),
    ],
)
def test_size_ranges_go_by_the_area_of_the_truth(columns, size):
    truth = single(boxes((0, 0, 99, 99), **columns))
    figures = score(truth, truth, task="boxes").boxes
    known = {name for name in ("small", "medium", "large") if getattr(figures, name) > 0.99}
    assert known == {size}
