"""`prelabel.evaluate.score`, worked out by hand."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from formats.annotations import Annotations, Flag, Kind
from formats.dataset import Dataset, Item, Label
from formats.errors import FormatError
from geometry.masks import Mask
from geometry.rings import Rings
from prelabel.errors import SettingsError
from prelabel.evaluate import score


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
